// Finds the bytes of memory that differ, from page digests and then from the pages themselves. Pure.

import type { MemoryWord } from './evidence.ts';
import type { Details, Pages } from './protocol.ts';

const WORDS_REPORTED = 64;

/** Pages written on either side whose contents are not known to be equal, ascending. */
export function differingPages(a: Details['pages'], b: Details['pages']): number[] {
  const left = new Map(a.map((page) => [page.address, page.digest]));
  const right = new Map(b.map((page) => [page.address, page.digest]));
  const addresses = new Set([...left.keys(), ...right.keys()]);
  return [...addresses].filter((address) => left.get(address) !== right.get(address)).sort((x, y) => x - y);
}

/** The aligned doublewords that differ, ascending. Both lists name the same pages in the same order. */
export function diffPages(a: Pages['pages'], b: Pages['pages']): { words: MemoryWord[]; truncated: boolean } {
  const words: MemoryWord[] = [];
  for (let i = 0; i < a.length; i++) {
    const address = a[i]!.address;
    const left = a[i]!.bytes;
    const right = b[i]?.address === address ? b[i]!.bytes : null;
    if (!left && !right) continue;
    const length = (left ?? right)!.length & ~7;
    for (let at = 0; at < length; at += 8) {
      const x = wordAt(left, at);
      const y = wordAt(right, at);
      if (x === y) continue;
      if (words.length === WORDS_REPORTED) return { words, truncated: true };
      words.push({ address: address + at, a: x, b: y });
      // A page that is mapped on one side only is one difference, not hundreds.
      if (!left || !right) break;
    }
  }
  return { words, truncated: false };
}

function wordAt(bytes: Uint8Array | null, at: number): bigint | undefined {
  if (!bytes || at + 8 > bytes.length) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigUint64(at, true);
}
