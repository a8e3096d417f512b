// Conversions: between formats, and from and to integers. What an integer out of range becomes is the guest's affair;
// here a number is only made integral.

import { DOWN, NEAREST_AWAY, NEAREST_EVEN, UP } from './exceptions';
import { exponentOf, isInfinite64, isZero64, packedInfinity, packedZero, significandOf, signOf } from './format';
import { roundPack } from './round-pack';

/** Rounds binary64 bits (not NaN) to binary32 bits. */
export function narrow(bits: u64, mode: i32): u64 {
  if (isInfinite64(bits)) return packedInfinity(signOf(bits), true);
  if (isZero64(bits)) return packedZero(signOf(bits), true);
  return roundPack(signOf(bits), exponentOf(bits), significandOf(bits), mode, true);
}

/** The number `magnitude` with a sign, rounded; zero is +0. */
export function fromInteger(sign: i32, magnitude: u64, mode: i32, single: bool): u64 {
  if (magnitude === 0) return 0;
  const shift = clz<u64>(magnitude);
  return roundPack(sign, 63 - (shift as i32), magnitude << shift, mode, single);
}

/** The integral number `x` rounds to; exact, raises nothing. NaN and infinities pass through. */
export function toIntegral(x: f64, mode: i32): f64 {
  if (mode === NEAREST_EVEN) return nearest<f64>(x);
  if (mode === DOWN) return floor<f64>(x);
  if (mode === UP) return ceil<f64>(x);
  const toward = trunc<f64>(x);
  // The difference is exact: `x` has a fraction only below 2^52.
  if (mode === NEAREST_AWAY && abs<f64>(x - toward) >= 0.5) return toward + copysign<f64>(1.0, x);
  return toward;
}
