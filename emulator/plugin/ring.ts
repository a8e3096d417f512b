// Rings that translated code appends to: of 32-bit records, or of records of 64-bit fields. A cursor counts bytes and
// never wraps by itself; the store masks it, so a ring that overflows loses its oldest records and nothing else.

import { RINGS, RINGS_END } from '../memory/layout.ts';
import { UsageError } from '../must.ts';
import type { RecordRing, Ring } from './api-inline.ts';

/** Where a ring lies: linear addresses of the cursor and of the data, and the data's size mask. */
export interface RingPlace {
  readonly cursor: number;
  readonly data: number;
  readonly mask: number;
}

/** Gives what puts the contents of a ring of now back. */
function saved(buffer: ArrayBufferLike, { cursor, data, mask }: RingPlace): () => void {
  const parts = [new Uint8Array(buffer, cursor, 8), new Uint8Array(buffer, data, mask + 1)];
  const kept = parts.map((part) => part.slice());
  return () => {
    for (const [i, part] of parts.entries()) part.set(kept[i]!);
  };
}

/** Calls back with the words [first, first + count) of a ring of `capacity` words, oldest first. */
function inOrder(count: number, capacity: number, each: (from: number, to: number) => void): void {
  if (count === 0) return;
  if (count <= capacity) {
    each(0, count);
    return;
  }
  const split = count & (capacity - 1);
  each(split, capacity);
  if (split > 0) each(0, split);
}

export class RingInMemory implements Ring, RingPlace {
  readonly cursor: number;
  readonly data: number;
  readonly mask: number;
  private readonly u32: Uint32Array;
  private readonly release: () => void;

  constructor(buffer: ArrayBufferLike, { cursor, data, mask }: RingPlace, release: () => void) {
    this.u32 = new Uint32Array(buffer);
    this.cursor = cursor;
    this.data = data;
    this.mask = mask;
    this.release = release;
  }
  get address(): number {
    return this.data;
  }
  get length(): number {
    return this.u32[this.cursor >>> 2]! >>> 2;
  }
  drain(each: (records: Uint32Array) => void): void {
    const first = this.data >>> 2;
    inOrder(this.length, (this.mask + 1) >>> 2, (from, to) => each(this.u32.subarray(first + from, first + to)));
    this.clear();
  }
  clear(): void {
    this.u32[this.cursor >>> 2] = 0;
  }
  save(): () => void {
    return saved(this.u32.buffer, this);
  }
  free(): void {
    this.release();
  }
}

export class RecordRingInMemory implements RecordRing, RingPlace {
  readonly fields: number;
  /** 64-bit words from one record to the next, a power of two. */
  readonly stride: number;
  readonly cursor: number;
  readonly data: number;
  readonly mask: number;
  readonly full: ((ring: RecordRing, cpu: number) => void) | undefined;
  private readonly words: BigUint64Array;
  private readonly release: () => void;

  constructor(
    buffer: ArrayBufferLike,
    { cursor, data, mask }: RingPlace,
    fields: number,
    full: RecordRingInMemory['full'],
    release: () => void,
  ) {
    this.words = new BigUint64Array(buffer);
    this.fields = fields;
    this.stride = strideOf(fields);
    this.cursor = cursor;
    this.data = data;
    this.mask = mask;
    this.full = full;
    this.release = release;
  }
  private get usedWords(): number {
    return Number(this.words[this.cursor >>> 3]! >> 3n);
  }
  get address(): number {
    return this.data;
  }
  get length(): number {
    return this.usedWords / this.stride;
  }
  drain(each: (words: BigUint64Array, stride: number) => void): void {
    const first = this.data >>> 3;
    inOrder(this.usedWords, (this.mask + 1) >>> 3, (from, to) =>
      each(this.words.subarray(first + from, first + to), this.stride),
    );
    this.clear();
  }
  clear(): void {
    this.words[this.cursor >>> 3] = 0n;
  }
  save(): () => void {
    return saved(this.words.buffer, this);
  }
  free(): void {
    this.release();
  }
}

const strideOf = (fields: number): number => 2 ** Math.ceil(Math.log2(fields));

export class RingArena {
  private next = RINGS;
  private readonly buffer: ArrayBufferLike;
  private readonly header: () => number;
  /** Places given back, by size of the data. */
  private readonly unused = new Map<number, RingPlace[]>();

  /** `header` gives eight fresh bytes for a cursor. */
  constructor(buffer: ArrayBufferLike, header: () => number) {
    this.buffer = buffer;
    this.header = header;
  }

  /** A ring for at least `records` records. */
  ring(records: number): RingInMemory {
    const place = this.place(records, 4);
    const ring: RingInMemory = new RingInMemory(this.buffer, place, this.giveBack(place));
    ring.clear();
    return ring;
  }

  /** A ring for at least `records` records of `fields` 64-bit fields. */
  recordRing(records: number, fields: number, full: RecordRingInMemory['full']): RecordRingInMemory {
    if (!Number.isSafeInteger(fields) || fields < 1 || fields > 64)
      throw new RangeError(`records of ${fields} fields are not possible`);
    const place = this.place(records, 8 * strideOf(fields));
    const ring = new RecordRingInMemory(this.buffer, place, fields, full, this.giveBack(place));
    ring.clear();
    return ring;
  }

  private place(records: number, recordBytes: number): RingPlace {
    if (!Number.isSafeInteger(records) || records < 1)
      throw new RangeError(`a ring of ${records} records is not possible`);
    const bytes = 2 ** Math.ceil(Math.log2(records * recordBytes));
    const known = this.unused.get(bytes)?.pop();
    if (known) return known;
    const data = Math.ceil(this.next / 8) * 8;
    if (data + bytes > RINGS_END) {
      throw new UsageError(`no room for a ring of ${records} records`, 'ask for a smaller ring, or load fewer plugins');
    }
    this.next = data + bytes;
    return { cursor: this.header(), data, mask: bytes - 1 };
  }

  private giveBack(place: RingPlace): () => void {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const bytes = place.mask + 1;
      this.unused.set(bytes, [...(this.unused.get(bytes) ?? []), place]);
    };
  }
}
