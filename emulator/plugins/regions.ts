// A mirror of guest memory by regions of 16 KiB, kept from the stores a plugin sees: a load that returns something else
// was written by somebody the plugin did not see.

import { alignDown } from '../bits.ts';

const REGION = 16384;

interface Region {
  readonly base: number;
  reads: number;
  writes: number;
  /** No load has differed from the mirror. */
  seenAll: boolean;
  readonly bytes: Uint8Array;
}

export class Regions {
  private readonly regions = new Map<number, Region>();

  /** Ascending. */
  list(): readonly Omit<Region, 'bytes'>[] {
    return [...this.regions.values()]
      .map(({ base, reads, writes, seenAll }) => ({ base, reads, writes, seenAll }))
      .sort((a, b) => a.base - b.base);
  }

  /** False when a load differs from the mirror. An access across two regions is one of each. */
  see(address: number, size: number, isStore: boolean, value: bigint): boolean {
    const first = Math.min(size, REGION - (address - alignDown(address, REGION)));
    let same = this.part(address, first, isStore, value);
    if (first < size) {
      same = this.part(address + first, size - first, isStore, value >> BigInt(8 * first)) && same;
    }
    return same;
  }

  private part(address: number, size: number, isStore: boolean, value: bigint): boolean {
    const base = alignDown(address, REGION);
    let region = this.regions.get(base);
    if (!region) {
      region = { base, reads: 0, writes: 0, seenAll: true, bytes: new Uint8Array(REGION) };
      this.regions.set(base, region);
    }
    if (isStore) region.writes++;
    else region.reads++;
    let same = true;
    for (let i = 0; i < size; i++) {
      const byte = Number((value >> BigInt(8 * i)) & 0xffn);
      const at = address - base + i;
      if (isStore) region.bytes[at] = byte;
      else if (region.bytes[at] !== byte) same = false;
    }
    if (!same) region.seenAll = false;
    return same;
  }
}
