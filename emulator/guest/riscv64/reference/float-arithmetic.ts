// Floating-point operations on bit patterns of a format (Unprivileged ISA, chapters 11 and 12; IEEE 754). Each works out
// the exact result and rounds once. Every NaN result is the canonical one.

import {
  canonicalNan,
  DZ,
  type Float,
  type Format,
  infinity,
  NV,
  NX,
  RDN,
  type Result,
  round,
  roundToInteger,
  scaled,
  unpack,
  zero,
} from './float-format.ts';

type Finite = Extract<Float, { kind: 'finite' }>;

const exactly = (bits: bigint): Result => ({ bits, flags: 0 });
const invalid = (format: Format): Result => ({ bits: canonicalNan(format), flags: NV });

const isNan = (value: Float): boolean => value.kind === 'nan';
const isSignalling = (value: Float): boolean => value.kind === 'nan' && value.signalling;
const isZero = (value: Float): boolean => value.kind === 'finite' && value.significand === 0n;
const isNegative = (value: Float): boolean => value.kind !== 'nan' && value.negative;

/** The result when an operand is a NaN, else undefined. */
function fromNan(format: Format, ...operands: readonly Float[]): Result | undefined {
  if (operands.some(isSignalling)) return invalid(format);
  return operands.some(isNan) ? exactly(canonicalNan(format)) : undefined;
}

const integerTimesPower = (significand: bigint, exponent: number) =>
  scaled({ numerator: significand, denominator: 1n }, exponent);

const negated = (value: Float): Float => (value.kind === 'nan' ? value : { ...value, negative: !value.negative });

/** a + b of numbers that are not NaN; finite ones may be of any precision. */
function sum(format: Format, mode: number, a: Float, b: Float): Result {
  if (a.kind === 'infinite' && b.kind === 'infinite' && a.negative !== b.negative) return invalid(format);
  if (a.kind === 'infinite') return exactly(infinity(format, a.negative));
  if (b.kind === 'infinite') return exactly(infinity(format, b.negative));
  const [p, q] = [a, b] as [Finite, Finite];
  const exponent = Math.min(p.exponent, q.exponent);
  const signed = (v: Finite): bigint => (v.negative ? -v.significand : v.significand) << BigInt(v.exponent - exponent);
  const total = signed(p) + signed(q);
  if (total === 0n) {
    // Zeros of one sign keep it; an exact cancellation is +0, except when rounding down.
    return exactly(zero(format, p.negative === q.negative ? p.negative : mode === RDN));
  }
  const negative = total < 0n;
  return round(format, mode, negative, integerTimesPower(negative ? -total : total, exponent));
}

/** a × b, exact; undefined for 0 × ∞. Neither is a NaN. */
function product(a: Float, b: Float): Float | undefined {
  const negative = isNegative(a) !== isNegative(b);
  if (a.kind === 'finite' && b.kind === 'finite') {
    const { significand, exponent } = a;
    return { kind: 'finite', negative, significand: significand * b.significand, exponent: exponent + b.exponent };
  }
  return isZero(a) || isZero(b) ? undefined : { kind: 'infinite', negative };
}

export function add(format: Format, mode: number, a: bigint, b: bigint): Result {
  const [p, q] = [unpack(format, a), unpack(format, b)];
  return fromNan(format, p, q) ?? sum(format, mode, p, q);
}

export function subtract(format: Format, mode: number, a: bigint, b: bigint): Result {
  const [p, q] = [unpack(format, a), unpack(format, b)];
  return fromNan(format, p, q) ?? sum(format, mode, p, negated(q));
}

export function multiply(format: Format, mode: number, a: bigint, b: bigint): Result {
  const [p, q] = [unpack(format, a), unpack(format, b)];
  const nan = fromNan(format, p, q);
  if (nan) return nan;
  const exact = product(p, q);
  if (exact === undefined) return invalid(format);
  if (exact.kind !== 'finite') return exactly(infinity(format, isNegative(exact)));
  return round(format, mode, exact.negative, integerTimesPower(exact.significand, exact.exponent));
}

/** ±(a × b) ± c, rounded once. */
export function multiplyAdd(
  format: Format,
  mode: number,
  a: bigint,
  b: bigint,
  c: bigint,
  negateProduct: boolean,
  negateAddend: boolean,
): Result {
  const [p, q, r] = [unpack(format, a), unpack(format, b), unpack(format, c)];
  const exact = isNan(p) || isNan(q) ? undefined : product(p, q);
  // 0 × ∞ is invalid even when the addend is a quiet NaN (§11.6).
  if (exact === undefined && !isNan(p) && !isNan(q)) return invalid(format);
  const nan = fromNan(format, p, q, r);
  if (nan || exact === undefined) return nan ?? invalid(format);
  return sum(format, mode, negateProduct ? negated(exact) : exact, negateAddend ? negated(r) : r);
}

export function divide(format: Format, mode: number, a: bigint, b: bigint): Result {
  const [p, q] = [unpack(format, a), unpack(format, b)];
  const nan = fromNan(format, p, q);
  if (nan) return nan;
  const negative = isNegative(p) !== isNegative(q);
  if (p.kind === 'infinite') return q.kind === 'infinite' ? invalid(format) : exactly(infinity(format, negative));
  if (q.kind === 'infinite') return exactly(zero(format, negative));
  const [n, d] = [p, q] as [Finite, Finite];
  if (d.significand === 0n) {
    return n.significand === 0n ? invalid(format) : { bits: infinity(format, negative), flags: DZ };
  }
  const quotient = { numerator: n.significand, denominator: d.significand };
  return round(format, mode, negative, scaled(quotient, n.exponent - d.exponent));
}

/** The largest integer whose square is not above `value` (Newton's iteration from above). */
function integerSquareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export function squareRoot(format: Format, mode: number, a: bigint): Result {
  const p = unpack(format, a);
  const nan = fromNan(format, p);
  if (nan) return nan;
  if (isZero(p)) return exactly(a);
  if (isNegative(p)) return invalid(format);
  if (p.kind !== 'finite') return exactly(a);
  // value = significand × 2^exponent with an even exponent, and 64 bits of root at least: more than any format has.
  const odd = p.exponent % 2 !== 0 ? 1 : 0;
  const value = p.significand << BigInt(odd + 128);
  const exponent = (p.exponent - odd - 128) / 2;
  const root = integerSquareRoot(value);
  if (root * root === value) return round(format, mode, false, integerTimesPower(root, exponent));
  // Between root and root + 1 there is no number of the format and no middle of two: any point there rounds alike.
  return round(format, mode, false, integerTimesPower(2n * root + 1n, exponent - 1));
}

/** From one format to another. */
export function convert(from: Format, to: Format, mode: number, a: bigint): Result {
  const p = unpack(from, a);
  const nan = fromNan(to, p);
  if (nan) return nan;
  if (p.kind === 'infinite') return exactly(infinity(to, p.negative));
  const { negative, significand, exponent } = p as Finite;
  return round(to, mode, negative, integerTimesPower(significand, exponent));
}

export function fromInteger(format: Format, mode: number, value: bigint): Result {
  if (value === 0n) return exactly(zero(format, false));
  const negative = value < 0n;
  return round(format, mode, negative, { numerator: negative ? -value : value, denominator: 1n });
}

/** The integer as a number, saturated to [least, most]; NaN counts as above the range (§11.7). */
export function toInteger(
  format: Format,
  mode: number,
  a: bigint,
  least: bigint,
  most: bigint,
): { readonly value: bigint; readonly flags: number } {
  const p = unpack(format, a);
  if (p.kind === 'nan') return { value: most, flags: NV };
  if (p.kind === 'infinite') return { value: p.negative ? least : most, flags: NV };
  const rounded = roundToInteger(mode, p.negative, integerTimesPower(p.significand, p.exponent));
  const value = p.negative ? -rounded.integer : rounded.integer;
  if (value < least) return { value: least, flags: NV };
  if (value > most) return { value: most, flags: NV };
  return { value, flags: rounded.inexact ? NX : 0 };
}

/** Orders like the number: magnitudes of a format order like their bits. -0 and +0 are the same. */
function order(format: Format, bits: bigint): bigint {
  const magnitude = BigInt.asUintN(format.width - 1, bits);
  return bits >> BigInt(format.width - 1) ? -magnitude : magnitude;
}

export type Relation = 'equal' | 'less' | 'lessOrEqual';

/** Equality is quiet; the others are invalid for any NaN (§11.8). */
export function compare(format: Format, relation: Relation, a: bigint, b: bigint): Result {
  const [p, q] = [unpack(format, a), unpack(format, b)];
  if (isNan(p) || isNan(q)) {
    return { bits: 0n, flags: relation !== 'equal' || isSignalling(p) || isSignalling(q) ? NV : 0 };
  }
  const difference = order(format, a) - order(format, b);
  const holds = difference === 0n ? relation !== 'less' : difference < 0n && relation !== 'equal';
  return exactly(holds ? 1n : 0n);
}

/** minimumNumber and maximumNumber: -0 is below +0, a number beats a NaN, a signalling NaN is invalid (§11.6). */
export function select(format: Format, largest: boolean, a: bigint, b: bigint): Result {
  const [p, q] = [unpack(format, a), unpack(format, b)];
  const flags = isSignalling(p) || isSignalling(q) ? NV : 0;
  if (isNan(p)) return { bits: isNan(q) ? canonicalNan(format) : b, flags };
  if (isNan(q)) return { bits: a, flags };
  const [x, y] = [order(format, a), order(format, b)];
  const aIsBelow = x < y || (x === y && isNegative(p));
  return { bits: aIsBelow !== largest ? a : b, flags };
}

/** One bit for the class of a number (§11.9). */
export function classify(format: Format, a: bigint): bigint {
  const p = unpack(format, a);
  if (p.kind === 'nan') return p.signalling ? 1n << 8n : 1n << 9n;
  if (p.kind === 'infinite') return p.negative ? 1n << 0n : 1n << 7n;
  if (p.significand === 0n) return p.negative ? 1n << 3n : 1n << 4n;
  const subnormal = p.significand < 1n << BigInt(format.fractionBits);
  if (subnormal) return p.negative ? 1n << 2n : 1n << 5n;
  return p.negative ? 1n << 1n : 1n << 6n;
}
