// Blocks translated in an earlier run of the same program by the same translator, kept as bytes between runs: a
// picture of the code arena with an index by pc. A block is taken from it instead of being translated when the
// guest code at its pc is, byte for byte, what it was made of; what it is then is what translation would give. Those whose
// code is there when the picture is loaded are entered at once, with the links among them (Translation.adopt); others, and parts of
// blocks (cut, or resumed) that have no hooks, made as they are of their own code alone, when they are wanted. Everything
// lies where it lay, so that what names it, compiled regions among it, holds as it is. Bytes that are damaged, of another
// key or another format are not taken. Each block is taken once at most: one that was thrown away is translated.
//
// Layout, in words: the arena with the header at its beginning; then the tail: key text, index (hash table of entry numbers
// + 1), entries, the guest bytes of each block, the modules of compiled regions (saved-regions.ts). Both are read to where
// they stay, the tail to the end of the room for code: a copy of some megabytes costs more than what is done with it.

import { addrOf, alignUp, type GuestAddr, hiOf } from '../bits.ts';
import * as L from '../memory/layout.ts';
import type { PageMap } from '../memory/page-map.ts';
import { must } from '../must.ts';
import type { RuntimeExports } from '../runtime/host-load.ts';
import type { Block } from './block.ts';
import type { BlockCache } from './cache.ts';
import { SavedRegions } from './saved-regions.ts';

/** 'LSTB'. */
const MAGIC = 0x4254534c;
/** To be raised when anything here changes; what TB records and bytecode mean is part of the key. */
const FORMAT = 5;
const SEED = 0x6c6f636b73746570n;
/** The digest takes so many bytes at a time. */
const GRAIN = 32;
/** Of a larger arena only the beginning is kept, and larger pictures are not made: the rest is translated anew. */
const MOST_ARENA = 24 << 20;
const MOST_BYTES = 48 << 20;

/**
 * A picture is made when the blocks that it has more are one of so many; so many times in a row, when there are any: one that
 * is missing costs loading all that translates, in every run.
 */
const LITTLE = 256;
const LITTLE_TIMES = 8;

// Words of the header. Offsets are from the beginning of the tail.
const H_MAGIC = 0;
const H_FORMAT = 1;
const H_DIGEST = 2;
const H_BYTES = 4;
const H_ARENA = 5; // bytes
const H_KEY_BYTES = 8;
const H_INDEX = 9; // word offset
const H_ENTRIES = 10;
const H_REGIONS = 11; // word offset
const H_LITTLE = 12; // times in a row that it has been made for a few blocks
const HEADER_WORDS = L.ARENA_HEADER / 4;
/** The digest is of all bytes from here on. */
const DIGEST_FROM = 32;

// Words of an entry.
const E_PC = 0;
const E_INSNS = 2;
const E_SIZE = 3;
const E_TARGET0 = 4;
const E_TARGET1 = 6;
const E_GUEST = 8; // byte offset of the guest bytes
const E_RECORD = 9; // linear address
const E_BYTES = 10; // of record, offsets and bytecode
const E_TAKEN = 11;
const E_PART = 12; // instructions of a part, 0 for an ordinary block
const ENTRY_WORDS = 13;

/** What is known of a block that may go into a picture. */
interface Candidate {
  readonly pc: GuestAddr;
  readonly insns: number;
  readonly size: number;
  readonly target0: GuestAddr;
  readonly target1: GuestAddr;
  /** Instructions of a part, 0 for an ordinary block. */
  readonly part: number;
  /** Linear address and length of record, offsets and bytecode. */
  readonly record: number;
  readonly bytes: number;
  readonly guest: Uint8Array;
}

/** A picture that lies somewhere, a file for instance. */
export interface Picture {
  /** Bytes. */
  readonly size: number;
  /** Fills `into` with its bytes from `at` on; false when they cannot be had. */
  read(into: Uint8Array, at: number): boolean;
  close(): void;
}

export class SavedBlocks {
  private readonly buffer: ArrayBufferLike;
  private readonly i32: Int32Array;
  private readonly u16: Uint16Array;
  private readonly u8: Uint8Array;
  private readonly memory: PageMap;
  private readonly cache: BlockCache;
  private readonly runtime: RuntimeExports;
  /** The header of the loaded picture, whose arena is in the arena. */
  private header = new Int32Array(HEADER_WORDS);
  /** Its tail. Empty when there is none. */
  private words: Int32Array = new Int32Array(0);
  private halves: Uint16Array = new Uint16Array(0);
  readonly regions = new SavedRegions((record) => addrOf(this.i32[record >> 2]!, this.i32[(record >> 2) + 1]!));

  constructor(buffer: ArrayBufferLike, memory: PageMap, cache: BlockCache, runtime: RuntimeExports) {
    this.buffer = buffer;
    this.i32 = new Int32Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.memory = memory;
    this.cache = cache;
    this.runtime = runtime;
  }

  /** Puts a picture into the (empty) arena. False when it is not one for this key. */
  load(picture: Picture, key: string): boolean {
    try {
      return this.take(picture, key);
    } finally {
      picture.close();
    }
  }

  private take({ size, read }: Picture, key: string): boolean {
    must(this.cache.used === L.ARENA_HEADER, 'a picture is loaded before there are blocks');
    if (size < L.ARENA_HEADER || size > MOST_BYTES || size % GRAIN !== 0) return false;
    const header = new Int32Array(HEADER_WORDS);
    if (!read(new Uint8Array(header.buffer), 0)) return false;
    if (header[H_MAGIC] !== MAGIC || header[H_FORMAT] !== FORMAT || header[H_BYTES] !== size) return false;
    const arena = header[H_ARENA]!;
    if (arena < L.ARENA_HEADER || arena > Math.min(size, MOST_ARENA) || arena % GRAIN !== 0) return false;
    const tail = size - arena;
    const at = L.CODE_ARENA_END - tail;
    if (!read(this.u8.subarray(L.CODE_ARENA, L.CODE_ARENA + arena), 0)) return false;
    if (!read(this.u8.subarray(at, L.CODE_ARENA_END), arena)) return false;
    const digest = this.digest(arena, tail);
    if (header[H_DIGEST] !== loWord(digest) || header[H_DIGEST + 1] !== hiWord(digest)) return false;
    const keyBytes = encodeKey(key);
    if (header[H_KEY_BYTES] !== keyBytes.length) return false;
    for (let i = 0; i < keyBytes.length; i++) if (this.u8[at + i] !== keyBytes[i]) return false;
    this.cache.take(arena - L.ARENA_HEADER);
    this.cache.reserve(tail);
    this.header = header;
    this.words = new Int32Array(this.buffer, at, tail >> 2);
    this.halves = new Uint16Array(this.buffer, at, tail >> 1);
    this.regions.load(this.words, header[H_REGIONS]!);
    return true;
  }

  /** The arena has been emptied. */
  forget(): void {
    this.words = new Int32Array(0);
    this.regions.forget();
  }

  /** Word indices of the entries of ordinary blocks whose guest code is there as it was. */
  present(): number[] {
    const { words, header } = this;
    if (words.length === 0) return [];
    const found: number[] = [];
    let entry = this.entries;
    for (let left = header[H_ENTRIES]!; left > 0; left--, entry += ENTRY_WORDS)
      if (words[entry + E_PART] === 0 && this.sameCode(this.pc(entry), entry)) found.push(entry);
    return found;
  }

  /** Word index of the first entry. */
  private get entries(): number {
    const index = this.header[H_INDEX]!;
    return index + 1 + this.words[index]!;
  }

  /**
   * Word index of the entry of the block at pc, or of a part of `part` instructions without hooks, whose guest code is there
   * as it was; 0 for none.
   */
  find(pc: GuestAddr, part: number): number {
    const { words, header, entries } = this;
    if (words.length === 0) return 0;
    const lo = pc | 0;
    const hi = hiOf(pc);
    const index = header[H_INDEX]!;
    const mask = words[index]! - 1;
    for (let slot = hashOf(lo) & mask; ; slot = (slot + 1) & mask) {
      const number = words[index + 1 + slot]!;
      if (number === 0) return 0;
      const entry = entries + (number - 1) * ENTRY_WORDS;
      if (words[entry + E_PC] !== lo || words[entry + E_PC + 1] !== hi || words[entry + E_PART] !== part) continue;
      // There may be several of a part, one for each way to come to it.
      if (words[entry + E_TAKEN] === 0) return this.sameCode(pc, entry) ? entry : 0;
    }
  }

  private sameCode(pc: GuestAddr, entry: number): boolean {
    const { words, halves, u16 } = this;
    const saved = words[entry + E_GUEST]! >> 1;
    const size = sizeCompared(pc, words[entry + E_SIZE]!);
    let done = 0;
    while (done < size) {
      const offset = (pc + done) % L.PAGE_SIZE;
      const page = this.memory.codePage(pc + done - offset);
      if (page === 0) return false;
      const code = (page + offset) >> 1;
      const end = Math.min(size - done, L.PAGE_SIZE - offset) >> 1;
      for (let i = 0; i < end; i++) if (u16[code + i] !== halves[saved + (done >> 1) + i]) return false;
      done += end * 2;
    }
    return true;
  }

  /** Makes the record of a found entry that of block `id`; returns its linear address. */
  claim(entry: number, id: number): number {
    const record = this.words[entry + E_RECORD]!;
    this.words[entry + E_TAKEN] = 1;
    this.i32[(record + L.TB_ID) / 4] = id;
    return record;
  }

  pc(entry: number): GuestAddr {
    return addrOf(this.words[entry + E_PC]!, this.words[entry + E_PC + 1]!);
  }
  insns(entry: number): number {
    return this.words[entry + E_INSNS]!;
  }
  size(entry: number): number {
    return this.words[entry + E_SIZE]!;
  }
  bytes(entry: number): number {
    return this.words[entry + E_BYTES]!;
  }
  target(entry: number, slot: 0 | 1): GuestAddr {
    const at = entry + (slot === 0 ? E_TARGET0 : E_TARGET1);
    return addrOf(this.words[at]!, this.words[at + 1]!);
  }

  /**
   * A picture of the arena with the blocks in the cache and those of the loaded one; undefined when it would hold hardly more,
   * or less than it throws away. Uses the arena: the machine is at its end.
   */
  save(key: string): Uint8Array | undefined {
    const known = this.words.length === 0 ? 0 : this.header[H_ENTRIES]!;
    const loaded = L.CODE_ARENA + (known === 0 ? 0 : this.header[H_ARENA]!);
    const arena = Math.min(alignUp(this.cache.used, GRAIN), MOST_ARENA);
    const end = L.CODE_ARENA + arena;
    let fresh = 0;
    const blocks = [...this.cache.blocks(), ...this.cache.bareParts()];
    for (const { record, bytes } of blocks) if (record >= loaded && record + bytes <= end) fresh++;
    const little = fresh * LITTLE <= known && !this.regions.hasMore() ? this.header[H_LITTLE]! + 1 : 0;
    if (little > 0 && (fresh === 0 || little > LITTLE_TIMES)) return undefined;
    const list: Candidate[] = [];
    const records = new Set<number>();
    /** By pc and kind: its guest code. */
    const listed = new Map<string, Uint8Array>();
    let live = 0;
    const put = (candidate: Candidate): void => {
      const { pc, part, record, bytes, guest } = candidate;
      const name = `${pc}:${part}`;
      const other = listed.get(name);
      if (record + bytes > end || records.has(record) || (other && (part === 0 || !sameBytes(guest, other)))) return;
      list.push(candidate);
      records.add(record);
      listed.set(name, guest);
      live += bytes;
    };
    for (const block of blocks) {
      const candidate = this.candidate(block);
      if (candidate) put(candidate);
    }
    for (let number = 0; number < known; number++) put(this.leftOver(number));
    if (live * 2 < arena) return undefined;
    const picture = this.picture(key, list, arena);
    if (picture) this.seal(picture, arena, little);
    return picture;
  }

  private candidate(block: Block): Candidate | undefined {
    const { pc, insns, size, target0, target1, record, bytes } = block;
    const guest = this.memory.peek(pc, sizeCompared(pc, size));
    const part = block.variant === undefined ? 0 : insns;
    return guest && { pc, insns, size, target0, target1, part, record, bytes, guest };
  }

  /** Entry `number` of the loaded picture. */
  private leftOver(number: number): Candidate {
    const { words } = this;
    const entry = this.entries + number * ENTRY_WORDS;
    const pc = this.pc(entry);
    const size = this.size(entry);
    return {
      pc,
      insns: this.insns(entry),
      size,
      target0: this.target(entry, 0),
      target1: this.target(entry, 1),
      part: words[entry + E_PART]!,
      record: words[entry + E_RECORD]!,
      bytes: this.bytes(entry),
      guest: new Uint8Array(words.buffer, words.byteOffset + words[entry + E_GUEST]!, sizeCompared(pc, size)),
    };
  }

  private picture(key: string, list: readonly Candidate[], arena: number): Uint8Array | undefined {
    const keyBytes = encodeKey(key);
    const slots = 2 ** Math.ceil(Math.log2(2 * list.length + 1));
    const index = alignUp(keyBytes.length, 4) / 4;
    const entries = index + 1 + slots;
    let at = (entries + list.length * ENTRY_WORDS) * 4;
    const modules = alignUp(
      list.reduce((sum, { guest }) => sum + guest.length, at),
      4,
    );
    const room = MOST_BYTES - arena - modules;
    if (room < GRAIN) return undefined;
    const regions = this.regions.encode(new Set(list.map(({ record }) => record)), room - GRAIN);
    const out = new Uint8Array(arena + alignUp(modules + regions.length * 4, GRAIN));
    out.set(this.u8.subarray(L.CODE_ARENA + L.ARENA_HEADER, L.CODE_ARENA + arena), L.ARENA_HEADER);
    const records = new Int32Array(out.buffer, 0, arena / 4);
    const tail = out.subarray(arena);
    const words = new Int32Array(out.buffer, arena);
    tail.set(keyBytes);
    words[index] = slots;
    const places = new Map(list.filter(({ part }) => part === 0).map(({ record, pc }) => [record, pc]));
    for (const [number, { pc, insns, size, target0, target1, part, record, bytes, guest }] of list.entries()) {
      const entry = entries + number * ENTRY_WORDS;
      let slot = hashOf(pc | 0) & (slots - 1);
      while (words[index + 1 + slot] !== 0) slot = (slot + 1) & (slots - 1);
      words[index + 1 + slot] = number + 1;
      words.set([pc | 0, hiOf(pc), insns, size, target0 | 0, hiOf(target0), target1 | 0, hiOf(target1), at], entry);
      words[entry + E_RECORD] = record;
      words[entry + E_BYTES] = bytes;
      words[entry + E_PART] = part;
      const block = records.subarray((record - L.CODE_ARENA) >> 2);
      clearRecord(block);
      // Links hold as they are where both ends are in the picture.
      if (places.get(block[L.TB_LINK0 / 4]!) !== target0) block[L.TB_LINK0 / 4] = 0;
      if (places.get(block[L.TB_LINK1 / 4]!) !== target1) block[L.TB_LINK1 / 4] = 0;
      tail.set(guest, at);
      at += guest.length;
    }
    words.set(regions, modules / 4);
    records[H_MAGIC] = MAGIC;
    records[H_FORMAT] = FORMAT;
    records[H_BYTES] = out.length;
    records[H_ARENA] = arena;
    records[H_KEY_BYTES] = keyBytes.length;
    records[H_INDEX] = index;
    records[H_ENTRIES] = list.length;
    records[H_REGIONS] = modules / 4;
    return out;
  }

  /** Finishes the header: the digest is computed where the picture will be when it is loaded. */
  private seal(picture: Uint8Array, arena: number, little: number): void {
    const tail = picture.length - arena;
    const header = new Int32Array(picture.buffer, picture.byteOffset, HEADER_WORDS);
    header[H_LITTLE] = little;
    this.u8.set(picture.subarray(0, arena), L.CODE_ARENA);
    this.u8.set(picture.subarray(arena), L.CODE_ARENA_END - tail);
    const digest = this.digest(arena, tail);
    header[H_DIGEST] = loWord(digest);
    header[H_DIGEST + 1] = hiWord(digest);
  }

  /** Of a picture whose parts of these lengths lie in their places. */
  private digest(arena: number, tail: number): bigint {
    const { digestBytes } = this.runtime;
    const seed = digestBytes(L.CODE_ARENA + DIGEST_FROM, arena - DIGEST_FROM, SEED);
    return digestBytes(L.CODE_ARENA_END - tail, tail, seed);
  }
}

/** Guest bytes that make a block what it is: it may have ended because the next instruction would cross into another page. */
function sizeCompared(pc: GuestAddr, size: number): number {
  return (pc + size) % L.PAGE_SIZE === L.PAGE_SIZE - 2 ? size + 2 : size;
}

/** Bytes that the offsets of a block take behind its record. */
export function offsetBytes(insns: number): number {
  return (insns * 2 + 17) & ~15;
}

/** A record as it is before the block has run: not compiled, not counted. */
function clearRecord(record: Int32Array): void {
  record[L.TB_FUNC / 4] = 0;
  record[L.TB_COUNT / 4] = 0;
  record[L.TB_ID / 4] = 0;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function hashOf(lo: number): number {
  return Math.imul(lo >>> 1, 0x9e3779b1) >>> 12;
}

/** The bytes of a key; what is not ASCII is cut to its low byte, which is enough to tell programs apart. */
function encodeKey(key: string): Uint8Array {
  return Uint8Array.from(key, (char) => char.charCodeAt(0));
}

function loWord(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}
function hiWord(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n));
}
