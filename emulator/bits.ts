// Integer helpers: the only place where masks and sign tricks live.
// A 64-bit value on the translation path is a pair of int32 (lo, hi); a guest address is a `number`.

/**
 * A guest address as a JavaScript number: the signed value of the 64-bit address, so that canonical addresses of
 * both halves (0x8000_0000, 0xffff_ffff_8000_0000 = -0x8000_0000) are exact. Addresses outside ±2^53 are never
 * mapped; code that may meet one takes it as lo/hi or bigint first.
 */
export type GuestAddr = number;

const TWO32 = 4294967296;

/** Low 32 bits of a guest address or any exact integer, as int32. */
export function loOf(value: number): number {
  return value | 0;
}

/** High 32 bits of the two's complement of an exact integer, as int32. */
export function hiOf(value: number): number {
  return Math.floor(value / TWO32) | 0;
}

/** The signed 64-bit number (lo, hi) as a JavaScript number; exact within ±2^53. */
export function addrOf(lo: number, hi: number): GuestAddr {
  return hi * TWO32 + (lo >>> 0);
}

/** Upper half of the 64-bit product of two words, taken as unsigned; as int32. */
export function highProduct(a: number, b: number): number {
  // 16-bit digits; every partial sum stays below 2^53.
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const middle2 = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + Math.floor(middle / 65536) + Math.floor(middle2 / 65536)) | 0;
}

/** An address as 16 hexadecimal digits without prefix, two's complement. */
export function hex16(value: number | bigint): string {
  return BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0');
}

/** An address or value as `0x…` without leading zeros, two's complement. */
export function hex(value: number | bigint): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}

/** Rounds `value` down to a multiple of the power of two `unit`; exact for any safe integer. */
export function alignDown(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}

/** Rounds `value` up to a multiple of the power of two `unit`. */
export function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
