// What passes need to know of an op, read once from the op and helper tables into byte arrays: which words it reads,
// whether it may be deleted, whether it shows the globals to somebody outside the block.

import { addrOf, type GuestAddr } from '../bits.ts';
import { HELPERS } from '../ir/helper.ts';
import { type IrBlock, NONE, STRIDE } from '../ir/ir.ts';
import { CALL_READS, CALL_WRITES, OPS, Op } from '../ir/op.ts';

/** Op numbers that pass loops compare with, as plain constants. */
export const NOP = Op.nop;
export const INSN_START = Op.insn_start;
export const MOV = Op.mov;
export const SETCOND = Op.setcond;
export const MOVCOND = Op.movcond;
export const BRCOND = Op.brcond;
export const BR = Op.br;
export const LABEL = Op.label;
export const CALL = Op.call;
export const PLUGIN_CALL = Op.plugin_call;

/** Words of an op (see ir.ts). */
export const D = 1;
export const A = 2;
export const B = 3;
export const C = 4;
export const E = 5;
export const COND = 6;
export const MEMOP = 6;
export const TARGET = 7;

/** Bits of READS. A word may still hold NONE (calls). */
export const READS_A = 1;
export const READS_B = 2;
export const READS_C = 4;
export const READS_E = 8;

function byOp(of: (op: number) => number): Uint8Array {
  return Uint8Array.from(OPS, (_, op) => of(op));
}

/** Which of the words A B C E are operands read. */
export const READS = byOp((op) =>
  [1, 2, 3, 4].reduce((mask, field, bit) => mask | (OPS[op]!.fields[field] === 'in' ? 1 << bit : 0), 0),
);
/** 1 when D is an operand written. */
export const WRITES = byOp((op) => (OPS[op]!.fields[0] === 'out' ? 1 : 0));
/** 1 when the op does nothing but compute D from its operands. */
export const PURE = byOp((op) => {
  const info = OPS[op]!;
  return info.fields[0] === 'out' && !info.effects && !info.faults && op !== CALL ? 1 : 0;
});
/** 1 when control does not go on behind the op. */
export const ENDS = byOp((op) => (OPS[op]!.ends ? 1 : 0));
/** 1 when somebody outside the block may see every global as it is just before the op. Not for calls: see showsGlobals. */
const SHOWS = byOp((op) => (OPS[op]!.faults || (OPS[op]!.ends && op !== BR) ? 1 : 0));

const HELPER_FP = 1;
const HELPER_READS = 2;
const HELPER_EFFECTS = 4;
const HELPER_FACTS = Uint8Array.from(HELPERS, (helper) => {
  return (helper.fp ? HELPER_FP : 0) | (helper.readsGlobals ? HELPER_READS : 0) | (helper.effects ? HELPER_EFFECTS : 0);
});

/** True when the call at word `at` reads SLOT_FP_MODE and ors into SLOT_FP_FLAGS. */
export function isFpCall(ops: Int32Array, at: number): boolean {
  return (HELPER_FACTS[ops[at + E]!]! & HELPER_FP) !== 0;
}

/**
 * 1 when dead-store forgets what it knows at the op: somebody may see the globals, or control divides. 2 when the op's
 * words decide (calls).
 */
export const BARRIER = byOp((op) => {
  if (op === CALL || op === PLUGIN_CALL) return 2;
  return SHOWS[op] === 1 || op === BR || op === BRCOND ? 1 : 0;
});

/** True when every global must be exact before the op at word `at`. */
export function showsGlobals(ops: Int32Array, at: number): boolean {
  const op = ops[at]!;
  if (SHOWS[op] === 1) return true;
  if (op === CALL) return (HELPER_FACTS[ops[at + E]!]! & HELPER_READS) !== 0;
  // A callback that writes some registers leaves the others as they were.
  return op === PLUGIN_CALL && (ops[at + 6]! & (CALL_READS | CALL_WRITES)) !== 0;
}

/** True when the op at word `at` may change any global behind the block's back. */
export function clobbersGlobals(ops: Int32Array, at: number): boolean {
  return ops[at] === PLUGIN_CALL && (ops[at + 6]! & CALL_WRITES) !== 0;
}

/** True when the op at word `at` may go if nobody reads what it writes. */
export function isDeletable(ops: Int32Array, at: number): boolean {
  const op = ops[at]!;
  return PURE[op] === 1 || (op === CALL && (HELPER_FACTS[ops[at + E]!]! & (HELPER_FP | HELPER_EFFECTS)) === 0);
}

/** Address of the guest instruction the op at word `at` belongs to; ops before the first belong to the block's. */
export function guestPcAt(block: IrBlock, at: number): GuestAddr {
  const ops = block.ops;
  for (let i = at; i >= 0; i -= STRIDE) if (ops[i] === INSN_START) return addrOf(ops[i + B]!, ops[i + C]!);
  return block.pc;
}

/** Turns the op at word `at` into a nop. */
export function deleteOp(ops: Int32Array, at: number): void {
  ops[at] = NOP;
}

/** Turns the op at word `at` into `mov d, x`, or a nop when x is d itself. */
export function becomeMov(ops: Int32Array, at: number, x: number): void {
  ops[at] = ops[at + D] === x ? NOP : MOV;
  ops[at + A] = x;
  ops[at + B] = NONE;
  ops[at + C] = NONE;
  ops[at + E] = 0;
  ops[at + COND] = 0;
}
