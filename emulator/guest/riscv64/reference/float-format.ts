// IEEE 754 binary32 and binary64 by exact arithmetic: a number is unpacked into sign, BigInt significand and exponent;
// a result is an exact fraction that `round` brings into the format once. Nothing here is clever, all of it is slow.

import { bitLength } from './numbers.ts';

export interface Format {
  readonly width: 32 | 64;
  /** Bits of the significand that are stored. */
  readonly fractionBits: number;
  /** Exponents of normal numbers go from 1 - bias to bias. */
  readonly bias: number;
}

export const SINGLE: Format = { width: 32, fractionBits: 23, bias: 127 };
export const DOUBLE: Format = { width: 64, fractionBits: 52, bias: 1023 };

/** Rounding modes (Unprivileged ISA §11.2): nearest even, to zero, down, up, nearest with ties away from zero. */
export const RNE = 0;
export const RTZ = 1;
export const RDN = 2;
export const RUP = 3;
export const RMM = 4;

/** Exception flags: invalid, division by zero, overflow, underflow, inexact. */
export const NV = 16;
export const DZ = 8;
export const OF = 4;
export const UF = 2;
export const NX = 1;

/** A finite number is (-1)^negative × significand × 2^exponent. */
export type Float =
  | { readonly kind: 'nan'; readonly signalling: boolean }
  | { readonly kind: 'infinite'; readonly negative: boolean }
  | {
      readonly kind: 'finite';
      readonly negative: boolean;
      readonly significand: bigint;
      readonly exponent: number;
    };

/** The bits of a result and the flags it raised. */
export interface Result {
  readonly bits: bigint;
  readonly flags: number;
}

const power = (exponent: number): bigint => 1n << BigInt(exponent);
const signBit = (format: Format, negative: boolean): bigint => (negative ? power(format.width - 1) : 0n);

export const zero = (format: Format, negative: boolean): bigint => signBit(format, negative);
/** All exponent bits, no fraction. */
export const infinity = (format: Format, negative: boolean): bigint =>
  signBit(format, negative) | (BigInt(2 * format.bias + 1) << BigInt(format.fractionBits));
/** The canonical NaN: quiet, positive, no payload (§11.3). */
export const canonicalNan = (format: Format): bigint => infinity(format, false) | power(format.fractionBits - 1);

export function unpack(format: Format, bits: bigint): Float {
  const negative = bits >> BigInt(format.width - 1) === 1n;
  const fraction = bits & (power(format.fractionBits) - 1n);
  const biased = Number(bits >> BigInt(format.fractionBits)) & (2 * format.bias + 1);
  if (biased === 2 * format.bias + 1) {
    if (fraction === 0n) return { kind: 'infinite', negative };
    return { kind: 'nan', signalling: fraction < power(format.fractionBits - 1) };
  }
  // Subnormals have the exponent of the smallest normal numbers and no hidden one.
  const significand = biased === 0 ? fraction : fraction | power(format.fractionBits);
  const exponent = Math.max(biased, 1) - format.bias - format.fractionBits;
  return { kind: 'finite', negative, significand, exponent };
}

/** A non-negative fraction. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** fraction × 2^exponent */
export function scaled({ numerator, denominator }: Fraction, exponent: number): Fraction {
  return exponent >= 0
    ? { numerator: numerator << BigInt(exponent), denominator }
    : { numerator, denominator: denominator << BigInt(-exponent) };
}

/** Rounds the magnitude of a number to an integer. */
export function roundToInteger(
  mode: number,
  negative: boolean,
  { numerator, denominator }: Fraction,
): { integer: bigint; inexact: boolean } {
  const below = numerator / denominator;
  const rest = numerator % denominator;
  const half = 2n * rest - denominator; // below zero: nearer to the integer below
  let up: boolean;
  if (mode === RNE) up = half > 0n || (half === 0n && below % 2n === 1n);
  else if (mode === RMM) up = half >= 0n;
  else if (mode === RDN) up = negative && rest > 0n;
  else if (mode === RUP) up = !negative && rest > 0n;
  else up = false;
  return { integer: up ? below + 1n : below, inexact: rest !== 0n };
}

/** The largest e with 2^e ≤ fraction; the fraction is not zero. */
function exponentOf(fraction: Fraction): number {
  const guess = bitLength(fraction.numerator) - bitLength(fraction.denominator);
  const { numerator, denominator } = scaled(fraction, -guess);
  return numerator >= denominator ? guess : guess - 1;
}

/** The number of the format that stands for (-1)^negative × magnitude, rounded once, with the flags of doing so. */
export function round(format: Format, mode: number, negative: boolean, magnitude: Fraction): Result {
  if (magnitude.numerator === 0n) return { bits: zero(format, negative), flags: 0 };
  const { fractionBits, bias } = format;
  const smallest = 1 - bias;
  const exponent = exponentOf(magnitude);
  // Exponent of the result's last bit: numbers below the smallest normal one share its.
  const last = Math.max(exponent, smallest) - fractionBits;
  const { integer, inexact } = roundToInteger(mode, negative, scaled(magnitude, -last));
  // The integer brings the hidden bit, which counts one up in the exponent field, as does a carry out of the fraction.
  const bits = (BigInt(last + fractionBits + bias - 1) << BigInt(fractionBits)) + integer;
  if (bits >= infinity(format, false)) {
    const away = mode === RNE || mode === RMM || mode === (negative ? RDN : RUP);
    const largest = infinity(format, false) - 1n;
    return { bits: signBit(format, negative) | (away ? infinity(format, false) : largest), flags: OF | NX };
  }
  let flags = inexact ? NX : 0;
  if (inexact && exponent < smallest) {
    // Tininess is detected after rounding, as if the exponent had no lower end (§11.4).
    const unbounded = roundToInteger(mode, negative, scaled(magnitude, fractionBits - exponent)).integer;
    const reachesNormal = exponent === smallest - 1 && unbounded === power(fractionBits + 1);
    if (!reachesNormal) flags |= UF;
  }
  return { bits: signBit(format, negative) | bits, flags };
}
