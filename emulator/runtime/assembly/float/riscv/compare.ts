// feq, flt, fle, fmin, fmax, fclass, of both formats. feq is quiet (only a signalling NaN raises invalid), flt and fle
// signal on any NaN. fmin and fmax are IEEE 754-2019 minimumNumber and maximumNumber: −0 below +0, a NaN loses to a
// number. A single compares as the binary64 it widens to, so that the order is decided in one place.

import { INVALID } from '../exceptions';
import {
  DEFAULT_NAN_32,
  DEFAULT_NAN_64,
  isInfinite32,
  isInfinite64,
  isNan32,
  isNan64,
  isSignalling32,
  isSignalling64,
  isZero32,
  isZero64,
  QUIET_32,
  QUIET_64,
} from '../format';
import { accrue, box, unbox } from './state';

function double(register: i64): f64 {
  return reinterpret<f64>(register);
}

function single(register: i64): f64 {
  return reinterpret<f32>(unbox(register)) as f64;
}

/** Orders two numbers, or raises invalid and answers 0 when a NaN is among them. */
function less(env: i32, x: f64, y: f64, orEqual: bool): i64 {
  if (x < y) return 1;
  if (x === y) return orEqual as i64;
  if (!(x > y)) accrue(env, INVALID);
  return 0;
}

export function feq_d(env: i32, a: i64, b: i64, _rm: i32): i64 {
  if (isSignalling64(a as u64) || isSignalling64(b as u64)) accrue(env, INVALID);
  return (double(a) === double(b)) as i64;
}

export function feq_s(env: i32, a: i64, b: i64, _rm: i32): i64 {
  if (isSignalling32(unbox(a)) || isSignalling32(unbox(b))) accrue(env, INVALID);
  return (single(a) === single(b)) as i64;
}

export function flt_d(env: i32, a: i64, b: i64, _rm: i32): i64 {
  return less(env, double(a), double(b), false);
}

export function flt_s(env: i32, a: i64, b: i64, _rm: i32): i64 {
  return less(env, single(a), single(b), false);
}

export function fle_d(env: i32, a: i64, b: i64, _rm: i32): i64 {
  return less(env, double(a), double(b), true);
}

export function fle_s(env: i32, a: i64, b: i64, _rm: i32): i64 {
  return less(env, single(a), single(b), true);
}

function pick64(env: i32, a: i64, b: i64, largest: bool): i64 {
  const x = double(a);
  const y = double(b);
  if (x < y) return largest ? b : a;
  if (y < x) return largest ? a : b;
  // Equal numbers differ at most in the sign of zero: "or" finds the −0, "and" the +0.
  if (x === y) return largest ? a & b : a | b;
  if (isSignalling64(a as u64) || isSignalling64(b as u64)) accrue(env, INVALID);
  if (!isNan64(a as u64)) return a;
  return isNan64(b as u64) ? (DEFAULT_NAN_64 as i64) : b;
}

function pick32(env: i32, a: i64, b: i64, largest: bool): i64 {
  const bitsA = unbox(a);
  const bitsB = unbox(b);
  const x = reinterpret<f32>(bitsA);
  const y = reinterpret<f32>(bitsB);
  if (x < y) return box((largest ? bitsB : bitsA) as u64);
  if (y < x) return box((largest ? bitsA : bitsB) as u64);
  if (x === y) return box((largest ? bitsA & bitsB : bitsA | bitsB) as u64);
  if (isSignalling32(bitsA) || isSignalling32(bitsB)) accrue(env, INVALID);
  if (!isNan32(bitsA)) return box(bitsA as u64);
  return box((isNan32(bitsB) ? DEFAULT_NAN_32 : bitsB) as u64);
}

export function fmin_d(env: i32, a: i64, b: i64, _rm: i32): i64 {
  return pick64(env, a, b, false);
}

export function fmin_s(env: i32, a: i64, b: i64, _rm: i32): i64 {
  return pick32(env, a, b, false);
}

export function fmax_d(env: i32, a: i64, b: i64, _rm: i32): i64 {
  return pick64(env, a, b, true);
}

export function fmax_s(env: i32, a: i64, b: i64, _rm: i32): i64 {
  return pick32(env, a, b, true);
}

/**
 * The one-hot class (RISC-V Unprivileged, fclass): negative infinity, normal, subnormal, zero, then positive zero,
 * subnormal, normal, infinity, then signalling and quiet NaN.
 */
function classify(negative: bool, nan: bool, quiet: bool, infinite: bool, normal: bool, zero: bool): i64 {
  if (nan) return quiet ? 1 << 9 : 1 << 8;
  if (infinite) return negative ? 1 << 0 : 1 << 7;
  if (normal) return negative ? 1 << 1 : 1 << 6;
  if (zero) return negative ? 1 << 3 : 1 << 4;
  return negative ? 1 << 2 : 1 << 5;
}

export function fclass_d(_env: i32, a: i64, _rm: i32): i64 {
  const bits = a as u64;
  const normal = (bits & 0x7ff0000000000000) !== 0;
  return classify(a < 0, isNan64(bits), (bits & QUIET_64) !== 0, isInfinite64(bits), normal, isZero64(bits));
}

export function fclass_s(_env: i32, a: i64, _rm: i32): i64 {
  const bits = unbox(a);
  const normal = (bits & 0x7f800000) !== 0;
  return classify(bits >> 31 !== 0, isNan32(bits), (bits & QUIET_32) !== 0, isInfinite32(bits), normal, isZero32(bits));
}
