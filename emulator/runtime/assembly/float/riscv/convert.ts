// fcvt between integers, singles and doubles. Out of range, or NaN, saturates and raises invalid alone: NaN counts as
// the largest integer. A 32-bit result is sign-extended, also an unsigned one.
// A single converts to an integer by way of the binary64 it widens to.

import { fromInteger, narrow, toIntegral } from '../convert';
import { INEXACT, INVALID } from '../exceptions';
import { DEFAULT_NAN_32, DEFAULT_NAN_64, isNan32, isNan64, isSignalling32, isSignalling64, widen } from '../format';
import { accrue, accrueRaised, box, roundingMode, roundsToNearestEven, unbox } from './state';

const TWO_31: f64 = 2147483648.0;
const TWO_32: f64 = 4294967296.0;
const TWO_63: f64 = 4294967296.0 * 2147483648.0;
const TWO_64: f64 = 4294967296.0 * 4294967296.0;

/** Integers below this magnitude are binary64 numbers. */
const EXACT_64: u64 = 0x0020000000000000;
/** Integers below this magnitude are binary32 numbers. */
const EXACT_32: u64 = 0x01000000;

function single(register: i64): f64 {
  return reinterpret<f32>(unbox(register)) as f64;
}

/** To a signed integer of −limit … limit − 1. */
function toSigned(env: i32, x: f64, immediate: i32, limit: f64, largest: i64): i64 {
  const integral = toIntegral(x, roundingMode(env, immediate));
  if (integral >= -limit && integral < limit) {
    if (integral !== x) accrue(env, INEXACT);
    return integral as i64;
  }
  accrue(env, INVALID);
  return x < 0.0 ? -largest - 1 : largest;
}

/** To an unsigned integer below `limit`. */
function toUnsigned(env: i32, x: f64, immediate: i32, limit: f64): u64 {
  const integral = toIntegral(x, roundingMode(env, immediate));
  if (integral >= 0.0 && integral < limit) {
    if (integral !== x) accrue(env, INEXACT);
    return integral as u64;
  }
  accrue(env, INVALID);
  return x < 0.0 ? 0 : u64.MAX_VALUE;
}

export function fcvt_w_d(env: i32, a: i64, rm: i32): i64 {
  return toSigned(env, reinterpret<f64>(a), rm, TWO_31, i32.MAX_VALUE as i64);
}

export function fcvt_w_s(env: i32, a: i64, rm: i32): i64 {
  return toSigned(env, single(a), rm, TWO_31, i32.MAX_VALUE as i64);
}

export function fcvt_l_d(env: i32, a: i64, rm: i32): i64 {
  return toSigned(env, reinterpret<f64>(a), rm, TWO_63, i64.MAX_VALUE);
}

export function fcvt_l_s(env: i32, a: i64, rm: i32): i64 {
  return toSigned(env, single(a), rm, TWO_63, i64.MAX_VALUE);
}

export function fcvt_wu_d(env: i32, a: i64, rm: i32): i64 {
  return toUnsigned(env, reinterpret<f64>(a), rm, TWO_32) as i32 as i64;
}

export function fcvt_wu_s(env: i32, a: i64, rm: i32): i64 {
  return toUnsigned(env, single(a), rm, TWO_32) as i32 as i64;
}

export function fcvt_lu_d(env: i32, a: i64, rm: i32): i64 {
  return toUnsigned(env, reinterpret<f64>(a), rm, TWO_64) as i64;
}

export function fcvt_lu_s(env: i32, a: i64, rm: i32): i64 {
  return toUnsigned(env, single(a), rm, TWO_64) as i64;
}

function fromMagnitude64(env: i32, sign: i32, magnitude: u64, immediate: i32): i64 {
  const result = fromInteger(sign, magnitude, roundingMode(env, immediate), false);
  accrueRaised(env);
  return result as i64;
}

function fromMagnitude32(env: i32, sign: i32, magnitude: u64, immediate: i32): i64 {
  if (magnitude < EXACT_32) {
    const number = magnitude as f32;
    return box(reinterpret<u32>(sign !== 0 && magnitude !== 0 ? -number : number) as u64);
  }
  const result = fromInteger(sign, magnitude, roundingMode(env, immediate), true);
  accrueRaised(env);
  return box(result);
}

function signed32(env: i32, value: i64, immediate: i32): i64 {
  return fromMagnitude32(env, (value < 0) as i32, (value < 0 ? -value : value) as u64, immediate);
}

export function fcvt_d_w(_env: i32, a: i64, _rm: i32): i64 {
  return reinterpret<i64>(a as i32 as f64);
}

export function fcvt_d_wu(_env: i32, a: i64, _rm: i32): i64 {
  return reinterpret<i64>(a as u32 as f64);
}

export function fcvt_d_l(env: i32, a: i64, rm: i32): i64 {
  const magnitude = (a < 0 ? -a : a) as u64;
  return magnitude < EXACT_64 ? reinterpret<i64>(a as f64) : fromMagnitude64(env, (a < 0) as i32, magnitude, rm);
}

export function fcvt_d_lu(env: i32, a: i64, rm: i32): i64 {
  const magnitude = a as u64;
  return magnitude < EXACT_64 ? reinterpret<i64>(magnitude as f64) : fromMagnitude64(env, 0, magnitude, rm);
}

export function fcvt_s_w(env: i32, a: i64, rm: i32): i64 {
  return signed32(env, a as i32 as i64, rm);
}

export function fcvt_s_wu(env: i32, a: i64, rm: i32): i64 {
  return fromMagnitude32(env, 0, a as u32 as u64, rm);
}

export function fcvt_s_l(env: i32, a: i64, rm: i32): i64 {
  return signed32(env, a, rm);
}

export function fcvt_s_lu(env: i32, a: i64, rm: i32): i64 {
  return fromMagnitude32(env, 0, a as u64, rm);
}

/** Results in this range of binary32 magnitudes are normal however they were rounded (see single.ts). */
const NORMAL_BASE: u32 = 0x01000000;
const NORMAL_SPAN: u32 = 0x7f000000 - NORMAL_BASE;

export function fcvt_s_d(env: i32, a: i64, rm: i32): i64 {
  const bits = a as u64;
  if (roundsToNearestEven(env, rm)) {
    const number = reinterpret<f64>(a);
    const narrowed = number as f32;
    const image = reinterpret<u32>(narrowed);
    if ((image & 0x7fffffff) - NORMAL_BASE < NORMAL_SPAN) {
      if ((narrowed as f64) !== number) accrue(env, INEXACT);
      return box(image as u64);
    }
  }
  if (isNan64(bits)) {
    if (isSignalling64(bits)) accrue(env, INVALID);
    return box(DEFAULT_NAN_32 as u64);
  }
  const result = narrow(bits, roundingMode(env, rm));
  accrueRaised(env);
  return box(result);
}

export function fcvt_d_s(env: i32, a: i64, _rm: i32): i64 {
  const bits = unbox(a);
  if (!isNan32(bits)) return widen(bits) as i64;
  if (isSignalling32(bits)) accrue(env, INVALID);
  return DEFAULT_NAN_64 as i64;
}
