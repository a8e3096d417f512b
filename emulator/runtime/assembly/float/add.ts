// Sum of two numbers, correctly rounded. Operands are binary64 bits and not NaN; subtraction negates the second first.

import { DOWN, INVALID, raise } from './exceptions';
import {
  ABS_64,
  defaultNan,
  exponentOf,
  isInfinite64,
  isZero64,
  packedInfinity,
  packedZero,
  significandOf,
  signOf,
} from './format';
import { roundPack } from './round-pack';
import { shiftRightJam } from './wide';

/** The sum in the format `single` says. An exact zero of opposite signs is −0 only when rounding down. */
export function add(a: u64, b: u64, mode: i32, single: bool): u64 {
  const larger = (a & ABS_64) >= (b & ABS_64) ? a : b;
  const smaller = larger === a ? b : a;
  const sign = signOf(larger);
  const opposite = signOf(smaller) !== sign;

  if (isInfinite64(larger)) {
    if (opposite && isInfinite64(smaller)) {
      raise(INVALID);
      return defaultNan(single);
    }
    return packedInfinity(sign, single);
  }
  if (isZero64(larger)) return packedZero(opposite ? ((mode === DOWN) as i32) : sign, single);

  const exponent = exponentOf(larger);
  // Two bits of headroom, nine below the last significant bit: enough for the carry and for a jam that survives
  // normalisation (a long one happens only when the exponents differ by at most one, and then nothing was jammed).
  const augend = significandOf(larger) >> 2;
  let addend: u64 = 0;
  if (!isZero64(smaller)) addend = shiftRightJam(significandOf(smaller) >> 2, exponent - exponentOf(smaller));
  const sum = opposite ? augend - addend : augend + addend;
  if (sum === 0) return packedZero((mode === DOWN) as i32, single);
  const shift = clz<u64>(sum);
  return roundPack(sign, exponent + 2 - (shift as i32), sum << shift, mode, single);
}
