// constant-fold: computes at translation time what does not depend on the guest's state.
//
// Requires: nothing.
// Keeps:    every value of every global and temporary at every op; loads, stores, calls and their order.
// Breaks:   nothing; leaves nops, and removes what a decided branch makes unreachable.
//
// One forward sweep. `known` maps an operand to the constant it holds since the last label.

import { type IrBlock, NONE, type Operand, STRIDE } from '../ir/ir.ts';
import { SLOT_FP_FLAGS } from '../memory/layout.ts';
import { condOfEqual, evalCond, evalOp, result } from './const-eval.ts';
import {
  A,
  B,
  BR,
  BRCOND,
  becomeMov,
  C,
  CALL,
  COND,
  clobbersGlobals,
  D,
  deleteOp,
  E,
  guestPcAt,
  isFpCall,
  LABEL,
  MOV,
  MOVCOND,
  PLUGIN_CALL,
  PURE,
  READS,
  READS_A,
  READS_B,
  READS_C,
  READS_E,
  SETCOND,
  WRITES,
} from './op-facts.ts';
import { OperandMap } from './operand-map.ts';
import type { Pass, PassContext } from './pass.ts';
import { removeUnreachable } from './reachability.ts';

const known = new OperandMap();
/** Set by `simplify` beside its result. */
let rule = '';

function constantOf(x: Operand): Operand {
  return x < 0 ? x : known.get(x);
}

function found(name: string, x: Operand): Operand {
  rule = name;
  return x;
}

/** What a pure op always computes, as an existing operand or a constant; NONE when that is not known. */
function simplify(block: IrBlock, at: number): Operand {
  const ops = block.ops;
  const op = ops[at]!;
  const a = ops[at + A]!;
  const b = ops[at + B]!;
  const ka = constantOf(a);
  const kb = b === NONE ? -1 : constantOf(b);
  if (op === SETCOND || op === MOVCOND) {
    // a cond b, with the outcome known
    const outcome = decide(block, ops[at + COND]!, a, b, ka, kb);
    if (op === SETCOND) return outcome < 0 ? NONE : found('compare', block.constant(outcome, 0));
    if (outcome < 0) return NONE;
    return found('select', outcome === 1 ? ops[at + C]! : ops[at + E]!);
  }
  if (ka < 0 && kb < 0) {
    const bLo = b === NONE ? 0 : block.lo(kb);
    const bHi = b === NONE ? 0 : block.hi(kb);
    if (!evalOp(op, block.lo(ka), block.hi(ka), bLo, bHi)) return NONE;
    return found('evaluate', block.constant(result.lo, result.hi));
  }
  if (b === NONE) return NONE;
  if (a === b) return selfOp(block, op, a);
  if (kb < 0) return rightConstant(block, op, a, block.lo(kb), block.hi(kb));
  if (ka < 0) return leftConstant(block, op, b, block.lo(ka), block.hi(ka));
  return NONE;
}

/** False when no pure op on operands a and b folds, nothing being known of the registers among them. */
function mayFold(block: IrBlock, a: Operand, b: Operand): boolean {
  if (a < 0 || a === b) return true;
  if (b >= 0) return false;
  // Beside another operand a constant tells something when it is 0, 1 or -1, or a shift of nothing.
  const lo = block.lo(b);
  return (lo & 63) === 0 || (lo >= -1 && lo <= 1);
}

function selfOp(block: IrBlock, op: number, a: Operand): Operand {
  switch (op) {
    case 4: // sub
    case 15: // xor
    case 16: // andc
      return found('self', block.constant(0, 0));
    case 13: // and
    case 14: // or
      return found('self', a);
    case 17: // orc
    case 18: // eqv
      return found('self', block.constant(-1, -1));
    default:
      return NONE;
  }
}

/** x op constant */
function rightConstant(block: IrBlock, op: number, x: Operand, lo: number, hi: number): Operand {
  const zero = (lo | hi) === 0;
  const ones = (lo & hi) === -1;
  const one = lo === 1 && hi === 0;
  switch (op) {
    case 3: // add
    case 4: // sub
    case 15: // xor
    case 16: // andc
      if (zero) return found('identity', x);
      return op === 16 && ones ? found('absorb', block.constant(0, 0)) : NONE;
    case 14: // or
      if (zero) return found('identity', x);
      return ones ? found('absorb', block.constant(-1, -1)) : NONE;
    case 13: // and
      if (ones) return found('identity', x);
      return zero ? found('absorb', block.constant(0, 0)) : NONE;
    case 17: // orc
      if (ones) return found('identity', x);
      return zero ? found('absorb', block.constant(-1, -1)) : NONE;
    case 18: // eqv
      return ones ? found('identity', x) : NONE;
    case 5: // mul
      if (one) return found('identity', x);
      return zero ? found('absorb', block.constant(0, 0)) : NONE;
    case 6: // mulsh
    case 7: // muluh
    case 8: // mulsuh
      return zero ? found('absorb', block.constant(0, 0)) : NONE;
    case 9: // div
    case 10: // divu
      if (one) return found('identity', x);
      return zero ? found('absorb', block.constant(-1, -1)) : NONE;
    case 11: // rem
    case 12: // remu
      if (zero) return found('identity', x);
      return one ? found('absorb', block.constant(0, 0)) : NONE;
    case 19: // shl
    case 20: // shr
    case 21: // sar
    case 22: // rotl
    case 23: // rotr
      return (lo & 63) === 0 ? found('identity', x) : NONE;
    default:
      return NONE;
  }
}

/** constant op x */
function leftConstant(block: IrBlock, op: number, x: Operand, lo: number, hi: number): Operand {
  const zero = (lo | hi) === 0;
  const ones = (lo & hi) === -1;
  switch (op) {
    case 3: // add
    case 5: // mul
    case 6: // mulsh
    case 7: // muluh
    case 13: // and
    case 14: // or
    case 15: // xor
    case 18: // eqv
      return rightConstant(block, op, x, lo, hi);
    case 8: // mulsuh
    case 16: // andc
    case 19: // shl
    case 20: // shr
      return zero ? found('absorb', block.constant(0, 0)) : NONE;
    case 17: // orc
      return ones ? found('absorb', block.constant(-1, -1)) : NONE;
    case 21: // sar
    case 22: // rotl
    case 23: // rotr
      if (zero) return found('absorb', block.constant(0, 0));
      return ones ? found('absorb', block.constant(-1, -1)) : NONE;
    default:
      return NONE;
  }
}

/** 1 or 0 when the outcome of a cond b is known, else -1. */
function decide(block: IrBlock, cond: number, a: Operand, b: Operand, ka: Operand, kb: Operand): number {
  if (a === b) return condOfEqual(cond) ? 1 : 0;
  if (kb < 0) {
    if (ka < 0) return evalCond(cond, block.lo(ka), block.hi(ka), block.lo(kb), block.hi(kb)) ? 1 : 0;
    // Nothing is below zero, unsigned.
    if ((block.lo(kb) | block.hi(kb)) === 0) return cond === 4 ? 0 : cond === 5 ? 1 : -1;
  } else if (ka < 0 && (block.lo(ka) | block.hi(ka)) === 0) return cond === 8 ? 0 : cond === 9 ? 1 : -1;
  return -1;
}

function propagate(block: IrBlock, at: number, word: number, context: PassContext): void {
  const ops = block.ops;
  const constant = known.get(ops[at + word]!);
  if (constant < 0 && context.change('propagate', guestPcAt(block, at))) ops[at + word] = constant;
}

export const constantFold: Pass = {
  name: 'constant-fold',
  summary: 'Evaluates operations whose operands are known, decides branches, applies algebraic identities.',
  rules: {
    propagate: 'x = c; op x => op c',
    evaluate: 'op c1 c2 => the constant op(c1, c2)',
    identity: 'x + 0, x - 0, x | 0, x ^ 0, x & -1, x * 1, x / 1, x % 0, x shifted by 0 => x',
    absorb: 'x & 0, x * 0, x % 1, 0 shifted => 0; x | -1, x / 0 => -1',
    self: 'x - x, x ^ x => 0; x & x, x | x => x; eqv x x => -1',
    compare: 'setcond with a known outcome => 0 or 1',
    select: 'movcond with a known outcome => mov of that arm',
    branch: 'brcond with a known outcome => br or nothing',
  },

  run(block, context) {
    const ops = block.ops;
    const end = block.count * STRIDE;
    let decidedBranch = false;
    // Most ops of most blocks have no constant about: they are passed over.
    let any = false;
    known.clear();
    for (let at = 0; at < end; at += STRIDE) {
      let op = ops[at]!;
      if (READS[op] === 0) {
        if (op === LABEL && any) {
          known.clear();
          any = false;
        }
        continue;
      }
      const a = ops[at + A]!;
      const b = ops[at + B]!;
      if (PURE[op] === 1) {
        const x = op !== MOV && (any || mayFold(block, a, b)) ? simplify(block, at) : NONE;
        if (x !== NONE && context.change(rule, guestPcAt(block, at))) {
          becomeMov(ops, at, x);
          op = ops[at]!;
        }
      } else if (op === BRCOND && (any || a < 0 || b < 0 || a === b)) {
        const outcome = decide(block, ops[at + COND]!, a, b, constantOf(a), constantOf(b));
        if (outcome >= 0 && context.change('branch', guestPcAt(block, at))) {
          if (outcome === 1) {
            ops[at] = BR;
            ops[at + A] = NONE;
            ops[at + B] = NONE;
            ops[at + COND] = 0;
          } else deleteOp(ops, at);
          decidedBranch = true;
          continue;
        }
      }
      if (any) {
        const reads = READS[op]!;
        if (reads & READS_A) propagate(block, at, A, context);
        if (reads & READS_B) propagate(block, at, B, context);
        if (reads & READS_C) propagate(block, at, C, context);
        if (reads & READS_E) propagate(block, at, E, context);
      }
      if (WRITES[op] === 1) {
        const d = ops[at + D]!;
        if (op === CALL && isFpCall(ops, at)) known.drop(SLOT_FP_FLAGS);
        const constant = op === MOV ? constantOf(ops[at + A]!) : 0;
        if (constant < 0) {
          known.set(d, constant);
          any = true;
        } else known.drop(d);
      } else if (op === PLUGIN_CALL && clobbersGlobals(ops, at)) known.clear();
    }
    if (decidedBranch) removeUnreachable(block);
  },
};
