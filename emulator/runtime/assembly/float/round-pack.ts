// Rounds an unpacked value to a format and packs it: the one place that decides inexact, overflow and underflow of an
// arithmetic result. Underflow means tiny after rounding (as if the exponent had no lower bound) and inexact.

import { DOWN, INEXACT, NEAREST_AWAY, NEAREST_EVEN, OVERFLOW, raise, UNDERFLOW, UP } from './exceptions';
import { packedInfinity } from './format';
import { shiftRightJam } from './wide';

/** 1 when an inexact magnitude (`rest` ≠ 0 below its last kept bit) rounds away from zero, else 0. */
function increment(mode: i32, sign: i32, rest: u64, half: u64, kept: u64): u64 {
  if (mode === NEAREST_EVEN) return (rest > half || (rest === half && (kept & 1) !== 0)) as u64;
  if (mode === NEAREST_AWAY) return (rest >= half) as u64;
  if (mode === DOWN) return sign as u64;
  if (mode === UP) return (1 - sign) as u64;
  return 0;
}

function overflow(sign: i32, mode: i32, single: bool): u64 {
  raise(OVERFLOW | INEXACT);
  const infinity = packedInfinity(sign, single);
  const away =
    mode === NEAREST_EVEN || mode === NEAREST_AWAY || (mode === DOWN && sign === 1) || (mode === UP && sign === 0);
  return away ? infinity : infinity - 1;
}

/**
 * Packs significand / 2^63 * 2^exponent. Bit 63 of `significand` is set; its lowest bit may stand for any non-zero
 * tail (jam). Exponents up to ±3000 may be passed.
 */
export function roundPack(sign: i32, exponent: i32, significand: u64, mode: i32, single: bool): u64 {
  const fractionBits: u64 = single ? 23 : 52;
  const dropped: u64 = 63 - fractionBits;
  const half: u64 = (1 as u64) << (dropped - 1);
  const mask: u64 = (half << 1) - 1;

  let field = exponent + (single ? 127 : 1023);
  let tiny = false;
  let value = significand;
  if (field <= 0) {
    const rest = value & mask;
    const kept = value >> dropped;
    const rounded = rest === 0 ? kept : kept + increment(mode, sign, rest, half, kept);
    tiny = field < 0 || rounded >> (fractionBits + 1) === 0;
    value = shiftRightJam(value, 1 - field);
    field = 1;
  }

  const rest = value & mask;
  let kept = value >> dropped;
  if (rest !== 0) {
    kept += increment(mode, sign, rest, half, kept);
    raise(tiny ? INEXACT | UNDERFLOW : INEXACT);
  }
  // `kept` carries the hidden bit, so that adding it to the field less one makes carries come out right by themselves.
  const packed = (((field - 1) as u64) << fractionBits) + kept;
  if (packed >= packedInfinity(0, single)) return overflow(sign, mode, single);
  return packed | ((sign as u64) << (single ? 31 : 63));
}
