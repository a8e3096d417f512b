// Fixed-width integers as BigInt. A register holds 0 to 2^64 - 1; these say what its bits mean, signed or unsigned, whole
// or the low half.

export type Word = bigint;

export const ALL_ONES: Word = (1n << 64n) - 1n;

export const u64 = (value: bigint): Word => BigInt.asUintN(64, value);
export const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
export const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);
export const s32 = (value: bigint): bigint => BigInt.asIntN(32, value);

/** Bits from the highest one down to bit 0; 0 for 0. */
export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
