// fadd.d, fsub.d, fmul.d, fdiv.d, fsqrt.d, fmadd.d.
// Quick path: rounding to nearest even, the host's result far enough from overflow and underflow to be right as it is.
// Inexact is then either accrued already, or decided by an exact remainder: Dekker's for sums, and for the others the
// low 64 bits of a difference of 106-bit integers that is known to fit in them. All else goes to the core.

import { add } from '../add';
import { divide } from '../divide';
import { productError, sumError, toOdd } from '../error-free';
import { INEXACT, INVALID } from '../exceptions';
import { ABS_64, FRACTION_64, HIDDEN_64, isInfinite64, isNan64, isZero64, SIGN_64 } from '../format';
import { multiplyAdd } from '../fused';
import { multiply } from '../multiply';
import { squareRoot } from '../square-root';
import { accrue, accrueRaised, inexactAccrued, nanResult64, roundingMode, roundsToNearestEven } from './state';

/** Finite, and a factor of two below the largest exponent. */
const SUM_LIMIT: u64 = 0x7fe0000000000000;
/** Twice the smallest normal number: results from here up to SUM_LIMIT are never tiny, however they were rounded. */
const NORMAL_BASE: u64 = 0x0020000000000000;
const SMALLEST_NORMAL: u64 = 0x0010000000000000;
const NORMAL_SPAN: u64 = SUM_LIMIT - NORMAL_BASE;

/** True for a magnitude safely inside the normal range. */
function isSafe(bits: u64): bool {
  return (bits & ABS_64) - NORMAL_BASE < NORMAL_SPAN;
}

function isNormal(bits: u64): bool {
  return (bits & ABS_64) - SMALLEST_NORMAL < SUM_LIMIT;
}

function digitsOf(bits: u64): u64 {
  return (bits & FRACTION_64) | HIDDEN_64;
}

function exponentField(bits: u64): i32 {
  return ((bits >> 52) as i32) & 0x7ff;
}

function addQuick(env: i32, a: u64, b: u64, immediate: i32): i64 {
  if (roundsToNearestEven(env, immediate)) {
    const x = reinterpret<f64>(a);
    const y = reinterpret<f64>(b);
    const sum = x + y;
    const bits = reinterpret<u64>(sum);
    // A sum never underflows inexactly, so that zero and subnormal results need no care.
    if ((bits & ABS_64) < SUM_LIMIT) {
      if (!inexactAccrued(env)) {
        const first = (a & ABS_64) >= (b & ABS_64);
        const larger = first ? x : y;
        const smaller = first ? y : x;
        if (sum - larger !== smaller) accrue(env, INEXACT);
      }
      return bits as i64;
    }
  }
  if (isNan64(a) || isNan64(b)) return nanResult64(env, a, b, b);
  const result = add(a, b, roundingMode(env, immediate), false);
  accrueRaised(env);
  return result as i64;
}

export function fadd_d(env: i32, a: i64, b: i64, rm: i32): i64 {
  return addQuick(env, a as u64, b as u64, rm);
}

export function fsub_d(env: i32, a: i64, b: i64, rm: i32): i64 {
  return addQuick(env, a as u64, (b as u64) ^ SIGN_64, rm);
}

export function fmul_d(env: i32, a: i64, b: i64, rm: i32): i64 {
  const x = a as u64;
  const y = b as u64;
  if (roundsToNearestEven(env, rm)) {
    const bits = reinterpret<u64>(reinterpret<f64>(x) * reinterpret<f64>(y));
    if (isSafe(bits)) {
      if (inexactAccrued(env)) return bits as i64;
      if (isNormal(x) && isNormal(y)) {
        // The product of the digits has 105 bits, or 106: exact when its low 52, or 53, are zero.
        const low = digitsOf(x) * digitsOf(y);
        const short = exponentField(bits) === exponentField(x) + exponentField(y) - 1023;
        if (low << (short ? 12 : 11) !== 0) accrue(env, INEXACT);
        return bits as i64;
      }
    } else if ((isZero64(x) && exponentField(y) !== 0x7ff) || (isZero64(y) && exponentField(x) !== 0x7ff)) {
      return bits as i64;
    }
  }
  if (isNan64(x) || isNan64(y)) return nanResult64(env, x, y, y);
  const result = multiply(x, y, roundingMode(env, rm), false);
  accrueRaised(env);
  return result as i64;
}

export function fdiv_d(env: i32, a: i64, b: i64, rm: i32): i64 {
  const x = a as u64;
  const y = b as u64;
  // A safe result of a finite dividend: the divisor is then neither zero nor infinite nor NaN.
  if (roundsToNearestEven(env, rm) && isNormal(x) && isNormal(y)) {
    const bits = reinterpret<u64>(reinterpret<f64>(x) / reinterpret<f64>(y));
    if (isSafe(bits)) {
      if (inexactAccrued(env)) return bits as i64;
      const shift = exponentField(x) - exponentField(y) - exponentField(bits) + 1023 + 52;
      if (digitsOf(x) << (shift as u64) !== digitsOf(y) * digitsOf(bits)) accrue(env, INEXACT);
      return bits as i64;
    }
  }
  if (isNan64(x) || isNan64(y)) return nanResult64(env, x, y, y);
  const result = divide(x, y, roundingMode(env, rm), false);
  accrueRaised(env);
  return result as i64;
}

export function fsqrt_d(env: i32, a: i64, rm: i32): i64 {
  const x = a as u64;
  if (roundsToNearestEven(env, rm) && x - SMALLEST_NORMAL < SUM_LIMIT) {
    const bits = reinterpret<u64>(sqrt<f64>(reinterpret<f64>(x)));
    if (inexactAccrued(env)) return bits as i64;
    const shift = exponentField(x) + 1023 - 2 * exponentField(bits) + 52;
    if (digitsOf(x) << (shift as u64) !== digitsOf(bits) * digitsOf(bits)) accrue(env, INEXACT);
    return bits as i64;
  }
  if (isNan64(x)) return nanResult64(env, x, x, x);
  const result = squareRoot(x, roundingMode(env, rm), false);
  accrueRaised(env);
  return result as i64;
}

/** Magnitudes of 2^-400 … 2^400: no piece of a product of two such, with such an addend, overflows or underflows. */
const MODERATE_BASE: u64 = 0x26f0000000000000;
const MODERATE_SPAN: u64 = 0x3200000000000000;

function isModerate(bits: u64): bool {
  return (bits & ABS_64) - MODERATE_BASE < MODERATE_SPAN;
}

/** Bit 3 of `rm` negates the product, bit 4 the addend. */
export function fmadd_d(env: i32, a: i64, b: i64, c: i64, rm: i32): i64 {
  const x = (a as u64) ^ ((((rm >> 3) & 1) as u64) << 63);
  const y = b as u64;
  const z = (c as u64) ^ ((((rm >> 4) & 1) as u64) << 63);
  if (isModerate(x) && isModerate(y) && isModerate(z) && roundsToNearestEven(env, rm)) {
    // Boldo and Melquiond: the exact value is three numbers; the two small ones are joined by rounding to odd.
    const multiplicand = reinterpret<f64>(x);
    const multiplier = reinterpret<f64>(y);
    const addend = reinterpret<f64>(z);
    const product = multiplicand * multiplier;
    const productLow = productError(multiplicand, multiplier, product);
    const upper = addend + productLow;
    const upperLow = sumError(addend, productLow, upper);
    const head = product + upper;
    const headLow = sumError(product, upper, head);
    const tail = headLow + upperLow;
    const oddTail = toOdd(tail, sumError(headLow, upperLow, tail));
    const result = head + oddTail;
    // An inexact tail ends in an odd bit, far below the last one of the result: this sees that as well. An exact zero
    // is +0, as it must be: the head is then a cancelled sum.
    if (!inexactAccrued(env) && sumError(head, oddTail, result) !== 0.0) accrue(env, INEXACT);
    return reinterpret<i64>(result);
  }
  if (isNan64(x) || isNan64(y) || isNan64(z)) {
    if ((isInfinite64(x) && isZero64(y)) || (isZero64(x) && isInfinite64(y))) accrue(env, INVALID);
    return nanResult64(env, x, y, z);
  }
  const result = multiplyAdd(x, y, z, roundingMode(env, rm), false);
  accrueRaised(env);
  return result as i64;
}
