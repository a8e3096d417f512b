// Arithmetic on words: an op chain that ends in a sign extension from 32 bits, or in a mask of fewer, is emitted as i32
// instructions and one extension. The engine then sees rotations and drops the extensions between two word operations, and
// those that nothing but a rare exit looks at are moved there.
// `narrowOps` decides from one look at the block; `narrowRoot` emits.

import { type IrBlock, isTemp, NONE, STRIDE } from '../../ir/ir.ts';
import { Cond, MEM_SIGN, MEM_SIZE, OPS, Op } from '../../ir/op.ts';
import { SLOT_ISA, TEMP_BASE, TEMP_LIMIT } from '../../memory/layout.ts';
import { must } from '../../must.ts';
import type { Body } from './body.ts';
import { W } from './opcode.ts';
import type { BlockScan } from './scan.ts';

/** How an op is emitted: on its own in 64 bits, as a part of a later op, as the end of a chain in 32 bits. */
export const WIDE = 0;
export const PART = 1;
export const NARROW = 2;

function byOp(rows: readonly (readonly [op: number, value: number])[]): Uint8Array {
  const table = new Uint8Array(OPS.length);
  for (const [op, value] of rows) table[op] = value;
  return table;
}

/** Ops whose low 32 bits depend on the low 32 bits of their operands alone: their i32 instruction. */
const MODULAR = byOp([
  [Op.add, W.i32_add],
  [Op.sub, W.i32_sub],
  [Op.mul, W.i32_mul],
  [Op.and, W.i32_and],
  [Op.or, W.i32_or],
  [Op.xor, W.i32_xor],
]);
/** Shifts: their i32 instruction, which takes its count modulo 32. */
const SHIFT = byOp([
  [Op.shl, W.i32_shl],
  [Op.shr, W.i32_shr_u],
  [Op.sar, W.i32_shr_s],
]);
/** What a shift's operand must have been extended with: a shift to the right brings upper bits down. */
const EXTENSION = byOp([
  [Op.shr, Op.ext32u],
  [Op.sar, Op.ext32s],
]);
/** Zero extensions: what they leave. */
const MASK = new Uint16Array(OPS.length);
MASK[Op.ext8u] = 0xff;
MASK[Op.ext16u] = 0xffff;
const COMPARE = [
  W.i32_eq,
  W.i32_ne,
  W.i32_lt_s,
  W.i32_ge_s,
  W.i32_lt_u,
  W.i32_ge_u,
  W.i32_gt_s,
  W.i32_le_s,
  W.i32_gt_u,
  W.i32_le_u,
];

/** By operand: the number of the scan in which it was found to be made by an extension from 32 bits. */
const wordSince = new Int32Array(TEMP_LIMIT);
let scans = 0;

/** By op of a block: WIDE, PART or NARROW. `live` marks reachable ops, `reads` counts the uses of each temporary. */
export function narrowOps(ir: IrBlock, live: Uint8Array, reads: Uint16Array): Uint8Array {
  const { ops, count } = ir;
  const how = new Uint8Array(count);
  scans++;
  for (let index = 0, at = 0; index < count; index++, at += STRIDE) {
    if (live[index] === 0) continue;
    const op = ops[at]!;
    if (op === Op.label || op === Op.plugin_call) {
      scans++;
      continue;
    }
    let isWord = false;
    if (op === Op.ext32s || isMask(ir, at)) {
      const from = chain(ir, how, reads, index, index, ops[at + 2]!);
      if (from < index) absorb(ops, how, from, index);
      else if (isWordOperand(ir, ops[at + 2]!)) how[index] = NARROW;
      isWord = true;
    } else if (op === Op.sar) {
      const from = shiftFrom(ir, how, reads, index);
      if (from >= 0 && from < index) absorb(ops, how, from, index);
      isWord = how[index] === NARROW;
    } else if (
      MODULAR[op] !== 0 &&
      op >= Op.and &&
      isWordOperand(ir, ops[at + 2]!) &&
      isWordOperand(ir, ops[at + 3]!)
    ) {
      how[index] = NARROW;
      isWord = true;
    } else if (op === Op.not && isWordOperand(ir, ops[at + 2]!)) {
      how[index] = NARROW;
      isWord = true;
    } else if (op === Op.brcond || op === Op.setcond) {
      if (isWordOperand(ir, ops[at + 2]!) && isWordOperand(ir, ops[at + 3]!)) how[index] = NARROW;
    } else if (op === Op.mov) isWord = isWordOperand(ir, ops[at + 2]!);
    else if (op === Op.ld) isWord = (ops[at + 6]! & (MEM_SIZE | MEM_SIGN)) === (2 | MEM_SIGN);
    const d = OPS[op]!.fields[0] === 'out' ? ops[at + 1]! : -1;
    if (d >= 0 && d < TEMP_LIMIT) wordSince[d] = isWord ? scans : 0;
  }
  return how;
}

/** True for ops that leave less than 32 bits, whatever they get. */
function isMask(ir: IrBlock, at: number): boolean {
  const op = ir.ops[at]!;
  if (MASK[op] !== 0) return true;
  const b = ir.ops[at + 3]!;
  return op === Op.and && b < 0 && b !== NONE && ir.hi(b) === 0 && ir.lo(b) >= 0;
}

/** What is no work may stand between the ops of a chain. */
function isMark(op: number): boolean {
  return op === Op.insn_start || op === Op.nop;
}

/** The op before this one that is work; -1 for none. */
function workBefore(ops: Int32Array, index: number): number {
  let before = index - 1;
  while (before >= 0 && isMark(ops[before * STRIDE]!)) before--;
  return before;
}

/** The PART just before op `index` or marks; -1 for none. */
export function partBefore({ ir, narrow }: BlockScan, index: number): number {
  const before = workBefore(ir.ops, index);
  return before >= 0 && narrow[before] === PART ? before : -1;
}

function absorb(ops: Int32Array, how: Uint8Array, from: number, root: number): void {
  for (let index = from; index < root; index++) if (!isMark(ops[index * STRIDE]!)) how[index] = PART;
  how[root] = NARROW;
}

function isWordOperand(ir: IrBlock, x: number): boolean {
  return x < 0 ? ir.hi(x) === ir.lo(x) >> 31 : wordSince[x] === scans;
}

/**
 * The first of the ops just before `end` whose results flow into `x` and nowhere else and that can be done in 32 bits;
 * `end` when x is to be taken as it is. `user` is the op that reads x.
 */
function chain(ir: IrBlock, how: Uint8Array, reads: Uint16Array, end: number, user: number, x: number): number {
  const { ops } = ir;
  const index = workBefore(ops, end);
  const at = index * STRIDE;
  if (index < 0 || how[index] !== WIDE || ops[at + 1] !== x) return end;
  if (isTemp(x) ? reads[x - TEMP_BASE] !== 1 : end !== user || !isOverwritten(ops, user, x)) return end;
  const op = ops[at]!;
  if (OPS[op]!.fields[0] !== 'out') return end;
  if (op === Op.ext32s || op === Op.ext32u || op === Op.neg || op === Op.not || MASK[op] !== 0)
    return chain(ir, how, reads, index, index, ops[at + 2]!);
  if (MODULAR[op] !== 0) {
    const afterB = chain(ir, how, reads, index, index, ops[at + 3]!);
    const afterA = chain(ir, how, reads, afterB, index, ops[at + 2]!);
    return afterB === index && afterA < index ? chain(ir, how, reads, afterA, index, ops[at + 3]!) : afterA;
  }
  if (SHIFT[op] === 0) return end;
  const from = shiftFrom(ir, how, reads, index);
  return from < 0 ? end : from;
}

/** True when op `user`, the first to read register `x` since it was written, reads it once and then writes it. */
function isOverwritten(ops: Int32Array, user: number, x: number): boolean {
  const at = user * STRIDE;
  return x >= SLOT_ISA && ops[at + 1] === x && (ops[at + 2] === x) !== (ops[at + 3] === x);
}

/** Like `chain`, for the shift at `index`: the first op that goes into it, or -1 when it cannot be done in 32 bits. */
function shiftFrom(ir: IrBlock, how: Uint8Array, reads: Uint16Array, index: number): number {
  const { ops } = ir;
  const at = index * STRIDE;
  const b = ops[at + 3]!;
  let from = index;
  if (b < 0) {
    if ((ir.lo(b) & 63) > 31) return -1;
  } else {
    // A count below 32: masked just before.
    from = workBefore(ops, index);
    const mask = from * STRIDE;
    if (from < 0 || how[from] !== WIDE || ops[mask] !== Op.and || ops[mask + 1] !== b) return -1;
    if (!isTemp(b) || reads[b - TEMP_BASE] !== 1) return -1;
    const bits = ops[mask + 3]!;
    if (bits >= 0 || ir.lo(bits) !== 31 || ir.hi(bits) !== 0) return -1;
  }
  const extension = EXTENSION[ops[at]!]!;
  const a = ops[at + 2]!;
  if (extension === 0) return chain(ir, how, reads, from, index, a);
  const before = workBefore(ops, from);
  const extended = before * STRIDE;
  if (before < 0 || how[before] !== WIDE || ops[extended] !== extension || ops[extended + 1] !== a) return -1;
  return isTemp(a) && reads[a - TEMP_BASE] === 1 ? chain(ir, how, reads, from, index, a) : -1;
}

/** Emits the NARROW op `index`: pushes its i64 value, or an i32 truth for a condition. */
export function narrowRoot(body: Body, index: number): void {
  const { ops } = body.state.scan.ir;
  const at = index * STRIDE;
  const op = ops[at]!;
  if (op === Op.brcond || op === Op.setcond) {
    const b = ops[at + 3]!;
    word(body, index, ops[at + 2]!);
    if (b < 0 && ops[at + 6] === Cond.eq && body.state.scan.ir.lo(b) === 0) body.op(W.i32_eqz);
    else {
      word(body, index, b);
      body.op(COMPARE[ops[at + 6]!]!);
    }
    if (op === Op.setcond) {
      body.keepWord(ops[at + 1]!);
      body.op(W.i64_extend_i32_u);
    }
    return;
  }
  if (op === Op.ext32s) word(body, index, ops[at + 2]!);
  else wordOp(body, index);
  body.keepWord(ops[at + 1]!);
  // Where both are the same the one without a sign is no work for the host.
  body.op(isMask(body.state.scan.ir, at) ? W.i64_extend_i32_u : W.i64_extend_i32_s);
}

/** Pushes the low 32 bits of operand `x` of op `user`. */
function word(body: Body, user: number, x: number): void {
  const { scan } = body.state;
  const { ir } = scan;
  if (x < 0) {
    body.i32(ir.lo(x));
    return;
  }
  for (let part = partBefore(scan, user); part >= 0; part = partBefore(scan, part)) {
    if (ir.ops[part * STRIDE + 1] !== x) continue;
    wordOp(body, part);
    return;
  }
  body.getWord(x);
}

function wordOp(body: Body, index: number): void {
  const { ir } = body.state.scan;
  const { ops } = ir;
  const at = index * STRIDE;
  const op = ops[at]!;
  const a = ops[at + 2]!;
  const b = ops[at + 3]!;
  if (op === Op.neg) body.i32(0);
  word(body, index, a);
  if (op === Op.ext32s || op === Op.ext32u) return;
  if (MASK[op] !== 0) {
    body.i32(MASK[op]!);
    body.op(W.i32_and);
    return;
  }
  if (op === Op.neg || op === Op.not) {
    if (op === Op.not) body.i32(-1);
    body.op(op === Op.not ? W.i32_xor : W.i32_sub);
    return;
  }
  // The mask of a shift's count is what the i32 shift does anyway; as part of the chain it is an and like others.
  if (SHIFT[op] !== 0 && b < 0) body.i32(ir.lo(b) & 31);
  else word(body, index, b);
  const opcode = MODULAR[op]! || SHIFT[op]!;
  must(opcode !== 0, 'op cannot be done in 32 bits');
  body.op(opcode);
}
