// The smallest part of a sequence that still shows a fault: instructions are taken out as long as it does, then registers
// set to zero.

import type { Sequence } from './sequence.ts';

/** `shows` must hold for `sequence`. An arrangement that cannot be placed does not show it. */
export async function shrink(sequence: Sequence, shows: (candidate: Sequence) => Promise<boolean>): Promise<Sequence> {
  const still = async (candidate: Sequence): Promise<boolean> => {
    try {
      return await shows(candidate);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('cannot encode')) return false;
      throw error;
    }
  };
  let best = sequence;
  for (let size = Math.ceil(best.items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.items.length; ) {
      const candidate = { ...best, items: best.items.toSpliced(at, size) };
      if (await still(candidate)) best = candidate;
      else at += size;
    }
  }
  for (const file of ['x', 'f'] as const) {
    for (let n = 0; n < 32; n++) {
      if (best[file][n] === 0n) continue;
      const candidate = { ...best, [file]: best[file].with(n, 0n) };
      if (await still(candidate)) best = candidate;
    }
  }
  const plain = { ...best, data: new Uint8Array(best.data.length) };
  return (await still(plain)) ? plain : best;
}
