// a * b + c with one rounding. Operands are binary64 bits and not NaN; a guest's negations flip their signs first.
// Product and addend are aligned as 128-bit significands with two bits of headroom: the product of two 53-bit
// significands has 22 zero bits at its end, so that aligning it for the headroom loses nothing.

import { DOWN, INVALID, raise } from './exceptions';
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
import { multiplyHigh, shiftRightHigh, shiftRightJamLow } from './wide';

/** Packs the 128-bit significand (not zero) whose bit 127 weighs 2^exponent. */
function roundPackWide(sign: i32, exponent: i32, high: u64, low: u64, mode: i32, single: bool): u64 {
  let top = high;
  let rest = low;
  let scale = exponent;
  if (top === 0) {
    top = rest;
    rest = 0;
    scale -= 64;
  }
  const shift = clz<u64>(top);
  if (shift !== 0) {
    top = (top << shift) | (rest >> (64 - shift));
    rest <<= shift;
    scale -= shift as i32;
  }
  return roundPack(sign, scale, top | ((rest !== 0) as u64), mode, single);
}

/** The fused product and sum in the format `single` says. */
export function multiplyAdd(a: u64, b: u64, c: u64, mode: i32, single: bool): u64 {
  const productSign = signOf(a ^ b);
  const addendSign = signOf(c);
  const opposite = productSign !== addendSign;

  if (isInfinite64(a) || isInfinite64(b)) {
    if (isZero64(a) || isZero64(b) || (isInfinite64(c) && opposite)) {
      raise(INVALID);
      return defaultNan(single);
    }
    return packedInfinity(productSign, single);
  }
  if (isInfinite64(c)) return packedInfinity(addendSign, single);
  if (isZero64(a) || isZero64(b)) {
    if (isZero64(c)) return packedZero(opposite ? ((mode === DOWN) as i32) : productSign, single);
    return roundPack(addendSign, exponentOf(c), significandOf(c), mode, single);
  }

  const x = significandOf(a);
  const y = significandOf(b);
  const productHigh = multiplyHigh(x, y);
  const productLow = x * y;
  const productExponent = exponentOf(a) + exponentOf(b) + 1;
  if (isZero64(c)) return roundPackWide(productSign, productExponent, productHigh, productLow, mode, single);

  let highP = productHigh >> 2;
  let lowP = (productHigh << 62) | (productLow >> 2);
  const significandC = significandOf(c);
  let highC = significandC >> 2;
  let lowC = significandC << 62;
  const exponentC = exponentOf(c);
  let exponent = productExponent;
  if (productExponent >= exponentC) {
    lowC = shiftRightJamLow(highC, lowC, productExponent - exponentC);
    highC = shiftRightHigh(highC, productExponent - exponentC);
  } else {
    lowP = shiftRightJamLow(highP, lowP, exponentC - productExponent);
    highP = shiftRightHigh(highP, exponentC - productExponent);
    exponent = exponentC;
  }

  if (!opposite) {
    const low = lowP + lowC;
    const high = highP + highC + ((low < lowP) as u64);
    return roundPackWide(productSign, exponent + 2, high, low, mode, single);
  }
  const productLarger = highP > highC || (highP === highC && lowP >= lowC);
  const low = productLarger ? lowP - lowC : lowC - lowP;
  const borrow = (productLarger ? lowP < lowC : lowC < lowP) as u64;
  const high = (productLarger ? highP - highC : highC - highP) - borrow;
  if ((high | low) === 0) return packedZero((mode === DOWN) as i32, single);
  return roundPackWide(productLarger ? productSign : addendSign, exponent + 2, high, low, mode, single);
}
