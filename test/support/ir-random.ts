// Random well-formed blocks of IR and random states to run them in, for differential tests of passes and back ends.
// Everything follows from the seed. The blocks lean towards what rewrites look for: few registers, copies, constants
// with a meaning (0, 1, -1, powers of two, masks), extensions of extensions, overwritten registers.

import { HELPERS, helperId } from '../../emulator/ir/helper.ts';
import { IrBlock, IrBuilder, type Operand } from '../../emulator/ir/ir.ts';
import {
  CALL_MEM,
  CALL_READS,
  CONDS,
  MEM_ALIGN,
  MEM_BIG,
  MEM_RMW,
  OPS,
  Op,
  type OpName,
} from '../../emulator/ir/op.ts';
import {
  EXIT_ILLEGAL,
  EXIT_SYSTEM,
  SLOT_FP_FLAGS,
  SLOT_FP_MODE,
  SLOT_ISA,
  SLOT_PC,
  TEMP_BASE,
} from '../../emulator/memory/layout.ts';
import type { EvalState } from './ir-eval.ts';

/** A small generator of 32-bit numbers (xorshift with a multiplied start). */
export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = Math.imul(seed ^ 0x6d2b79f5, 0x9e3779b1) | 1;
    for (let i = 0; i < 4; i++) this.next();
  }
  /** Unsigned 32 bits. */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return Math.imul(x, 0x2c1b3c6d) >>> 0;
  }
  /** 0 ≤ n < limit. */
  below(limit: number): number {
    return Math.floor((this.next() / 4294967296) * limit);
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  /** A 64-bit value, often one with a meaning. */
  u64(): bigint {
    const kind = this.below(8);
    if (kind === 0) return this.pick([0n, 1n, 2n, 255n, 65535n, 0xffffffffn, 0x80000000n, 1n << 63n]);
    if (kind === 1) return BigInt.asUintN(64, BigInt(this.below(512) - 256));
    if (kind === 2) return 1n << BigInt(this.below(64));
    if (kind === 3) return BigInt.asUintN(64, BigInt(this.next() | 0));
    return (BigInt(this.next()) << 32n) | BigInt(this.next());
  }
}

export interface RandomBlockOptions {
  /** Loads and stores (default true). */
  readonly memory?: boolean;
  /** Floating-point and other helper calls (default false). */
  readonly calls?: boolean;
  /** Plugin ops (default false). */
  readonly plugins?: boolean;
  /** Most guest instructions (default 8). */
  readonly maxInsns?: number;
}

/** Registers that random blocks use, besides pc. */
export const RANDOM_SLOTS: readonly number[] = Array.from({ length: 6 }, (_, i) => SLOT_ISA + i);

const UNARY = OPS.flatMap((info) => (info.fields.join() === 'out,in' ? [Op[info.name as OpName]] : []));
const BINARY = OPS.flatMap((info) => (info.fields.join() === 'out,in,in' ? [Op[info.name as OpName]] : []));
const PURE_CALLS = HELPERS.flatMap((helper, id) => (helper.fp || helper.effects ? [] : [id]));
const FP_CALLS = HELPERS.flatMap((helper, id) => (helper.fp ? [id] : []));

/** A random block that the verifier accepts. */
export function randomBlock(seed: number, options: RandomBlockOptions = {}): IrBlock {
  return new BlockMaker(new Random(seed), options).make();
}

class BlockMaker {
  private readonly random: Random;
  private readonly options: RandomBlockOptions;
  private readonly b = new IrBuilder(new IrBlock());
  /** Temporaries written on every path to here. */
  private temps: Operand[] = [];
  /** Last operands written, latest last: rewrites look at chains. */
  private recent: Operand[] = [];

  constructor(random: Random, options: RandomBlockOptions) {
    this.random = random;
    this.options = options;
  }

  make(): IrBlock {
    const { random, b } = this;
    const base = random.pick([0x10000, 0x7ffff000, -0x80000000]);
    b.block.reset(base);
    const insns = 1 + random.below(this.options.maxInsns ?? 8);
    for (let i = 0; i < insns; i++) {
      b.insnStart(i, base + 4 * i);
      if (this.options.plugins && random.chance(25)) this.plugin();
      // What may fault comes before any register is written.
      for (let k = random.below(3); k > 0; k--) this.faulting();
      for (let k = random.below(5); k > 0; k--) this.step(2);
      if (i === insns - 1) this.end(base + 4 * insns);
    }
    b.block.insns = insns;
    b.block.size = 4 * insns;
    return b.block;
  }

  private constant(): Operand {
    const value = this.random.u64();
    return this.b.imm64(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  }

  private operand(): Operand {
    const kind = this.random.below(20);
    if (kind < 2) return this.b.imm(this.random.pick([0, 0, 1, -1]));
    if (kind < 5) return this.constant();
    if (kind < 10 && this.recent.length > 0) return this.random.pick(this.recent);
    if (kind < 13 && this.temps.length > 0) return this.recentTemp();
    if (kind < 14 && this.options.calls) return this.random.pick([SLOT_FP_FLAGS, SLOT_FP_MODE]);
    return this.random.pick(RANDOM_SLOTS);
  }

  private recentTemp(): Operand {
    return this.temps[this.temps.length - 1 - this.random.below(Math.min(6, this.temps.length))]!;
  }

  /** A register, a new temporary, or (rarely) one written before. */
  private target(registers: boolean): Operand {
    if (registers && this.random.chance(50)) return this.random.pick(RANDOM_SLOTS);
    if (this.temps.length > 0 && this.random.chance(15)) return this.recentTemp();
    return this.b.block.newTemp();
  }

  private wrote(x: Operand): void {
    if (x >= TEMP_BASE && !this.temps.includes(x)) this.temps.push(x);
    this.recent = [...this.recent.slice(-2), x];
  }

  /** A step before the instruction's registers are written: pure into a temporary, or an access. */
  private faulting(): void {
    const { random, b } = this;
    if (this.options.memory === false || random.chance(40)) {
      this.pure(false);
      return;
    }
    const offset = random.pick([0, 8, -16, 2047, 0x7fffffff]);
    const memop = random.below(8) | (random.chance(10) ? MEM_BIG : 0) | (random.chance(10) ? MEM_ALIGN : 0);
    if (random.chance(40)) {
      const base = this.operand();
      const value = this.operand();
      b.store(memop, base, offset, value);
      if (this.options.plugins && random.chance(20))
        b.block.push(Op.plugin_call, 0x7fffffff, base, value, 0x7fffffff, 1, CALL_MEM | CALL_READS);
      return;
    }
    const into = this.target(false);
    b.load(memop | (random.chance(10) ? MEM_RMW : 0), this.operand(), offset, into);
    this.wrote(into);
  }

  private step(depth: number): void {
    const { random } = this;
    if (depth > 0 && random.chance(12)) this.branch(depth);
    else if (this.options.calls && random.chance(12)) this.call();
    else this.pure(true);
  }

  private pure(registers: boolean): void {
    const { random, b } = this;
    const into = this.target(registers);
    const kind = random.below(20);
    if (kind < 4) b.mov(into, this.operand());
    else if (kind < 6) b.unary(random.pick([Op.ext32s, Op.ext32u, Op.ext8u, Op.ext16s]), this.operand(), into);
    else if (kind < 8) this.shiftPair(into);
    else if (kind < 10) b.unary(random.pick(UNARY), this.operand(), into);
    else if (kind < 12) b.setcond(random.pick(CONDS), this.operand(), this.operand(), into);
    else if (kind < 13) {
      const no = this.operand();
      b.movcond(random.pick(CONDS), this.operand(), this.operand(), random.chance(20) ? no : this.operand(), no, into);
    } else {
      const a = this.operand();
      b.binary(random.pick(BINARY), a, random.chance(10) ? a : this.operand(), into);
    }
    this.wrote(into);
  }

  private shiftPair(into: Operand): void {
    const { random, b } = this;
    const count = b.imm(random.pick([32, 48, 56, 40]));
    const middle = random.chance(30) ? this.shiftInPlace(count) : b.binary(Op.shl, this.operand(), count);
    b.binary(random.pick([Op.shr, Op.sar]), middle, random.chance(90) ? count : this.constant(), into);
    this.wrote(middle);
    if (random.chance(50)) {
      this.wrote(into);
      b.unary(random.pick([Op.ext32s, Op.ext32u, Op.ext8u, Op.ext16s]), into, into);
    }
  }

  private shiftInPlace(count: Operand): Operand {
    const x = this.temps.length > 0 ? this.recentTemp() : this.b.unary(Op.mov, this.operand());
    return this.b.binary(Op.shl, x, count, x);
  }

  /** if … (else …), one arm perhaps leaving the block. */
  private branch(depth: number): void {
    const { random, b } = this;
    const skip = b.newLabel();
    if (random.chance(30)) {
      const into = this.target(true);
      const test = b.setcond(random.pick(CONDS), this.operand(), this.operand(), into);
      if (random.chance(30)) this.pure(true);
      b.brcond(random.pick(['eq', 'ne'] as const), test, b.imm(0), skip);
      this.wrote(test);
    } else b.brcond(random.pick(CONDS), this.operand(), this.operand(), skip);
    const before = this.temps;
    const arm = (): void => {
      this.temps = [...before];
      this.recent = [];
      for (let k = random.below(3); k > 0; k--) this.step(depth - 1);
    };
    arm();
    if (random.chance(25)) {
      b.exit(EXIT_ILLEGAL, random.next() | 0);
      b.label(skip);
    } else if (random.chance(50)) {
      const end = b.newLabel();
      b.br(end);
      b.label(skip);
      arm();
      b.label(end);
    } else b.label(skip);
    this.temps = before;
    this.recent = [];
  }

  private call(): void {
    const { random, b } = this;
    const id = random.pick(random.chance(70) ? FP_CALLS : PURE_CALLS);
    const args = Array.from({ length: HELPERS[id]!.args }, () => this.operand());
    const into = this.target(true);
    b.call(id, args, random.pick([0, 1, 7]), into);
    this.wrote(into);
    if (random.chance(30)) b.mov(random.pick([SLOT_FP_FLAGS, SLOT_FP_MODE]), this.operand());
  }

  private plugin(): void {
    const { random, b } = this;
    const kind = random.below(7);
    const none = 0x7fffffff;
    if (kind === 0) b.block.push(Op.plugin_add, none, b.imm(random.below(9)), none, none, 0xb00000, 64);
    else if (kind === 1) b.block.push(Op.plugin_store, none, this.constant(), none, none, 0xb00008, 64);
    else if (kind === 2) b.block.push(Op.plugin_ring, none, this.constant(), none, none, 0xb00010, 0x1000000, 4095);
    else if (kind === 3)
      b.call(helperId('observe_block'), [b.imm(1)].slice(0, HELPERS[helperId('observe_block')]!.args), 3);
    else if (kind === 4) {
      const word = b.block.newTemp();
      b.block.push(Op.plugin_ld, word, b.imm(8 * random.below(2)), none, none, 0xb00000, 64);
      this.wrote(word);
    } else if (kind === 5)
      b.block.push(Op.plugin_st, none, b.imm(8 * random.below(2)), this.operand(), none, 0xb00000, 64);
    else b.block.push(Op.plugin_call, none, none, none, none, random.below(9), random.below(8));
  }

  private end(next: number): void {
    const { random, b } = this;
    const kind = random.below(5);
    if (kind === 0) b.gotoTb(0, next);
    else if (kind === 1) {
      const label = b.newLabel();
      b.brcond(random.pick(CONDS), this.operand(), this.operand(), label);
      b.gotoTb(0, next);
      b.label(label);
      b.gotoTb(1, next + 64);
    } else if (kind === 2) {
      b.mov(SLOT_PC, this.operand());
      b.gotoPtr();
    } else if (kind === 3) b.exit(EXIT_SYSTEM, random.next() | 0);
    else {
      b.mov(random.pick(RANDOM_SLOTS), this.operand());
      b.gotoTb(1, next);
    }
  }
}

/** Everything a run of a block did that somebody outside could see, in order, as text. */
export interface ObservedState extends EvalState {
  readonly trace: string[];
}

/**
 * A random state. Memory is a function of the seed and of what was stored; the access number `faultAt` (if any)
 * faults. Plugins that read registers put them all into the trace; those that write change some.
 */
export function randomState(seed: number): ObservedState {
  const random = new Random(seed);
  const slots = new Map<number, bigint>();
  for (const slot of [SLOT_PC, SLOT_FP_MODE, SLOT_FP_FLAGS, ...RANDOM_SLOTS]) slots.set(slot, random.u64());
  const salt = random.u64();
  const faultAt = random.chance(50) ? random.below(6) : -1;
  const bytes = new Map<bigint, bigint>();
  const trace: string[] = [];
  let accesses = 0;
  const scramble = (x: bigint): bigint => BigInt.asUintN(64, (x ^ salt) * 0x9e3779b97f4a7c15n);
  const byteAt = (address: bigint): bigint => bytes.get(address) ?? scramble(address) >> 56n;
  const mask = (x: bigint): bigint => BigInt.asUintN(64, x);
  const allSlots = (): string =>
    [...slots]
      .sort(([a], [b]) => a - b)
      .map(([slot, value]) => `${slot}=${value.toString(16)}`)
      .join(' ');
  return {
    slots,
    trace,
    load(address, size, memop) {
      if (accesses++ === faultAt) return undefined;
      let value = 0n;
      for (let i = size - 1; i >= 0; i--) value = (value << 8n) | byteAt(mask(address + BigInt(i)));
      trace.push(`load ${address.toString(16)} ${memop} = ${value.toString(16)}`);
      return value;
    },
    store(address, size, value, memop) {
      if (accesses++ === faultAt) return false;
      for (let i = 0; i < size; i++) bytes.set(mask(address + BigInt(i)), (value >> BigInt(8 * i)) & 0xffn);
      trace.push(`store ${address.toString(16)} ${memop} = ${value.toString(16)}`);
      return true;
    },
    call(helper, args, imm) {
      const info = HELPERS[helperId(helper)]!;
      let value = scramble(BigInt(helperId(helper) * 64 + imm));
      for (const arg of args) value = scramble(value ^ arg);
      if (info.fp) {
        if ((imm & 7) === 7) value = scramble(value ^ (slots.get(SLOT_FP_MODE) ?? 0n));
        slots.set(SLOT_FP_FLAGS, (slots.get(SLOT_FP_FLAGS) ?? 0n) | (value & 31n));
      }
      if (info.readsGlobals) trace.push(`${helper} ${args.join()} ${allSlots()}`);
      else if (info.effects) trace.push(`${helper} ${args.join()}`);
      // In range of the forms that results of such helpers have.
      if (/^f(eq|lt|le)_/.test(helper)) return value & 1n;
      if (/^fclass_/.test(helper)) return 1n << (value % 10n);
      return /^fcvt_wu?_/.test(helper) ? mask(BigInt.asIntN(32, value)) : value;
    },
    pluginWord(offset, e, f) {
      trace.push(`plugin_ld ${offset} ${e} ${f}`);
      return scramble(offset + BigInt(e));
    },
    plugin(name, args, e, f, g) {
      trace.push(`${name} ${args.join()} ${e} ${f} ${g}`);
      if (name !== 'plugin_call') return;
      if (f & 3) trace.push(allSlots());
      if (f & 2)
        for (const slot of RANDOM_SLOTS) if (scramble(BigInt(slot + e)) & 1n) slots.set(slot, scramble(BigInt(slot)));
    },
  };
}

/** What is left to compare after a run: the trace and all registers. */
export function finalState(state: ObservedState): string {
  const registers = [...state.slots].sort(([a], [b]) => a - b).map(([slot, value]) => `${slot}=${value.toString(16)}`);
  return [...state.trace, registers.join(' ')].join('\n');
}
