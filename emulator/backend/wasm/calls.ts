// Ops that reach beyond registers and guest memory: helpers of the runtime, callbacks, cells and rings of plugins.
// Whether globals are stored before and loaded after a call is the caller's business (scan.ts says for which ops).

import { HELPERS } from '../../ir/helper.ts';
import { NONE } from '../../ir/ir.ts';
import { ACCESS_BITS, CALL_ICOUNT, CALL_MEM, CALL_READS } from '../../ir/op.ts';
import { ENV_REMAIN, ENV_VALUE } from '../../memory/layout.ts';
import { type Body, Local } from './body.ts';
import { W } from './opcode.ts';

/** Pushes what the helper returns; its function has number `func`. */
export function callHelper(body: Body, func: number, helper: number, imm: number, args: readonly number[]): void {
  const info = HELPERS[helper]!;
  if (info.readsGlobals) body.storePc(body.state.pcLo, body.state.pcHi);
  if (info.icount) body.storeBudget();
  body.localGet(Local.env);
  for (let i = 0; i < info.args; i++) body.get(args[i]!);
  body.i32(imm);
  body.call(func);
}

/**
 * Calls a plugin's callback, which is function `func`; one that is told of an access gets its bits of `word` and the
 * address. The value lies in the environment: most do not ask, and an i64 becomes an object of JavaScript's.
 */
export function callPlugin(body: Body, func: number, a: number, b: number, word: number, flags: number): void {
  if ((flags & (CALL_READS | CALL_ICOUNT)) !== 0) body.storePc(body.state.pcLo, body.state.pcHi);
  if ((flags & CALL_ICOUNT) !== 0) {
    body.storeBudget();
    body.localGet(Local.env);
    body.i32(body.state.scan.ir.insns - body.state.insn);
    body.memory(W.i32_store, 2, ENV_REMAIN);
  }
  if ((flags & CALL_MEM) !== 0) {
    body.localGet(Local.env);
    body.get(b);
    body.memory(W.i64_store, 3, ENV_VALUE);
  }
  body.localGet(Local.cpu);
  if ((flags & CALL_MEM) !== 0) {
    body.i32(word & ACCESS_BITS);
    body.get(a);
  }
  body.call(func);
  // A callback that sees the count may also shorten the slice.
  if ((flags & CALL_ICOUNT) !== 0) body.loadBudget();
}

/** Pushes stride * vCPU + the low half of `offset` (none when it is the constant 0). */
function wordBase(body: Body, stride: number, offset: number = NONE): void {
  const fixed = offset === NONE || (offset < 0 && body.state.scan.ir.lo(offset) === 0);
  if (stride !== 0) {
    body.localGet(Local.cpu);
    body.i32(stride);
    body.op(W.i32_mul);
  }
  if (!fixed) {
    body.get(offset);
    body.op(W.i32_wrap_i64);
    if (stride !== 0) body.op(W.i32_add);
  } else if (stride === 0) body.i32(0);
}

/** Pushes the 64-bit word at address + stride * vCPU + offset. */
export function loadWord(body: Body, offset: number, address: number, stride: number): void {
  wordBase(body, stride, offset);
  body.memory(W.i64_load, 3, address);
}

/** Writes `value` to the 64-bit word at address + stride * vCPU + offset. */
export function storeWord(body: Body, offset: number, value: number, address: number, stride: number): void {
  wordBase(body, stride, offset);
  body.get(value);
  body.memory(W.i64_store, 3, address);
}

/** Adds to the 64-bit cell at address + stride * vCPU, or to its sum. */
export function addToCell(body: Body, a: number, address: number, stride: number): void {
  const index = body.cellIndex(address, stride);
  if (index < 0) {
    cell(body, true, a, address, stride);
    return;
  }
  if (body.scan.cells[index]!.byBudget) return;
  const sum = body.sum(index);
  body.localGet(sum);
  body.get(a);
  body.op(W.i64_add);
  body.localSet(sum);
}

/** Adds the sums to their cells, on a way out of the region. */
export function settleSums(body: Body): void {
  for (const [index, { address, stride, byBudget }] of body.scan.cells.entries()) {
    const base = (): void => wordBase(body, stride);
    base();
    base();
    body.memory(W.i64_load, 3, address);
    body.localGet(body.sum(index));
    if (byBudget) {
      body.budget();
      body.op(W.i64_extend_i32_s);
      body.op(W.i64_sub);
    }
    body.op(W.i64_add);
    body.memory(W.i64_store, 3, address);
  }
}

/** Adds to or writes the 64-bit cell at address + stride * vCPU. */
export function cell(body: Body, adds: boolean, a: number, address: number, stride: number): void {
  const base = (): void => wordBase(body, stride);
  base();
  if (adds) {
    base();
    body.memory(W.i64_load, 3, address);
  }
  body.get(a);
  if (adds) body.op(W.i64_add);
  body.memory(W.i64_store, 3, address);
}

/** Appends 32 bits to a ring: cursor in bytes, data, size in bytes - 1. */
export function ring(body: Body, a: number, cursor: number, data: number, mask: number): void {
  body.i32(0);
  body.memory(W.i32_load, 2, cursor);
  body.localTee(Local.entry);
  body.i32(mask);
  body.op(W.i32_and);
  body.get(a);
  body.op(W.i32_wrap_i64);
  body.memory(W.i32_store, 2, data);
  body.i32(0);
  body.localGet(Local.entry);
  body.i32(4);
  body.op(W.i32_add);
  body.memory(W.i32_store, 2, cursor);
}
