// Bit layouts of binary32 and binary64, and the unpacked form the core computes on: sign, exponent and a 64-bit
// significand with its leading one at bit 63, value = significand / 2^63 * 2^exponent.
// The core takes every operand as binary64 bits (binary32 widens exactly) and rounds once, to the format `single` asks.

export const SIGN_64: u64 = 0x8000000000000000;
export const ABS_64: u64 = ~SIGN_64;
export const INFINITY_64: u64 = 0x7ff0000000000000;
export const DEFAULT_NAN_64: u64 = 0x7ff8000000000000;
export const QUIET_64: u64 = 0x0008000000000000;
export const FRACTION_64: u64 = 0x000fffffffffffff;
export const HIDDEN_64: u64 = 0x0010000000000000;

export const SIGN_32: u32 = 0x80000000;
export const ABS_32: u32 = 0x7fffffff;
export const INFINITY_32: u32 = 0x7f800000;
export const DEFAULT_NAN_32: u32 = 0x7fc00000;
export const QUIET_32: u32 = 0x00400000;

export function isNan64(bits: u64): bool {
  return (bits & ABS_64) > INFINITY_64;
}

export function isSignalling64(bits: u64): bool {
  return isNan64(bits) && (bits & QUIET_64) === 0;
}

export function isInfinite64(bits: u64): bool {
  return (bits & ABS_64) === INFINITY_64;
}

export function isZero64(bits: u64): bool {
  return (bits & ABS_64) === 0;
}

export function isNan32(bits: u32): bool {
  return (bits & ABS_32) > INFINITY_32;
}

export function isSignalling32(bits: u32): bool {
  return isNan32(bits) && (bits & QUIET_32) === 0;
}

export function isInfinite32(bits: u32): bool {
  return (bits & ABS_32) === INFINITY_32;
}

export function isZero32(bits: u32): bool {
  return (bits & ABS_32) === 0;
}

/** Widens a binary32 that is not a NaN; always exact, subnormals included. */
export function widen(bits: u32): u64 {
  return reinterpret<u64>(reinterpret<f32>(bits) as f64);
}

export function signOf(bits: u64): i32 {
  return (bits >> 63) as i32;
}

/** Exponent of the unpacked form of a finite, non-zero binary64. */
export function exponentOf(bits: u64): i32 {
  const field = ((bits >> 52) as i32) & 0x7ff;
  return field !== 0 ? field - 1023 : -1011 - (clz<u64>(bits & FRACTION_64) as i32);
}

/** Significand of the unpacked form of a finite, non-zero binary64. */
export function significandOf(bits: u64): u64 {
  const fraction = bits & FRACTION_64;
  const subnormal = (bits & INFINITY_64) === 0;
  return subnormal ? fraction << clz<u64>(fraction) : (fraction | HIDDEN_64) << 11;
}

export function packedInfinity(sign: i32, single: bool): u64 {
  return single ? ((sign as u64) << 31) | (INFINITY_32 as u64) : ((sign as u64) << 63) | INFINITY_64;
}

export function packedZero(sign: i32, single: bool): u64 {
  return (sign as u64) << (single ? 31 : 63);
}

export function defaultNan(single: bool): u64 {
  return single ? (DEFAULT_NAN_32 as u64) : DEFAULT_NAN_64;
}
