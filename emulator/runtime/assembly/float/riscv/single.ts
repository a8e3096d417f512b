// fadd.s, fsub.s, fmul.s, fdiv.s, fsqrt.s, fmadd.s.
// Quick path as in double.ts; exactness is cheaper to decide here, because the host's binary64 holds the product of two
// singles exactly.

import { add } from '../add';
import { divide } from '../divide';
import { sumError, toOdd } from '../error-free';
import { INEXACT, INVALID } from '../exceptions';
import { ABS_32, isInfinite32, isNan32, isZero32, SIGN_32, widen } from '../format';
import { multiplyAdd } from '../fused';
import { multiply } from '../multiply';
import { squareRoot } from '../square-root';
import {
  accrue,
  accrueRaised,
  box,
  inexactAccrued,
  nanResult32,
  roundingMode,
  roundsToNearestEven,
  unbox,
} from './state';

/** Finite, and a factor of two below the largest exponent. */
const SUM_LIMIT: u32 = 0x7f000000;
/** Twice the smallest normal number: results from here up to SUM_LIMIT are never tiny, however they were rounded. */
const NORMAL_BASE: u32 = 0x01000000;
const NORMAL_SPAN: u32 = SUM_LIMIT - NORMAL_BASE;

/** True for a magnitude safely inside the normal range; its operands were numbers, and no divisor was zero. */
function isSafe(result: f32): bool {
  return (reinterpret<u32>(result) & ABS_32) - NORMAL_BASE < NORMAL_SPAN;
}

function boxNumber(x: f32): i64 {
  return box(reinterpret<u32>(x) as u64);
}

function addQuick(env: i32, a: u32, b: u32, immediate: i32): i64 {
  if (roundsToNearestEven(env, immediate)) {
    const x = reinterpret<f32>(a);
    const y = reinterpret<f32>(b);
    const sum = x + y;
    // A sum never underflows inexactly, so that zero and subnormal results need no care.
    if ((reinterpret<u32>(sum) & ABS_32) < SUM_LIMIT) {
      if (!inexactAccrued(env)) {
        const first = (a & ABS_32) >= (b & ABS_32);
        const larger = first ? x : y;
        const smaller = first ? y : x;
        if (sum - larger !== smaller) accrue(env, INEXACT);
      }
      return boxNumber(sum);
    }
  }
  if (isNan32(a) || isNan32(b)) return nanResult32(env, a, b, b);
  const result = add(widen(a), widen(b), roundingMode(env, immediate), true);
  accrueRaised(env);
  return box(result);
}

export function fadd_s(env: i32, a: i64, b: i64, rm: i32): i64 {
  return addQuick(env, unbox(a), unbox(b), rm);
}

export function fsub_s(env: i32, a: i64, b: i64, rm: i32): i64 {
  return addQuick(env, unbox(a), unbox(b) ^ SIGN_32, rm);
}

export function fmul_s(env: i32, a: i64, b: i64, rm: i32): i64 {
  const x = unbox(a);
  const y = unbox(b);
  if (roundsToNearestEven(env, rm)) {
    const exact = (reinterpret<f32>(x) as f64) * (reinterpret<f32>(y) as f64);
    const product = exact as f32;
    if (isSafe(product) || exact === 0.0) {
      if ((product as f64) !== exact) accrue(env, INEXACT);
      return boxNumber(product);
    }
  }
  if (isNan32(x) || isNan32(y)) return nanResult32(env, x, y, y);
  const result = multiply(widen(x), widen(y), roundingMode(env, rm), true);
  accrueRaised(env);
  return box(result);
}

export function fdiv_s(env: i32, a: i64, b: i64, rm: i32): i64 {
  const x = unbox(a);
  const y = unbox(b);
  if (roundsToNearestEven(env, rm)) {
    const dividend = reinterpret<f32>(x);
    const divisor = reinterpret<f32>(y);
    const quotient = dividend / divisor;
    if (isSafe(quotient)) {
      if ((quotient as f64) * (divisor as f64) !== (dividend as f64)) accrue(env, INEXACT);
      return boxNumber(quotient);
    }
  }
  if (isNan32(x) || isNan32(y)) return nanResult32(env, x, y, y);
  const result = divide(widen(x), widen(y), roundingMode(env, rm), true);
  accrueRaised(env);
  return box(result);
}

export function fsqrt_s(env: i32, a: i64, rm: i32): i64 {
  const x = unbox(a);
  if (roundsToNearestEven(env, rm)) {
    const radicand = reinterpret<f32>(x);
    const root = sqrt<f32>(radicand);
    if (isSafe(root)) {
      if ((root as f64) * (root as f64) !== (radicand as f64)) accrue(env, INEXACT);
      return boxNumber(root);
    }
  }
  if (isNan32(x)) return nanResult32(env, x, x, x);
  const result = squareRoot(widen(x), roundingMode(env, rm), true);
  accrueRaised(env);
  return box(result);
}

/** Bit 3 of `rm` negates the product, bit 4 the addend. */
export function fmadd_s(env: i32, a: i64, b: i64, c: i64, rm: i32): i64 {
  const x = unbox(a);
  const y = unbox(b);
  const z = unbox(c);
  const negateProduct = (((rm >> 3) & 1) as u32) << 31;
  const negateAddend = (((rm >> 4) & 1) as u32) << 31;
  if (roundsToNearestEven(env, rm)) {
    const product = (reinterpret<f32>(x ^ negateProduct) as f64) * (reinterpret<f32>(y) as f64);
    const addend = reinterpret<f32>(z ^ negateAddend) as f64;
    const nearest = product + addend;
    const sum = toOdd(nearest, sumError(product, addend, nearest));
    const result = sum as f32;
    if (isSafe(result) || sum === 0.0) {
      if ((result as f64) !== sum) accrue(env, INEXACT);
      return boxNumber(result);
    }
  }
  if (isNan32(x) || isNan32(y) || isNan32(z)) {
    if ((isInfinite32(x) && isZero32(y)) || (isZero32(x) && isInfinite32(y))) accrue(env, INVALID);
    return nanResult32(env, x, y, z);
  }
  const wide = widen(x ^ negateProduct);
  const result = multiplyAdd(wide, widen(y), widen(z ^ negateAddend), roundingMode(env, rm), true);
  accrueRaised(env);
  return box(result);
}
