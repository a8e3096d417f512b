// Quotient of two numbers, correctly rounded. Operands are binary64 bits and not NaN.
// The significands, as numbers of [1, 2) or [2, 4), are divided by the host; the sign of the exact remainder then says
// on which side of that 53-bit quotient the true one lies, which is all that rounding in any mode needs.

import { DIVIDE_BY_ZERO, INVALID, raise } from './exceptions';
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

/** A 53-bit integer with bit 52 set as the binary64 in [1, 2) · 2^`scale`. */
function asNumber(significand: u64, scale: i32): f64 {
  return reinterpret<f64>((((1023 + scale) as u64) << 52) | (significand & FRACTION_64));
}

/** The significand with its leading one at bit 63 and a tail that stands for the sign of `remainder`. */
export function withRemainder(significand: u64, remainder: i64): u64 {
  return (significand << 11) + (((remainder > 0) as u64) - ((remainder < 0) as u64));
}

/** The quotient in the format `single` says. */
export function divide(a: u64, b: u64, mode: i32, single: bool): u64 {
  const sign = signOf(a ^ b);
  if (isInfinite64(a)) {
    if (!isInfinite64(b)) return packedInfinity(sign, single);
    raise(INVALID);
    return defaultNan(single);
  }
  if (isInfinite64(b)) return packedZero(sign, single);
  if (isZero64(b)) {
    if (isZero64(a)) {
      raise(INVALID);
      return defaultNan(single);
    }
    raise(DIVIDE_BY_ZERO);
    return packedInfinity(sign, single);
  }
  if (isZero64(a)) return packedZero(sign, single);

  const dividend = significandOf(a) >> 11;
  const divisor = significandOf(b) >> 11;
  const scale = (dividend < divisor) as i32; // so that the quotient is in [1, 2)
  const quotient = reinterpret<u64>(asNumber(dividend, scale) / asNumber(divisor, 0));
  const digits = (quotient & FRACTION_64) | HIDDEN_64;
  // At most half the divisor in magnitude: the low 64 bits of the 106-bit difference are the difference.
  const remainder = (dividend << ((52 + scale) as u64)) - digits * divisor;
  const exponent = exponentOf(a) - exponentOf(b) - scale;
  // An exact power of two with the true quotient below it cannot occur (the quotient is at least 1): bit 63 stays set.
  return roundPack(sign, exponent, withRemainder(digits, remainder as i64), mode, single);
}
