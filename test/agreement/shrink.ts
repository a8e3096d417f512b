// The smallest part of a sequence that still shows a fault: instructions are taken out as long as it does, then registers
// set to zero.

import type { Sequence } from './sequence.ts';

/** `shows` must hold for `sequence`. An arrangement that cannot be placed does not show it. */
export function shrink(sequence: Sequence, shows: (candidate: Sequence) => boolean): Sequence {
  const still = (candidate: Sequence): boolean => {
    try {
      return shows(candidate);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('cannot encode')) return false;
      throw error;
    }
  };
  let best = sequence;
  for (let size = Math.ceil(best.items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.items.length; ) {
      const candidate = { ...best, items: best.items.toSpliced(at, size) };
      if (still(candidate)) best = candidate;
      else at += size;
    }
  }
  for (const file of ['x', 'f'] as const) {
    for (let n = 0; n < 32; n++) {
      if (best[file][n] === 0n) continue;
      const candidate = { ...best, [file]: best[file].with(n, 0n) };
      if (still(candidate)) best = candidate;
    }
  }
  const plain = { ...best, data: new Uint8Array(best.data.length) };
  return still(plain) ? plain : best;
}
