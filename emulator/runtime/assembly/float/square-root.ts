// Square root, correctly rounded. The operand is binary64 bits and not NaN. As in division the host takes the root of
// the significand, and the sign of the exact remainder settles rounding in every mode.

import { withRemainder } from './divide';
import { INVALID, raise } from './exceptions';
import {
  defaultNan,
  exponentOf,
  FRACTION_64,
  HIDDEN_64,
  isInfinite64,
  isZero64,
  packedInfinity,
  packedZero,
  significandOf,
  signOf,
} from './format';
import { roundPack } from './round-pack';

/** The root in the format `single` says; −0 of −0. */
export function squareRoot(a: u64, mode: i32, single: bool): u64 {
  if (isZero64(a)) return packedZero(signOf(a), single);
  if (signOf(a) === 1) {
    raise(INVALID);
    return defaultNan(single);
  }
  if (isInfinite64(a)) return packedInfinity(0, single);

  const exponent = exponentOf(a);
  const odd = exponent & 1; // radicand in [1, 2) or [2, 4), root in [1, 2)
  const radicand = significandOf(a) >> 11;
  const number = reinterpret<f64>((((1023 + odd) as u64) << 52) | (radicand & FRACTION_64));
  const digits = (reinterpret<u64>(sqrt<f64>(number)) & FRACTION_64) | HIDDEN_64;
  // Not above 2^53 in magnitude: the low 64 bits of the difference are the difference.
  const remainder = (radicand << ((52 + odd) as u64)) - digits * digits;
  return roundPack(0, (exponent - odd) >> 1, withRemainder(digits, remainder as i64), mode, single);
}
