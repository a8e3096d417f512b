// Rings of 32-bit records that translated code appends to. The cursor counts bytes and never wraps by itself; the
// store masks it, so a ring that overflows loses its oldest records and nothing else.

import { RINGS, RINGS_END } from '../memory/layout.ts';
import { UsageError } from '../must.ts';
import type { Ring } from './api.ts';

export class RingInMemory implements Ring {
  /** Linear address of the u32 cursor. */
  readonly cursor: number;
  /** Linear address and size mask of the data. */
  readonly data: number;
  readonly mask: number;
  private readonly u32: Uint32Array;

  constructor(buffer: ArrayBuffer, cursor: number, data: number, bytes: number) {
    this.u32 = new Uint32Array(buffer);
    this.cursor = cursor;
    this.data = data;
    this.mask = bytes - 1;
  }
  get length(): number {
    return this.u32[this.cursor >>> 2]! >>> 2;
  }
  drain(each: (records: Uint32Array) => void): void {
    const capacity = (this.mask + 1) >>> 2;
    const count = this.length;
    const first = this.data >>> 2;
    if (count <= capacity) {
      if (count > 0) each(this.u32.subarray(first, first + count));
    } else {
      const split = count & (capacity - 1);
      each(this.u32.subarray(first + split, first + capacity));
      if (split > 0) each(this.u32.subarray(first, first + split));
    }
    this.clear();
  }
  clear(): void {
    this.u32[this.cursor >>> 2] = 0;
  }
}

export class RingArena {
  private next = RINGS;
  private readonly buffer: ArrayBuffer;
  private readonly header: () => number;

  /** `header` gives eight fresh bytes for a cursor. */
  constructor(buffer: ArrayBuffer, header: () => number) {
    this.buffer = buffer;
    this.header = header;
  }

  /** A ring for at least `records` records. */
  ring(records: number): RingInMemory {
    if (!Number.isSafeInteger(records) || records < 1)
      throw new RangeError(`a ring of ${records} records is not possible`);
    const bytes = 2 ** Math.ceil(Math.log2(records * 4));
    if (this.next + bytes > RINGS_END) {
      throw new UsageError(`no room for a ring of ${records} records`, 'ask for a smaller ring, or load fewer plugins');
    }
    const ring = new RingInMemory(this.buffer, this.header(), this.next, bytes);
    this.next += bytes;
    return ring;
  }
}
