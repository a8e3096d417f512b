// Operands for the floating-point tests: special values, and seeded random ones biased to where rounding is delicate
// (ties, the edge of the subnormals, cancellation, long runs of equal bits, the limits of the integers).

const BOX = 0xffffffff_00000000n;

const scratch = new DataView(new ArrayBuffer(8));

export function bitsOfDouble(x: number): bigint {
  scratch.setFloat64(0, x);
  return scratch.getBigUint64(0);
}

function doubleOfBits(bits: bigint): number {
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}

/** A boxed single. */
export function bitsOfSingle(x: number): bigint {
  scratch.setFloat32(0, x);
  return BOX | BigInt(scratch.getUint32(0));
}

const MAGNITUDES_64: readonly bigint[] = [
  0n,
  1n, // smallest subnormal
  0x000fffffffffffffn,
  0x0010000000000000n, // smallest normal
  0x0010000000000001n,
  0x0020000000000000n,
  bitsOfDouble(1 - 2 ** -53),
  bitsOfDouble(1),
  bitsOfDouble(1 + 2 ** -52),
  bitsOfDouble(0.5),
  bitsOfDouble(1 / 3),
  bitsOfDouble(3),
  bitsOfDouble(2 ** 31 - 0.5),
  bitsOfDouble(2 ** 32),
  bitsOfDouble(2 ** 52 + 0.5),
  bitsOfDouble(2 ** 63),
  0x7fe0000000000000n,
  0x7fefffffffffffffn, // largest
  0x7ff0000000000000n,
  0x7ff8000000000000n,
  0x7ff0000000000001n, // signalling
];

const MAGNITUDES_32: readonly bigint[] = [
  0n,
  1n,
  0x007fffffn,
  0x00800000n,
  0x00800001n,
  0x01000000n,
  0x3f7fffffn,
  0x3f800000n,
  0x3f800001n,
  0x3f000000n,
  0x3eaaaaabn,
  0x40400000n,
  0x4effffffn,
  0x4f800000n,
  0x4b000001n,
  0x5f000000n,
  0x7f000000n,
  0x7f7fffffn,
  0x7f800000n,
  0x7fc00000n,
  0x7f800001n,
];

export const SPECIAL_64: readonly bigint[] = MAGNITUDES_64.flatMap((bits) => [bits, bits | (1n << 63n)]);
/** Boxed, and three registers that are not: they count as the canonical NaN. */
export const SPECIAL_32: readonly bigint[] = [
  ...MAGNITUDES_32.flatMap((bits) => [BOX | bits, BOX | bits | (1n << 31n)]),
  0x3f800000n,
  0xfffffffe_3f800000n,
  bitsOfDouble(1.5),
];
export const SPECIAL_INTEGERS: readonly bigint[] = [
  ...[0n, 1n, 0x7fffffffn, 0x80000000n, 0x80000001n, 0xffffffffn, 0x1000001n, 0x1000003n, 0xffffff80n, 0xffffff7fn],
  ...[1n << 53n, (1n << 53n) + 1n, (1n << 54n) + 2n, (1n << 54n) + 6n, (1n << 63n) - 1n, 1n << 63n, (1n << 63n) + 1n],
  ...[(1n << 64n) - 1n, (1n << 64n) - 1024n, (1n << 64n) - 1025n, (1n << 63n) - 512n, (1n << 63n) - 513n, 123n],
];

/** Few enough for all triples: zeros, the ends of the subnormals and of the normals, ones, infinities, both NaNs. */
const corners = (specials: readonly bigint[], magnitudes: readonly number[]): readonly bigint[] =>
  magnitudes.flatMap((n) => [specials[2 * n]!, specials[2 * n + 1]!]);
const CORNERS: readonly number[] = [0, 1, 3, 7, 17, 18, 20];

/** A small generator (sfc32): the same numbers for the same seed on every machine. */
export class Random {
  private a = 0x9e3779b9 | 0;
  private b = 0x243f6a88;
  private c: number;
  private counter = 1;

  constructor(seed: number) {
    this.c = seed | 0;
    for (let i = 0; i < 16; i++) this.word();
  }

  word(): number {
    const { b, c } = this;
    const result = (((this.a + b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = b ^ (b >>> 9);
    this.b = (c + (c << 3)) | 0;
    this.c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** An integer of 0 … limit − 1. */
  below(limit: number): number {
    return Math.floor((this.word() / 2 ** 32) * limit);
  }

  wide(): bigint {
    return (BigInt(this.word()) << 32n) | BigInt(this.word());
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** 2^n by n; making one each time takes longer than all else. */
const POWERS = Array.from({ length: 128 }, (_, n) => 1n << BigInt(n));

/** `width` bits: dense, sparse, or runs of ones and zeros. */
function pattern(random: Random, width: number): bigint {
  const mask = POWERS[width]! - 1n;
  const at = (): bigint => POWERS[random.below(width)]!;
  switch (random.below(6)) {
    case 0:
      return (at() + at() - at()) & mask;
    case 1:
      return (mask ^ at() ^ at()) & mask;
    case 2:
      return at() - 1n;
    case 3: // few leading bits: products and quotients that are exact or ties
      return (random.wide() << BigInt(random.below(width))) & mask;
    case 4: // a tie, or next to one, for an addend whose last bit is there
      return ((random.wide() << BigInt(1 + random.below(width - 1))) + at() + BigInt(random.below(3) - 1)) & mask;
    default:
      return random.wide() & mask;
  }
}

/** Layout of a format: fraction bits and exponent bits. */
export interface Layout {
  readonly fraction: number;
  readonly exponent: number;
  readonly specials: readonly bigint[];
  readonly corners: readonly bigint[];
  readonly box: bigint;
}

export const DOUBLE: Layout = {
  fraction: 52,
  exponent: 11,
  specials: SPECIAL_64,
  corners: corners(SPECIAL_64, CORNERS),
  box: 0n,
};
export const SINGLE: Layout = {
  fraction: 23,
  exponent: 8,
  specials: SPECIAL_32,
  corners: corners(SPECIAL_32, CORNERS),
  box: BOX,
};

function compose(layout: Layout, random: Random, exponent: number): bigint {
  const limit = 2 ** layout.exponent - 1;
  const field = BigInt(Math.min(limit - 1, Math.max(0, exponent)));
  const sign = random.word() & 1 ? POWERS[layout.fraction + layout.exponent]! : 0n;
  const magnitude = (field * POWERS[layout.fraction]!) | pattern(random, layout.fraction);
  return layout.box | sign | magnitude;
}

function exponentOf(layout: Layout, bits: bigint): number {
  return Number((bits >> BigInt(layout.fraction)) & BigInt(2 ** layout.exponent - 1));
}

/** One operand by itself. */
export function randomOperand(layout: Layout, random: Random): bigint {
  const bias = 2 ** (layout.exponent - 1) - 1;
  switch (random.below(8)) {
    case 0:
      return random.pick(layout.specials);
    case 1:
      return layout.box | (random.wide() & ~layout.box);
    case 2:
      return compose(layout, random, random.below(4)); // subnormals and next to them
    case 3:
      return compose(layout, random, 2 * bias - random.below(4)); // the largest
    case 4:
      return compose(layout, random, bias - 2 + random.below(70)); // the limits of the integers
    case 5:
      return compose(layout, random, Math.floor(bias / 2) + random.below(layout.fraction + 8)); // squares underflow
    default:
      return compose(layout, random, bias - 4 + random.below(8));
  }
}

/** A second operand that meets the first one at a delicate place. */
export function randomPartner(layout: Layout, random: Random, first: bigint): bigint {
  const bias = 2 ** (layout.exponent - 1) - 1;
  const exponent = exponentOf(layout, first);
  const sign = 1n << BigInt(layout.fraction + layout.exponent);
  switch (random.below(6)) {
    case 0: // cancels
      return layout.box | ((first ^ (random.word() & 1 ? sign : 0n)) + BigInt(random.below(5) - 2));
    case 1: // aligned at the end of the significand
      return compose(layout, random, exponent + random.below(2 * layout.fraction + 8) - layout.fraction - 4);
    case 2: // the product is at the edge of the subnormals
      return compose(layout, random, bias - exponent + random.below(layout.fraction + 6) - layout.fraction);
    case 3: // the quotient is
      return compose(layout, random, exponent + bias - 4 + random.below(layout.fraction));
    case 4: // the product is at the edge of overflow
      return compose(layout, random, 3 * bias - exponent + random.below(4) - 2);
    default:
      return randomOperand(layout, random);
  }
}

/** A third operand for a fused operation: near the product, above it or below it, or anything. */
export function randomAddend(layout: Layout, random: Random, first: bigint, second: bigint): bigint {
  const bias = 2 ** (layout.exponent - 1) - 1;
  const exponent = exponentOf(layout, first) + exponentOf(layout, second) - bias;
  const choice = random.below(4);
  if (choice === 0 && layout === DOUBLE) {
    const product = bitsOfDouble(-doubleOfBits(first) * doubleOfBits(second));
    return BigInt.asUintN(64, product + BigInt(random.below(3) - 1));
  }
  if (choice < 3) {
    const spread = layout.fraction + 4;
    return compose(layout, random, exponent + random.below(3 * spread) - 2 * spread + (random.below(4) ? spread : 0));
  }
  return randomOperand(layout, random);
}

/** Of a number below 2^64. */
function bitLength(digits: bigint): number {
  const high = Number(digits >> 32n);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(Number(digits));
}

/** A number with the digits of `digits`, scaled so that its leading bit weighs 2^`exponent`. */
function encode(layout: Layout, digits: bigint, exponent: number, negative: boolean): bigint {
  const shift = layout.fraction - (bitLength(digits) - 1);
  const fraction = (digits << BigInt(shift)) & ((1n << BigInt(layout.fraction)) - 1n);
  const field = BigInt(exponent + 2 ** (layout.exponent - 1) - 1) << BigInt(layout.fraction);
  return layout.box | (negative ? 1n << BigInt(layout.fraction + layout.exponent) : 0n) | field | fraction;
}

/**
 * Operands of a fused operation that is a tie but for a small number: the product has one bit more than fits, and the
 * addend lies far below it; or the product is nearly half of the addend's last bit. Rounding twice gets these wrong.
 */
export function randomNearTie(layout: Layout, random: Random): [bigint, bigint, bigint] {
  const digits = layout.fraction + 1;
  const near = 6;
  const sign = (): boolean => (random.word() & 1) !== 0;
  const exponent = (): number => random.below(2 * near) - near;
  if (random.word() & 1) {
    const width = 2 + random.below(digits - 3);
    const odd = (bits: number): bigint => (random.wide() & ((1n << BigInt(bits)) - 1n)) | (1n << BigInt(bits - 1)) | 1n;
    const a = encode(layout, odd(width), exponent(), sign());
    const b = encode(layout, odd(digits + 1 + random.below(2) - width), exponent(), sign());
    const far = 2 * near + digits + random.below(layout === DOUBLE ? 300 : 50);
    return [a, b, compose(layout, random, 2 ** (layout.exponent - 1) - 1 - far)];
  }
  const last = 1n << BigInt(layout.fraction);
  const unit = BigInt(1 + random.below(3));
  const high = encode(layout, last + unit, exponent(), sign());
  const low = encode(layout, 2n * last - 2n * unit + BigInt(random.below(3) - 1), exponent() - digits, sign());
  return [high, low, encode(layout, last | pattern(random, layout.fraction), exponent(), sign())];
}

/** An integer register. */
export function randomInteger(random: Random): bigint {
  if (random.below(8) === 0) return random.pick(SPECIAL_INTEGERS);
  const value = pattern(random, 64) >> BigInt(random.below(64));
  return BigInt.asUintN(64, random.word() & 1 ? -value : value);
}

/** A double that lies at, or next to, the middle between two singles, or is tiny as a single. */
export function randomNarrowing(random: Random): bigint {
  const single = randomOperand(SINGLE, random);
  scratch.setUint32(0, Number(single & 0xffffffffn));
  const wide = bitsOfDouble(scratch.getFloat32(0));
  const tail = [0n, 1n, (1n << 28n) - 1n, 1n << 28n, (1n << 28n) + 1n, (1n << 29n) - 1n];
  if (random.below(3) === 0) return compose(DOUBLE, random, 1023 - 152 + random.below(30));
  return BigInt.asUintN(64, (wide & ~0x1fffffffn) | random.pick(tail));
}
