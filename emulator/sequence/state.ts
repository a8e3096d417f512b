// The state sequences start from. Registers have roles, so that sequences get somewhere: pointers into data and loop
// counters are hardly ever written by chance.

import * as operands from './float-operands.ts';
import { CODE, CONSTANT, DATA, DATA_SIZE, NOWHERE } from './layout.ts';

type Random = operands.Random;

/** What random instructions write. */
export const POOL = [1, 5, 6, 7, 8, 10, 11, 12, 13, 14, 17, 28, 31];
/** Into data; 9 and 16 are aligned, as atomics want it. 18 points to where accesses fail. */
export const POINTERS = [2, 9, 15, 16];
export const ALIGNED = [9, 16];
export const BAD_POINTER = 18;
export const COUNTERS = [3, 4];
export const FLOATS = [0, 1, 2, 3, 8, 9, 10, 11, 12, 15, 31];
/** Of these, those that begin with operands for each other. */
export const FLOAT_PAIRS: readonly (readonly [number, number])[] = [
  [0, 1],
  [2, 3],
  [8, 9],
  [10, 11],
  [12, 15],
];

const mapped = (random: Random, page: number): number => page + random.below(4096);

/** Where a pointer points: mostly around the boundary of the two pages of data. */
function pointer(random: Random): number {
  switch (random.below(30)) {
    case 0:
      return DATA + DATA_SIZE - random.below(24); // stores cross into the constant page
    case 1:
      return CONSTANT + 4096 - random.below(24); // loads cross into nothing
    case 2:
      return CONSTANT + random.below(4096);
    case 3:
      return mapped(random, DATA);
    case 4:
      return mapped(random, DATA + 4096);
    case 5:
      return DATA + random.below(24); // below: nothing
    default:
      return DATA + 4096 - 64 + random.below(128);
  }
}

const BAD_ADDRESSES = [0n, -8n, BigInt(NOWHERE), 1n << 39n, 1n << 63n, BigInt(CODE), (1n << 64n) - 4096n, 0x200001n];

function integer(random: Random): bigint {
  if (random.below(6) === 0) return BigInt(random.below(70));
  return operands.randomInteger(random);
}

function float(random: Random): bigint {
  if (random.below(12) === 0) return random.wide();
  return operands.randomOperand(random.below(2) ? operands.DOUBLE : operands.SINGLE, random);
}

export function floatRegisters(random: Random): bigint[] {
  const f = Array.from({ length: 32 }, () => float(random));
  // Some that meet each other where rounding is delicate.
  for (const [one, other] of FLOAT_PAIRS) {
    const layout = random.below(2) ? operands.DOUBLE : operands.SINGLE;
    const first = operands.randomOperand(layout, random);
    f[one] = first;
    f[other] = operands.randomPartner(layout, random, first);
  }
  if (random.below(4) === 0) f[random.pick(FLOATS)] = operands.randomNarrowing(random);
  if (random.below(4) === 0) {
    const near = operands.randomNearTie(random.below(2) ? operands.DOUBLE : operands.SINGLE, random);
    near.forEach((bits, k) => {
      f[k] = bits;
    });
  }
  return f;
}

/** Any bytes will do far from where sequences begin to look, so these are always the same (xorshift32). */
const NOISE = new Uint32Array(DATA_SIZE / 4);
for (let n = 0, bits = 1; n < NOISE.length; n++) {
  bits ^= bits << 13;
  bits ^= bits >>> 17;
  bits ^= bits << 5;
  NOISE[n] = bits;
}

export function dataPages(random: Random): Uint8Array {
  const bytes = new Uint8Array(NOISE.slice().buffer);
  const view = new DataView(bytes.buffer);
  for (let at = 4096 - 160; at < 4096 + 160; at += 8) {
    if (random.below(3)) view.setBigUint64(at, random.below(2) ? float(random) : integer(random), true);
  }
  return bytes;
}

export function integerRegisters(random: Random): bigint[] {
  const x = Array.from({ length: 32 }, () => integer(random));
  x[0] = 0n;
  for (const n of POINTERS) x[n] = BigInt(pointer(random)) & (ALIGNED.includes(n) && random.below(12) ? ~7n : -1n);
  x[BAD_POINTER] = BigInt.asUintN(64, random.pick(BAD_ADDRESSES));
  // Entered from the side, a loop runs a few times at most.
  for (const n of COUNTERS) x[n] = BigInt(random.below(4));
  return x;
}
