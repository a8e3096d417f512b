// Pieces of 128-bit arithmetic on u64 halves. "Jam": every bit shifted out is or-ed into the lowest bit kept, which is
// all that rounding needs to know of it.

/** High half of the 128-bit product; the low half is the plain `a * b`. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const cross = a0 * b1 + (middle & 0xffffffff);
  return a1 * b1 + (middle >> 32) + (cross >> 32);
}

/** `value >> count` with jam; any count ≥ 0. */
export function shiftRightJam(value: u64, count: i32): u64 {
  if (count === 0) return value;
  if (count > 63) return (value !== 0) as u64;
  return (value >> (count as u64)) | ((value << ((64 - count) as u64) !== 0) as u64);
}

/** High half of `(high, low) >> count`; any count ≥ 0. */
export function shiftRightHigh(high: u64, count: i32): u64 {
  return count > 63 ? 0 : high >> (count as u64);
}

/** Low half of `(high, low) >> count` with jam; any count ≥ 0. */
export function shiftRightJamLow(high: u64, low: u64, count: i32): u64 {
  if (count === 0) return low;
  if (count > 63) return shiftRightJam(high, count - 64) | ((low !== 0) as u64);
  return (high << ((64 - count) as u64)) | shiftRightJam(low, count);
}
