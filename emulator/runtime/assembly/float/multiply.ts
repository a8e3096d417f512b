// Product of two numbers, correctly rounded. Operands are binary64 bits and not NaN.

import { INVALID, raise } from './exceptions';
import {
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
import { multiplyHigh } from './wide';

/** The product in the format `single` says. */
export function multiply(a: u64, b: u64, mode: i32, single: bool): u64 {
  const sign = signOf(a ^ b);
  if (isInfinite64(a) || isInfinite64(b)) {
    if (isZero64(a) || isZero64(b)) {
      raise(INVALID);
      return defaultNan(single);
    }
    return packedInfinity(sign, single);
  }
  if (isZero64(a) || isZero64(b)) return packedZero(sign, single);

  const x = significandOf(a);
  const y = significandOf(b);
  const high = multiplyHigh(x, y) | ((x * y !== 0) as u64);
  const shift = clz<u64>(high); // 0 or 1
  return roundPack(sign, exponentOf(a) + exponentOf(b) + 1 - (shift as i32), high << shift, mode, single);
}
