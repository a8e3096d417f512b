// What the tests of the Wasm back end compare it with: the plain evaluator of IR blocks on a machine laid out as real
// ones are: environment, TLB entries filled by hand, helpers and a plugin callback with effects that show (flags, a
// log, a register changed).

import { HELPERS, helperId } from '../../emulator/ir/helper.ts';
import type { IrBlock } from '../../emulator/ir/ir.ts';
import * as O from '../../emulator/ir/op.ts';
import * as L from '../../emulator/memory/layout.ts';
import { type EvalResult, type EvalState, evalBlock } from '../support/ir-eval.ts';

const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);

export const ENV = L.ENV_BASE + 3 * L.ENV_SIZE;
export const CPU_INDEX = 3;
export const MEMORY_BYTES = 400 * 65536;
/** Guest pages: [guest page address, linear address, readable, writable]. TLB indices differ. */
export const PAGES: readonly (readonly [bigint, number, boolean, boolean])[] = [
  [0x10000n, 0x1100000, true, true],
  [0x11000n, 0x1101000, true, true],
  [0x14000n, 0x1105000, true, false],
  [-0x3000n, 0x1107000, true, true],
  [0x7f_1234_5000n, 0x1109000, true, true],
];
/** Cells and a ring somewhere in the test's small memory; translated code is told where. */
export const CELL = 0x1000040;
export const CELL_STRIDE = 16;
export const RING_CURSOR = 0x1002000;
export const RING_DATA = RING_CURSOR + 4096;
export const RING_MASK = 255;
export const CHANGED_SLOT = 20;

export const INSN_SIZE = 4;

/** A callback's number tells its flags, as the engine's table does, and the instruction it stands in. */
export function callbackNumber(insn: number, flags: number): number {
  return insn * 16 + flags;
}
export function flagsOfCallback(callback: number): number {
  return callback & 15;
}
function insnOfCallback(callback: number): number {
  return callback >> 4;
}

export interface Machine {
  readonly memory: WebAssembly.Memory;
  readonly view: DataView;
  readonly log: string[];
}

export function newMachine(memory: WebAssembly.Memory): Machine {
  return { memory, view: new DataView(memory.buffer), log: [] };
}

export function read(m: Machine, slot: number): bigint {
  return m.view.getBigUint64(ENV + 8 * slot, true);
}
export function write(m: Machine, slot: number, value: bigint): void {
  m.view.setBigUint64(ENV + 8 * slot, u64(value), true);
}

/** Empty environment, TLB entries for PAGES. */
export function resetMachine(m: Machine): void {
  new Uint8Array(m.memory.buffer, ENV, L.ENV_SIZE).fill(0);
  m.view.setInt32(ENV + L.ENV_CPU_INDEX, CPU_INDEX, true);
  m.log.length = 0;
  for (let i = 0; i < L.TLB_ENTRIES; i++) {
    m.view.setBigInt64(ENV + L.ENV_TLB + i * L.TLB_ENTRY_SIZE + L.TLB_READ, -1n, true);
    m.view.setBigInt64(ENV + L.ENV_TLB + i * L.TLB_ENTRY_SIZE + L.TLB_WRITE, -1n, true);
  }
  for (const [page, linear, readable, writable] of PAGES) {
    const entry = ENV + L.ENV_TLB + Number((u64(page) >> 12n) & 1023n) * L.TLB_ENTRY_SIZE;
    m.view.setBigInt64(entry + L.TLB_READ, readable ? page : -1n, true);
    m.view.setBigInt64(entry + L.TLB_WRITE, writable ? page : -1n, true);
    m.view.setInt32(entry + L.TLB_ADDEND, (linear - Number(BigInt.asIntN(32, page))) | 0, true);
  }
}

/** A helper that depends on all it is given, and on the rounding mode and flags if it is a floating-point one. */
export function helper(m: Machine, index: number, args: readonly bigint[], imm: number): bigint {
  const info = HELPERS[index]!;
  let result = BigInt(index) * 0x9e37_79b9n + BigInt(imm);
  for (const arg of args) result = u64(result * 31n + (arg ^ (arg >> 17n)));
  if (info.fp) {
    result += read(m, L.SLOT_FP_MODE);
    write(m, L.SLOT_FP_FLAGS, read(m, L.SLOT_FP_FLAGS) | (1n << (u64(result) % 5n)));
  }
  if (info.readsGlobals) m.log.push(`${info.name} ${registers(m)} pc ${read(m, L.SLOT_PC)}`);
  if (info.icount) m.log.push(`budget ${m.view.getInt32(ENV + L.ENV_BUDGET, true)}`);
  return u64(result);
}

export function pluginCall(m: Machine, word: number, flags: number, a: bigint, b: bigint): void {
  let line = `call ${word} ${u64(a)} ${u64(b)}`;
  if (flags & (O.CALL_READS | O.CALL_ICOUNT)) line += ` pc ${read(m, L.SLOT_PC)}`;
  if (flags & O.CALL_READS) line += ` ${registers(m)}`;
  if (flags & O.CALL_ICOUNT) line += ` budget ${m.view.getInt32(ENV + L.ENV_BUDGET, true)}`;
  m.log.push(line);
  if (flags & O.CALL_WRITES) write(m, CHANGED_SLOT, read(m, CHANGED_SLOT) * 5n + 1n);
}

export function registers(m: Machine): string {
  let text = '';
  for (let slot = L.SLOT_FP_MODE; slot < 40; slot++) text += `${read(m, slot).toString(16)},`;
  return text;
}

/** The linear address of a guest access, or undefined when it must leave. */
function translate(address: bigint, size: number, memop: number, isStore: boolean): number | undefined {
  if (address % BigInt(size) !== 0n) return undefined;
  const wantsWrite = isStore || (memop & O.MEM_RMW) !== 0;
  for (const [page, linear, readable, writable] of PAGES) {
    if (u64(page) >> 12n === address >> 12n && (wantsWrite ? writable : readable)) {
      return linear + Number(address & 0xfffn);
    }
  }
  return undefined;
}

function wordAt(offset: bigint, e: number, f: number): number {
  return e + f * CPU_INDEX + Number(BigInt.asUintN(32, offset));
}

/** The evaluator's globals, kept in the environment where callbacks see them. */
class EnvSlots extends Map<number, bigint> {
  private readonly m: Machine;
  constructor(m: Machine) {
    super();
    this.m = m;
  }
  override get(slot: number): bigint {
    return read(this.m, slot);
  }
  override set(slot: number, value: bigint): this {
    write(this.m, slot, value);
    return this;
  }
}

/** Runs one block whose length has been taken from the budget already; says how it ended. */
export function evaluate(m: Machine, ir: IrBlock): EvalResult {
  /** Callbacks that see registers also see the pc of their instruction. */
  const showPc = (insn: number): void => write(m, L.SLOT_PC, BigInt(ir.pc + INSN_SIZE * insn));
  const state: EvalState = {
    slots: new EnvSlots(m),
    load(address, size, memop) {
      const linear = translate(address, size, memop, false);
      if (linear === undefined) return undefined;
      let value = 0n;
      for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(m.view.getUint8(linear + i));
      return value;
    },
    store(address, size, value, memop) {
      const linear = translate(address, size, memop, true);
      if (linear === undefined) return false;
      for (let i = 0; i < size; i++) m.view.setUint8(linear + i, Number((value >> BigInt(8 * i)) & 0xffn));
      return true;
    },
    call(name, args, imm) {
      const index = helperId(name);
      if (HELPERS[index]!.readsGlobals) showPc(imm);
      return helper(m, index, args, imm);
    },
    pluginWord: (offset, e, f) => m.view.getBigUint64(wordAt(offset, e, f), true),
    plugin(name, args, e, f, g) {
      if (name === 'plugin_call') {
        if (f & (O.CALL_READS | O.CALL_ICOUNT)) showPc(insnOfCallback(e >>> 7));
        pluginCall(m, e, f, args[0] ?? 0n, args[1] ?? 0n);
      } else if (name === 'plugin_ring') {
        const cursor = m.view.getUint32(e, true);
        m.view.setUint32(f + (cursor & g), Number(args[0]! & 0xffff_ffffn), true);
        m.view.setUint32(e, cursor + 4, true);
      } else if (name === 'plugin_st') {
        m.view.setBigUint64(wordAt(args[0]!, e, f), args[1]!, true);
      } else {
        const cell = e + f * CPU_INDEX;
        const old = name === 'plugin_add' ? m.view.getBigUint64(cell, true) : 0n;
        m.view.setBigUint64(cell, u64(old + args[0]!), true);
      }
    },
  };
  return evalBlock(ir, state);
}
