// The meaning of a block of IR, plain and slow: every value a BigInt, every op spelled out. A third opinion beside the
// back ends, for tests of passes and of back ends. Shares nothing with them but the block and the tables' names.

import { HELPERS } from '../../emulator/ir/helper.ts';
import { type IrBlock, NONE } from '../../emulator/ir/ir.ts';
import { CONDS, MEM_BIG, MEM_SIGN, OPS } from '../../emulator/ir/op.ts';
import { TEMP_BASE } from '../../emulator/memory/layout.ts';

export interface EvalState {
  /** Globals by slot, unsigned 64-bit; missing ones are 0. Written in place. */
  readonly slots: Map<number, bigint>;
  /** `size` bytes at an unsigned address as the guest stores them, little-endian; undefined faults. */
  load(address: bigint, size: number, memop: number): bigint | undefined;
  /** False faults. */
  store(address: bigint, size: number, value: bigint, memop: number): boolean;
  call?(helper: string, args: readonly bigint[], imm: number): bigint;
  /** Any plugin op: its name, operands and fields e, f, g. */
  plugin?(name: string, args: readonly bigint[], e: number, f: number, g: number): void;
  /** The 64-bit word of a plugin that plugin_ld reads: e + f * vCPU + the low half of `offset`. */
  pluginWord?(offset: bigint, e: number, f: number): bigint;
}

export type EvalResult =
  /** By goto_tb `slot`. */
  | { readonly kind: 'goto'; readonly pc: bigint; readonly insn: number; readonly slot: number }
  /** By goto_ptr: the global pc. */
  | { readonly kind: 'ptr'; readonly pc: bigint; readonly insn: number }
  /** By exit: pc of the instruction. */
  | {
      readonly kind: 'exit';
      readonly pc: bigint;
      readonly insn: number;
      readonly reason: number;
      readonly argument: number;
    }
  /** By a refused access: pc of the instruction. */
  | {
      readonly kind: 'fault';
      readonly pc: bigint;
      readonly insn: number;
      readonly address: bigint;
      readonly store: boolean;
    };

const M64 = (1n << 64n) - 1n;
const u = (x: bigint): bigint => x & M64;
const s = (x: bigint): bigint => BigInt.asIntN(64, x);

/** Runs the block once. Throws on what the verifier would have rejected. */
export function evalBlock(block: IrBlock, state: EvalState): EvalResult {
  const temps = new Map<number, bigint>();
  const constants = Array.from({ length: block.constCount }, (_, i) => halves(block.constLo[i]!, block.constHi[i]!));
  const labels = new Map<number, number>();
  for (let i = 0; i < block.count; i++) {
    const words = block.ops.subarray(i * 8, i * 8 + 8);
    if (OPS[words[0]!]!.name === 'label') labels.set(words[7]!, i);
  }
  const get = (x: number): bigint => {
    if (x < 0) return constants[~x]!;
    if (x < TEMP_BASE) return state.slots.get(x) ?? 0n;
    const value = temps.get(x);
    if (value === undefined) throw new Error(`operand ${x} is read before it is written`);
    return value;
  };
  const set = (x: number, value: bigint): void => {
    (x < TEMP_BASE ? state.slots : temps).set(x, u(value));
  };

  let pc = u(BigInt(block.pc));
  let insn = -1;
  for (let i = 0; i < block.count; i++) {
    const [op, d, a, b, c, e, f, g] = block.ops.subarray(i * 8, i * 8 + 8) as unknown as OpWords;
    const name = OPS[op]!.name;
    switch (name) {
      case 'nop':
      case 'label':
        break;
      case 'insn_start':
        insn = a;
        pc = halves(b, c);
        break;
      case 'setcond':
        set(d, holds(f, get(a), get(b)) ? 1n : 0n);
        break;
      case 'movcond':
        set(d, holds(f, get(a), get(b)) ? get(c) : get(e));
        break;
      case 'brcond':
        if (holds(f, get(a), get(b))) i = target(labels, g, i);
        break;
      case 'br':
        i = target(labels, g, i);
        break;
      case 'ld': {
        const address = u(get(a) + BigInt(e));
        const size = 1 << (f & 3);
        let value = state.load(address, size, f);
        if (value === undefined) return { kind: 'fault', pc, insn, address, store: false };
        if (f & MEM_BIG) value = reverse(value, size);
        set(d, f & MEM_SIGN ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value));
        break;
      }
      case 'st': {
        const address = u(get(a) + BigInt(e));
        const size = 1 << (f & 3);
        let value = BigInt.asUintN(size * 8, get(b));
        if (f & MEM_BIG) value = reverse(value, size);
        if (!state.store(address, size, value, f)) return { kind: 'fault', pc, insn, address, store: true };
        break;
      }
      case 'call': {
        if (state.call === undefined) throw new Error('the block calls a helper and the state has none');
        const args = [a, b, c].filter((x) => x !== NONE).map(get);
        set(d, state.call(HELPERS[e]!.name, args, f));
        break;
      }
      case 'goto_tb':
        return { kind: 'goto', pc: halves(b, c), insn, slot: e };
      case 'goto_ptr':
        return { kind: 'ptr', pc: get(0), insn };
      case 'exit':
        return { kind: 'exit', pc, insn, reason: e, argument: f };
      case 'plugin_add':
      case 'plugin_store':
      case 'plugin_ring':
      case 'plugin_call':
      case 'plugin_st':
        state.plugin?.(name, [a, b].filter((x) => x !== NONE).map(get), e, f, g);
        break;
      case 'plugin_ld':
        set(d, state.pluginWord?.(get(a), e, f) ?? 0n);
        break;
      default:
        set(d, compute(name, get(a), b === NONE ? 0n : get(b)));
    }
  }
  throw new Error('control falls off the end of the block');
}

type OpWords = [number, number, number, number, number, number, number, number];

function halves(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

function target(labels: Map<number, number>, label: number, from: number): number {
  const at = labels.get(label);
  if (at === undefined || at <= from) throw new Error(`label ${label} does not lie ahead`);
  return at;
}

function reverse(value: bigint, size: number): bigint {
  let out = 0n;
  for (let i = 0; i < size; i++) out = (out << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return out;
}

/** Whether condition number `cond` holds of two unsigned values. */
export function holds(cond: number, a: bigint, b: bigint): boolean {
  switch (CONDS[cond]) {
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'lt':
      return s(a) < s(b);
    case 'ge':
      return s(a) >= s(b);
    case 'ltu':
      return a < b;
    case 'geu':
      return a >= b;
    case 'gt':
      return s(a) > s(b);
    case 'le':
      return s(a) <= s(b);
    case 'gtu':
      return a > b;
    case 'leu':
      return a <= b;
    default:
      throw new Error(`condition ${cond}`);
  }
}

/** A unary or binary op on unsigned 64-bit values; the result is unsigned. */
export function compute(name: string, a: bigint, b: bigint): bigint {
  const n = b & 63n;
  switch (name) {
    case 'mov':
      return a;
    case 'add':
      return u(a + b);
    case 'sub':
      return u(a - b);
    case 'mul':
      return u(a * b);
    case 'mulsh':
      return u((s(a) * s(b)) >> 64n);
    case 'muluh':
      return u((a * b) >> 64n);
    case 'mulsuh':
      return u((s(a) * b) >> 64n);
    case 'div':
      return b === 0n ? M64 : u(s(a) / s(b));
    case 'divu':
      return b === 0n ? M64 : a / b;
    case 'rem':
      return b === 0n ? a : u(s(a) % s(b));
    case 'remu':
      return b === 0n ? a : a % b;
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'andc':
      return a & u(~b);
    case 'orc':
      return a | u(~b);
    case 'eqv':
      return u(~(a ^ b));
    case 'shl':
      return u(a << n);
    case 'shr':
      return a >> n;
    case 'sar':
      return u(s(a) >> n);
    case 'rotl':
      return u((a << n) | (a >> (64n - n)));
    case 'rotr':
      return u((a >> n) | (a << (64n - n)));
    case 'neg':
      return u(-a);
    case 'not':
      return u(~a);
    case 'ext8s':
      return u(BigInt.asIntN(8, a));
    case 'ext16s':
      return u(BigInt.asIntN(16, a));
    case 'ext32s':
      return u(BigInt.asIntN(32, a));
    case 'ext8u':
      return a & 0xffn;
    case 'ext16u':
      return a & 0xffffn;
    case 'ext32u':
      return a & 0xffffffffn;
    case 'clz':
      return BigInt(64 - (a === 0n ? 0 : a.toString(2).length));
    case 'ctz':
      return a === 0n ? 64n : BigInt((a & -a).toString(2).length - 1);
    case 'ctpop':
      return BigInt(a.toString(2).replaceAll('0', '').length);
    case 'bswap':
      return reverse(a, 8);
    default:
      throw new Error(`op ${name}`);
  }
}
