// Digests: 64-bit, not cryptographic, equal on every host. Of pages, of registers, and running ones of streams.

import { ENV_BASE, ENV_SIZE, PAGE_SIZE, SLOT_FP_MODE } from "../../memory/layout";

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;

/** Folds one word into a running digest. */
// @ts-ignore: decorator
@inline
export function mix(digest: u64, word: u64): u64 {
  const x = (digest ^ (word * P2)) * P1;
  return x ^ (x >>> 32);
}

// @ts-ignore: decorator
@inline
function lane(acc: u64, word: u64): u64 {
  return rotl<u64>(acc + word * P2, 31) * P1;
}

/** Digest of `size` bytes (a multiple of 32) in linear memory, seeded. */
export function digestBytes(at: usize, size: i32, seed: u64): u64 {
  let a = seed + P1;
  let b = seed ^ P2;
  let c = seed;
  let d = seed - P1;
  const end = at + usize(size);
  for (; at < end; at += 32) {
    a = lane(a, load<u64>(at));
    b = lane(b, load<u64>(at, 8));
    c = lane(c, load<u64>(at, 16));
    d = lane(d, load<u64>(at, 24));
  }
  let h = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
  h = (h ^ (h >>> 33)) * P2;
  h = (h ^ (h >>> 29)) * P3;
  return h ^ (h >>> 32);
}

/** True when two pages hold the same bytes. */
export function samePage(a: usize, b: usize): bool {
  for (let i: usize = 0; i < usize(PAGE_SIZE); i += 16) {
    if ((load<u64>(a + i) ^ load<u64>(b + i)) | (load<u64>(a + i, 8) ^ load<u64>(b + i, 8))) return false;
  }
  return true;
}

/** Digest of the architectural slots of one vCPU from `first` to `end` (exclusive), pc not included. */
export function digestSlots(env: usize, end: i32): u64 {
  let a: u64 = P3;
  let b: u64 = P2;
  let at = env + 8 * SLOT_FP_MODE;
  const stop = env + 8 * usize(end);
  // Two lanes: the multiplications of one overlap with those of the other.
  for (; at + 8 < stop; at += 16) {
    a = lane(a, load<u64>(at));
    b = lane(b, load<u64>(at, 8));
  }
  if (at < stop) a = lane(a, load<u64>(at));
  const h = rotl<u64>(a, 5) ^ b;
  return h ^ (h >>> 29);
}

/** Digest of the registers of vCPUs 0 … cpus-1, pc included. */
export function stateDigest(cpus: i32, slotEnd: i32): u64 {
  let h: u64 = P1;
  for (let i = 0; i < cpus; i++) {
    const env = usize(ENV_BASE + i * ENV_SIZE);
    h = mix(mix(h, load<u64>(env)), digestSlots(env, slotEnd));
  }
  return h;
}
