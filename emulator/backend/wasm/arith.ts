// Value ops as Wasm: the ones with an instruction of their own as a table, the rest spelt out. Wasm's shifts take
// their count modulo 64 as the IR's do; its divisions trap where the IR's are total (RISC-V results), so they are guarded.

import { OPS, Op } from '../../ir/op.ts';
import { must } from '../../must.ts';
import type { Body } from './body.ts';
import { TYPE_I64, W } from './opcode.ts';

function byOp(rows: readonly (readonly [op: number, value: number])[]): Uint8Array {
  const table = new Uint8Array(OPS.length);
  for (const [op, value] of rows) table[op] = value;
  return table;
}

/** Binary ops that are one instruction: its opcode by op number, else 0. */
const BINARY = byOp([
  [Op.add, W.i64_add],
  [Op.sub, W.i64_sub],
  [Op.mul, W.i64_mul],
  [Op.and, W.i64_and],
  [Op.or, W.i64_or],
  [Op.xor, W.i64_xor],
  [Op.shl, W.i64_shl],
  [Op.shr, W.i64_shr_u],
  [Op.sar, W.i64_shr_s],
  [Op.rotl, W.i64_rotl],
  [Op.rotr, W.i64_rotr],
]);

/** Unary ops that are one instruction. */
const UNARY = byOp([
  [Op.ext8s, W.i64_extend8_s],
  [Op.ext16s, W.i64_extend16_s],
  [Op.ext32s, W.i64_extend32_s],
  [Op.clz, W.i64_clz],
  [Op.ctz, W.i64_ctz],
  [Op.ctpop, W.i64_popcnt],
]);

/** Comparison by condition number (ir/op.ts CONDS). */
const COMPARE = [
  W.i64_eq,
  W.i64_ne,
  W.i64_lt_s,
  W.i64_ge_s,
  W.i64_lt_u,
  W.i64_ge_u,
  W.i64_gt_s,
  W.i64_le_s,
  W.i64_gt_u,
  W.i64_le_u,
];

const COMMUTATIVE = byOp([Op.add, Op.mul, Op.and, Op.or, Op.xor, Op.eqv].map((op) => [op, 1]));

/** Ops that push operand a before anything else, so that a may already be on the stack. */
const PUSHES_A = byOp([
  ...[...OPS.keys()].filter((op) => BINARY[op] !== 0 || UNARY[op] !== 0).map((op) => [op, 1] as const),
  ...[Op.mov, Op.andc, Op.orc, Op.eqv, Op.not, Op.ext8u, Op.ext16u, Op.ext32u, Op.bswap].map((op) => [op, 1] as const),
  ...[Op.setcond, Op.brcond, Op.ld, Op.st].map((op) => [op, 1] as const),
]);

export function pushesFirst(op: number): boolean {
  return PUSHES_A[op] !== 0;
}
export function isCommutative(op: number): boolean {
  return COMMUTATIVE[op] !== 0;
}

/** Pushes the i32 truth of a cond b. */
export function compare(body: Body, cond: number, a: number, b: number): void {
  const { ir } = body.state.scan;
  body.get(a);
  if (b < 0 && cond === 0 && ir.lo(b) === 0 && ir.hi(b) === 0) {
    body.op(W.i64_eqz);
    return;
  }
  body.get(b);
  const opcode = COMPARE[cond];
  must(opcode !== undefined, 'unknown condition');
  body.op(opcode);
}

/** Pushes the result of a unary or binary value op. */
export function value(body: Body, op: number, a: number, b: number): void {
  const binary = BINARY[op]!;
  if (binary !== 0) {
    // Of a commutative op, b may be on the stack already and a goes on top of it.
    body.get(a);
    body.get(b);
    body.op(binary);
    return;
  }
  const unary = UNARY[op]!;
  if (unary !== 0) {
    body.get(a);
    body.op(unary);
    return;
  }
  switch (op) {
    case Op.mov:
      body.get(a);
      return;
    case Op.andc:
    case Op.orc:
      body.get(a);
      pushNot(body, b);
      body.op(op === Op.andc ? W.i64_and : W.i64_or);
      return;
    case Op.eqv:
      body.get(a);
      body.get(b);
      body.op(W.i64_xor);
      invert(body);
      return;
    case Op.neg:
      body.i64(0);
      body.get(a);
      body.op(W.i64_sub);
      return;
    case Op.not:
      body.get(a);
      invert(body);
      return;
    case Op.ext8u:
    case Op.ext16u:
      body.get(a);
      body.i64(op === Op.ext8u ? 0xff : 0xffff);
      body.op(W.i64_and);
      return;
    case Op.ext32u:
      body.get(a);
      body.op(W.i32_wrap_i64);
      body.op(W.i64_extend_i32_u);
      return;
    case Op.bswap:
      swapBytes(body, a);
      return;
    case Op.div:
    case Op.divu:
    case Op.rem:
    case Op.remu:
      divide(body, op, a, b);
      return;
    case Op.muluh:
    case Op.mulsh:
    case Op.mulsuh:
      multiplyHigh(body, op, a, b);
      return;
    default:
      must(false, `no Wasm for IR op ${op}`);
  }
}

function invert(body: Body): void {
  body.i64(-1);
  body.op(W.i64_xor);
}

function pushNot(body: Body, b: number): void {
  const { ir } = body.state.scan;
  if (b < 0) {
    body.i64(~ir.lo(b), ~ir.hi(b));
    return;
  }
  body.get(b);
  invert(body);
}

/** Halves of bytes, then of 16-bit units, change places; a rotation changes the 32-bit halves. */
function swapBytes(body: Body, a: number): void {
  const x = body.takeTemp();
  const step = (mask: number, shift: number): void => {
    body.localTee(x);
    body.i64(mask, mask);
    body.op(W.i64_and);
    body.i64(shift);
    body.op(W.i64_shl);
    body.localGet(x);
    body.i64(shift);
    body.op(W.i64_shr_u);
    body.i64(mask, mask);
    body.op(W.i64_and);
    body.op(W.i64_or);
  };
  body.get(a);
  step(0x00ff00ff, 8);
  step(0x0000ffff, 16);
  body.i64(32);
  body.op(W.i64_rotl);
  body.giveTemp(x);
}

function divide(body: Body, op: number, a: number, b: number): void {
  const { ir } = body.state.scan;
  const signed = op === Op.div || op === Op.rem;
  const quotient = op === Op.div || op === Op.divu;
  const opcode = quotient ? (signed ? W.i64_div_s : W.i64_div_u) : signed ? W.i64_rem_s : W.i64_rem_u;
  const isConstant = b < 0;
  const isZero = isConstant && ir.lo(b) === 0 && ir.hi(b) === 0;
  const isMinusOne = isConstant && ir.lo(b) === -1 && ir.hi(b) === -1;
  if (isConstant && !isZero && !(isMinusOne && op === Op.div)) {
    body.get(a);
    body.get(b);
    body.op(opcode);
    return;
  }
  // div: divisors 0 and -1 are special, i.e. b + 1 < 2 unsigned. Else only 0 is: Wasm's MIN % -1 is 0 as ours.
  body.get(b);
  if (op === Op.div) {
    body.i64(1);
    body.op(W.i64_add);
    body.i64(2);
    body.op(W.i64_lt_u);
  } else body.op(W.i64_eqz);
  body.open(W.if, TYPE_I64);
  if (op === Op.div) {
    body.i64(-1);
    body.i64(0);
    body.get(a);
    body.op(W.i64_sub);
    body.get(b);
    body.op(W.i64_eqz);
    body.op(W.select);
  } else if (quotient) body.i64(-1);
  else body.get(a);
  body.op(W.else);
  body.get(a);
  body.get(b);
  body.op(opcode);
  body.close();
}

/**
 * High 64 bits of a product from four 32-bit products (schoolbook). Signed operands: the unsigned high half less the
 * other operand for each negative one.
 */
function multiplyHigh(body: Body, op: number, a: number, b: number): void {
  const [x, y, mid, low] = [body.takeTemp(), body.takeTemp(), body.takeTemp(), body.takeTemp()];
  const lowHalf = (local: number): void => {
    body.localGet(local);
    body.op(W.i32_wrap_i64);
    body.op(W.i64_extend_i32_u);
  };
  const highHalf = (local: number): void => {
    body.localGet(local);
    body.i64(32);
    body.op(W.i64_shr_u);
  };
  body.get(a);
  body.localSet(x);
  body.get(b);
  body.localSet(y);
  // mid = xh * yl + (xl * yl >> 32); low = xl * yh + (mid mod 2^32): neither can overflow
  highHalf(x);
  lowHalf(y);
  body.op(W.i64_mul);
  lowHalf(x);
  lowHalf(y);
  body.op(W.i64_mul);
  body.i64(32);
  body.op(W.i64_shr_u);
  body.op(W.i64_add);
  body.localSet(mid);
  lowHalf(x);
  highHalf(y);
  body.op(W.i64_mul);
  lowHalf(mid);
  body.op(W.i64_add);
  body.localSet(low);
  highHalf(x);
  highHalf(y);
  body.op(W.i64_mul);
  highHalf(mid);
  body.op(W.i64_add);
  highHalf(low);
  body.op(W.i64_add);
  const correct = (sign: number, other: number): void => {
    body.localGet(sign);
    body.i64(63);
    body.op(W.i64_shr_s);
    body.localGet(other);
    body.op(W.i64_and);
    body.op(W.i64_sub);
  };
  if (op !== Op.muluh) correct(x, y);
  if (op === Op.mulsh) correct(y, x);
  for (const local of [x, y, mid, low]) body.giveTemp(local);
}
