// strength-reduction: replaces an op by a cheaper one with the same result.
//
// Requires: nothing; sees constants that constant-fold has put into operands.
// Keeps:    every value; the number and order of ops.
// Breaks:   nothing.

import { type IrBlock, NONE, type Operand, STRIDE } from '../ir/ir.ts';
import { Op } from '../ir/op.ts';
import { A, B, guestPcAt } from './op-facts.ts';
import { LastWrites } from './operand-map.ts';
import type { Pass, PassContext } from './pass.ts';

const writes = new LastWrites();

/** n when (lo, hi) is 2^n, else -1. */
function log2(lo: number, hi: number): number {
  if (hi === 0) return lo !== 0 && (lo & (lo - 1)) === 0 ? 31 - Math.clz32(lo) : -1;
  return lo === 0 && (hi & (hi - 1)) === 0 ? 63 - Math.clz32(hi) : -1;
}

/** The extension that shifting left and back by `shift` amounts to, or -1. */
function extension(shift: number, sign: boolean): number {
  if (shift === 32) return sign ? Op.ext32s : Op.ext32u;
  if (shift === 48) return sign ? Op.ext16s : Op.ext16u;
  return shift === 56 ? (sign ? Op.ext8s : Op.ext8u) : -1;
}

function become(ops: Int32Array, at: number, op: number, a: Operand, b: Operand): void {
  ops[at] = op;
  ops[at + A] = a;
  ops[at + B] = b;
}

/** x * 2^n = x << n, with the constant on either side. */
function reduceProduct(block: IrBlock, at: number, context: PassContext): void {
  const ops = block.ops;
  const constant = ops[at + B]! < 0 ? B : A;
  const k = ops[at + constant]!;
  if (k >= 0) return;
  const n = log2(block.lo(k), block.hi(k));
  if (n < 1 || !context.change('mul-shift', guestPcAt(block, at))) return;
  become(ops, at, Op.shl, ops[at + A + B - constant]!, block.constant(n, 0));
}

/** x divu 2^n = x >> n and x remu 2^n = x & (2^n - 1). */
function reduceDivision(block: IrBlock, at: number, context: PassContext): void {
  const ops = block.ops;
  const k = ops[at + B]!;
  if (k >= 0) return;
  const lo = block.lo(k);
  const hi = block.hi(k);
  const n = log2(lo, hi);
  if (n < 1) return;
  if (ops[at] === Op.divu) {
    if (context.change('divu-shift', guestPcAt(block, at))) become(ops, at, Op.shr, ops[at + A]!, block.constant(n, 0));
  } else if (context.change('remu-mask', guestPcAt(block, at))) {
    const mask = n < 32 ? block.constant((lo - 1) | 0, 0) : block.constant(-1, (hi - 1) | 0);
    become(ops, at, Op.and, ops[at + A]!, mask);
  }
}

/** x & (2^n - 1) = extu x for n = 8, 16, 32, with the constant on either side. */
function reduceMask(block: IrBlock, at: number, context: PassContext): void {
  const ops = block.ops;
  const constant = ops[at + B]! < 0 ? B : A;
  const k = ops[at + constant]!;
  if (k >= 0 || block.hi(k) !== 0) return;
  const lo = block.lo(k);
  const op = lo === 0xff ? Op.ext8u : lo === 0xffff ? Op.ext16u : lo === -1 ? Op.ext32u : -1;
  if (op < 0 || !context.change('mask-extend', guestPcAt(block, at))) return;
  become(ops, at, op, ops[at + A + B - constant]!, NONE);
}

/** (x << n) >> n = ext x for n = 32, 48, 56. */
function reduceShiftPair(block: IrBlock, at: number, context: PassContext): void {
  const ops = block.ops;
  const count = ops[at + B]!;
  if (count >= 0) return;
  const op = extension(block.lo(count) & 63, ops[at] === Op.sar);
  if (op < 0) return;
  const first = writes.definition(ops, ops[at + A]!);
  if (first < 0 || ops[first] !== Op.shl) return;
  const x = ops[first + A]!;
  const firstCount = ops[first + B]!;
  if (firstCount >= 0 || ((block.lo(firstCount) ^ block.lo(count)) & 63) !== 0 || !writes.unchangedSince(x, first))
    return;
  if (context.change('shift-pair', guestPcAt(block, at))) become(ops, at, op, x, NONE);
}

/** extN (extM x) = extN x for N <= M: the low N bits are all that counts. */
function reduceExtension(block: IrBlock, at: number, context: PassContext): void {
  const ops = block.ops;
  const inner = writes.definition(ops, ops[at + A]!);
  if (inner < 0) return;
  const innerOp = ops[inner]!;
  if (innerOp < Op.ext8s || innerOp > Op.ext32u) return;
  const width = (op: number): number => (op - Op.ext8s) % 3;
  const x = ops[inner + A]!;
  if (width(ops[at]!) > width(innerOp) || !writes.unchangedSince(x, inner)) return;
  if (context.change('extension-pair', guestPcAt(block, at))) ops[at + A] = x;
}

export const strengthReduction: Pass = {
  name: 'strength-reduction',
  summary: 'Replaces multiplications, divisions, masks and shift pairs by shifts and extensions.',
  rules: {
    'mul-shift': 'x * 2^n => x << n',
    'divu-shift': 'x divu 2^n => x >> n',
    'remu-mask': 'x remu 2^n => x & (2^n - 1)',
    'mask-extend': 'x & 0xff, 0xffff, 0xffffffff => zero extension of x',
    'shift-pair': '(x << n) >> n => extension of x, n = 32, 48, 56',
    'extension-pair': 'extN (extM x) => extN x, N <= M',
  },

  needs: ['mul', 'divu', 'remu', 'and', 'shr', 'sar', 'ext8s', 'ext16s', 'ext32s', 'ext8u', 'ext16u', 'ext32u'],

  run(block, context) {
    const ops = block.ops;
    const end = block.count * STRIDE;
    // Pairs begin with a left shift or an extension: nothing to take note of before.
    let pairs = false;
    for (let at = 0; at < end; at += STRIDE) {
      switch (ops[at]) {
        case 5: // mul
          reduceProduct(block, at, context);
          break;
        case 10: // divu
        case 12: // remu
          reduceDivision(block, at, context);
          break;
        case 13: // and
          reduceMask(block, at, context);
          break;
        case 20: // shr
        case 21: // sar
          if (pairs) reduceShiftPair(block, at, context);
          break;
        case 26: // ext8s
        case 27: // ext16s
        case 28: // ext32s
        case 29: // ext8u
        case 30: // ext16u
        case 31: // ext32u
          if (pairs) reduceExtension(block, at, context);
          break;
        default:
          break;
      }
      const op = ops[at]!;
      if (!pairs && (op === Op.shl || (op >= Op.ext8s && op <= Op.ext32u))) {
        pairs = true;
        writes.clear();
      }
      if (pairs) writes.note(ops, at);
    }
  },
};
