// branch-folding: simplifies control flow inside the block.
//
// Requires: nothing; decides what constant-fold has made constant, if that has not.
// Keeps:    every value at every op that is reached; guest-visible effects and their order.
// Breaks:   nothing. Removes labels nobody branches to, so that facts last longer in later passes.

import { type IrBlock, NONE, STRIDE } from '../ir/ir.ts';
import { condOfEqual, evalCond } from './const-eval.ts';
import {
  A,
  B,
  BR,
  BRCOND,
  becomeMov,
  C,
  COND,
  deleteOp,
  E,
  guestPcAt,
  LABEL,
  MOVCOND,
  NOP,
  SETCOND,
  TARGET,
} from './op-facts.ts';
import { LastWrites } from './operand-map.ts';
import type { Pass, PassContext } from './pass.ts';
import { removeUnreachable } from './reachability.ts';

const writes = new LastWrites();
/** Labels branched to in the block at hand: those stamped `current`. */
let referenced = new Int32Array(64);
let current = 0;

function beginLabels(block: IrBlock): void {
  if (block.labelCount > referenced.length) referenced = new Int32Array(block.labelCount * 2);
  if (++current < 0x7fffffff) return;
  referenced.fill(0);
  current = 1;
}

const EQ = 0;
const NE = 1;

/** 1 or 0 when the outcome of the comparison at word `at` is plain from its operands, else -1. */
function outcome(block: IrBlock, at: number): number {
  const ops = block.ops;
  const a = ops[at + A]!;
  const b = ops[at + B]!;
  const cond = ops[at + COND]!;
  if (a === b) return condOfEqual(cond) ? 1 : 0;
  if (a >= 0 || b >= 0) return -1;
  return evalCond(cond, block.lo(a), block.hi(a), block.lo(b), block.hi(b)) ? 1 : 0;
}

/** (x cond y) != 0 is x cond y, and (x cond y) == 0 its negation. */
function fuse(block: IrBlock, at: number, context: PassContext): void {
  const ops = block.ops;
  const b = ops[at + B]!;
  const cond = ops[at + COND]!;
  if ((cond !== EQ && cond !== NE) || b >= 0 || (block.lo(b) | block.hi(b)) !== 0) return;
  const first = writes.definition(ops, ops[at + A]!);
  if (first < 0 || ops[first] !== SETCOND) return;
  const x = ops[first + A]!;
  const y = ops[first + B]!;
  if (!writes.unchangedSince(x, first) || !writes.unchangedSince(y, first)) return;
  if (!context.change('fuse', guestPcAt(block, at))) return;
  ops[at + A] = x;
  ops[at + B] = y;
  ops[at + COND] = cond === NE ? ops[first + COND]! : ops[first + COND]! ^ 1;
}

/** Word offset of the first op at or behind `at` that is not a nop. */
function skipNops(ops: Int32Array, at: number, end: number): number {
  let i = at;
  while (i < end && ops[i] === NOP) i += STRIDE;
  return i;
}

/** True when nothing but labels lies between word `at` and the label `target`. */
function fallsTo(ops: Int32Array, at: number, end: number, target: number): boolean {
  for (let i = skipNops(ops, at, end); i < end && ops[i] === LABEL; i = skipNops(ops, i + STRIDE, end))
    if (ops[i + TARGET] === target) return true;
  return false;
}

export const branchFolding: Pass = {
  name: 'branch-folding',
  summary: 'Decides, fuses and removes branches, and removes what cannot be reached.',
  rules: {
    decide: 'brcond, movcond, setcond of constants or of equal operands => br, nothing, mov',
    fuse: 't = x cond y; if t != 0 => if x cond y',
    next: 'goto L; L: => L:',
    unreachable: 'ops no path leads to => nothing',
    label: 'a label nobody branches to => nothing',
  },

  needs: ['setcond', 'movcond', 'brcond', 'br', 'label'],

  run(block, context) {
    const ops = block.ops;
    const end = block.count * STRIDE;
    beginLabels(block);
    // Nothing to take note of before the first comparison into a value; nothing to tidy in most blocks.
    let compared = false;
    let untidy = false;
    for (let at = 0; at < end; at += STRIDE) {
      const op = ops[at]!;
      if (op === BRCOND || op === MOVCOND || op === SETCOND) {
        if (compared) fuse(block, at, context);
        const known = outcome(block, at);
        if (known >= 0 && context.change('decide', guestPcAt(block, at))) {
          decide(block, at, known);
          untidy = true;
        }
        if (!compared && op === SETCOND) {
          compared = true;
          writes.clear();
        }
      }
      if (op === BRCOND || op === BR) {
        referenced[ops[at + TARGET]!] = current;
        const next = at + STRIDE < end ? ops[at + STRIDE] : LABEL;
        if (next === NOP || next === LABEL || next === BR) untidy = true;
      } else if (op === LABEL && referenced[ops[at + TARGET]!] !== current) untidy = true;
      if (compared) writes.note(ops, at);
    }
    if (untidy) tidy(block, end, context);
  },
};

function tidy(block: IrBlock, end: number, context: PassContext): void {
  const ops = block.ops;
  // What a decided branch leaves behind cannot stay; what stands behind a label can.
  const mayDelete = (at: number, unreachable: boolean): boolean =>
    (unreachable && ops[at] !== LABEL) || context.change(unreachable ? 'unreachable' : 'label', guestPcAt(block, at));
  removeUnreachable(block, mayDelete);
  let again = false;
  for (let at = 0; at < end; at += STRIDE) {
    const op = ops[at]!;
    if (op !== BRCOND && op !== BR) continue;
    if (fallsTo(ops, at + STRIDE, end, ops[at + TARGET]!) && context.change('next', guestPcAt(block, at))) {
      deleteOp(ops, at);
      again = true;
    }
  }
  if (again) removeUnreachable(block, mayDelete);
}

function decide(block: IrBlock, at: number, known: number): void {
  const ops = block.ops;
  if (ops[at] === BRCOND) {
    if (known === 0) deleteOp(ops, at);
    else {
      ops[at] = BR;
      ops[at + A] = NONE;
      ops[at + B] = NONE;
      ops[at + COND] = 0;
    }
  } else if (ops[at] === SETCOND) becomeMov(ops, at, block.constant(known, 0));
  else becomeMov(ops, at, known === 1 ? ops[at + C]! : ops[at + E]!);
}
