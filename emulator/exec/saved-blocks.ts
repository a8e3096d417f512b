// Blocks translated in an earlier run of the same program by the same translator, kept as bytes between runs: a
// picture of a part of the code arena with an index by pc. Loaded, a block is taken from it instead of being translated
// when the guest code at its pc is, byte for byte, what it was made of; what it is then is what translation would give.
// Bytes that are damaged, of another key or another format are not taken. Each block is taken once at most: one that was
// thrown away is translated. Modules of compiled regions come with them (saved-regions.ts).
//
// Layout, in words: header, key text, index (hash table of entry numbers + 1), entries, then of each block its guest
// bytes and its TB record with offsets and bytecode, then the modules. Linear addresses in it count from the start of the picture.

import { addrOf, alignUp, type GuestAddr, hiOf } from '../bits.ts';
import * as L from '../memory/layout.ts';
import type { PageMap } from '../memory/page-map.ts';
import type { RuntimeExports } from '../runtime/host-load.ts';
import type { Block } from './block.ts';
import type { BlockCache } from './cache.ts';
import { SavedRegions } from './saved-regions.ts';

/** 'LSTB'. */
const MAGIC = 0x4254534c;
/** To be raised when anything here changes; what TB records and bytecode mean is part of the key. */
const FORMAT = 2;
const SEED = 0x6c6f636b73746570n;
/** The digest takes so many bytes at a time. */
const GRAIN = 32;
/** Larger pictures are not made: the rest is translated anew. */
const MOST_BYTES = 32 << 20;

// Words of the header.
const H_MAGIC = 0;
const H_FORMAT = 1;
const H_DIGEST = 2;
const H_BYTES = 4;
const H_KEY_BYTES = 8;
const H_INDEX = 9; // word offset
const H_ENTRIES = 10;
const H_REGIONS = 11; // word offset
const HEADER_WORDS = 12;
/** The digest is of all bytes from here on. */
const DIGEST_FROM = 32;

// Words of an entry.
const E_PC = 0;
const E_INSNS = 2;
const E_SIZE = 3;
const E_TARGET0 = 4;
const E_TARGET1 = 6;
const E_GUEST = 8; // byte offset of the guest bytes
const E_RECORD = 9; // byte offset of the record
const E_BYTES = 10; // of record, offsets and bytecode
const E_TAKEN = 11;
const ENTRY_WORDS = 12;

/** What is known of a block that may go into a picture. */
interface Candidate {
  readonly pc: GuestAddr;
  readonly insns: number;
  readonly size: number;
  readonly target0: GuestAddr;
  readonly target1: GuestAddr;
  /** Linear address and length of record, offsets and bytecode. */
  readonly record: number;
  readonly bytes: number;
  readonly guest: Uint8Array;
}

export class SavedBlocks {
  private readonly i32: Int32Array;
  private readonly u16: Uint16Array;
  private readonly u8: Uint8Array;
  private readonly memory: PageMap;
  private readonly cache: BlockCache;
  private readonly runtime: RuntimeExports;
  /** Linear address of the picture, 0 when there is none. */
  private base = 0;
  readonly regions = new SavedRegions((record) => this.isLoaded(record));

  constructor(buffer: ArrayBufferLike, memory: PageMap, cache: BlockCache, runtime: RuntimeExports) {
    this.i32 = new Int32Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.memory = memory;
    this.cache = cache;
    this.runtime = runtime;
  }

  /** Puts a picture into the (empty) arena. False when it is not one for this key. */
  load(bytes: Uint8Array, key: string): boolean {
    if (bytes.length < HEADER_WORDS * 4 || bytes.length > MOST_BYTES || bytes.length % GRAIN !== 0) return false;
    const base = this.cache.room(bytes.length);
    if (base === 0) return false;
    this.u8.set(bytes, base);
    const at = base >> 2;
    const { i32 } = this;
    if (i32[at + H_MAGIC] !== MAGIC || i32[at + H_FORMAT] !== FORMAT || i32[at + H_BYTES] !== bytes.length)
      return false;
    const digest = this.digest(base, bytes.length);
    if (i32[at + H_DIGEST] !== loWord(digest) || i32[at + H_DIGEST + 1] !== hiWord(digest)) return false;
    const keyBytes = encodeKey(key);
    if (i32[at + H_KEY_BYTES] !== keyBytes.length) return false;
    for (let i = 0; i < keyBytes.length; i++) if (this.u8[base + HEADER_WORDS * 4 + i] !== keyBytes[i]) return false;
    this.cache.take(bytes.length);
    this.base = base;
    // Modules stay where V8 takes them from; what is there has the digest of the copy.
    // A copy: of a Buffer, slice() would be another view of its pool.
    this.regions.load(new Int32Array(new Uint8Array(bytes).buffer), i32[at + H_REGIONS]!);
    return true;
  }

  /** The arena has been emptied. */
  forget(): void {
    this.base = 0;
  }

  /** Word index of the entry of the block at pc whose guest code is there as it was; 0 for none. */
  find(pc: GuestAddr): number {
    const { base, i32 } = this;
    if (base === 0) return 0;
    const lo = pc | 0;
    const hi = hiOf(pc);
    const index = (base >> 2) + i32[(base >> 2) + H_INDEX]!;
    const mask = i32[index]! - 1;
    const entries = index + 1 + mask + 1;
    for (let slot = hashOf(lo) & mask; ; slot = (slot + 1) & mask) {
      const number = i32[index + 1 + slot]!;
      if (number === 0) return 0;
      const entry = entries + (number - 1) * ENTRY_WORDS;
      if (i32[entry + E_PC] === lo && i32[entry + E_PC + 1] === hi)
        return i32[entry + E_TAKEN] === 0 && this.sameCode(pc, entry) ? entry : 0;
    }
  }

  private sameCode(pc: GuestAddr, entry: number): boolean {
    const { i32, u16, base } = this;
    const saved = (base + i32[entry + E_GUEST]!) >> 1;
    const size = i32[entry + E_SIZE]!;
    let done = 0;
    while (done < size) {
      const offset = (pc + done) % L.PAGE_SIZE;
      const page = this.memory.codePage(pc + done - offset);
      if (page === 0) return false;
      const code = (page + offset) >> 1;
      const end = Math.min(size - done, L.PAGE_SIZE - offset) >> 1;
      for (let i = 0; i < end; i++) if (u16[code + i] !== u16[saved + (done >> 1) + i]) return false;
      done += end * 2;
    }
    return true;
  }

  /** Makes the record of a found entry fit for use as block `id`; returns its linear address. */
  take(entry: number, id: number): number {
    const { i32, base } = this;
    const record = base + i32[entry + E_RECORD]!;
    const at = record >> 2;
    i32[entry + E_TAKEN] = 1;
    i32[at + L.TB_CODE / 4]! += base;
    i32[at + L.TB_OFFSETS / 4]! += base;
    i32[at + L.TB_ID / 4] = id;
    return record;
  }

  insns(entry: number): number {
    return this.i32[entry + E_INSNS]!;
  }
  size(entry: number): number {
    return this.i32[entry + E_SIZE]!;
  }
  bytes(entry: number): number {
    return this.i32[entry + E_BYTES]!;
  }
  target(entry: number, slot: 0 | 1): GuestAddr {
    const at = entry + (slot === 0 ? E_TARGET0 : E_TARGET1);
    return addrOf(this.i32[at]!, this.i32[at + 1]!);
  }

  /**
   * A picture of the blocks in the cache and those of the loaded one; undefined when it would hold hardly more. Uses the
   * arena: the machine is at its end.
   */
  save(key: string): Uint8Array | undefined {
    const known = this.base === 0 ? 0 : this.i32[(this.base >> 2) + H_ENTRIES]!;
    const list: Candidate[] = [];
    let fresh = 0;
    const pcs = new Set<GuestAddr>();
    for (const block of this.cache.blocks()) {
      const candidate = this.candidate(block);
      if (!candidate) continue;
      list.push(candidate);
      pcs.add(block.pc);
      if (!this.isLoaded(block.record)) fresh++;
    }
    if (fresh * 8 <= known && this.regions.fresh * 8 <= this.regions.known) return undefined;
    for (let number = 0; number < known; number++) {
      const left = this.leftOver(number);
      if (!pcs.has(left.pc)) list.push(left);
    }
    const picture = this.picture(key, list);
    return this.seal(picture) ? picture : undefined;
  }

  private isLoaded(record: number): boolean {
    const { base } = this;
    return base !== 0 && record >= base && record < base + this.i32[(base >> 2) + H_BYTES]!;
  }

  private candidate(block: Block): Candidate | undefined {
    const { pc, insns, size, target0, target1, record, bytes } = block;
    // Where the next instruction would cross into another page the block may have ended because of that page.
    if (block.hooks.length > 0 || (pc + size) % L.PAGE_SIZE === L.PAGE_SIZE - 2) return undefined;
    const guest = this.memory.peek(pc, size);
    return guest && { pc, insns, size, target0, target1, record, bytes, guest };
  }

  /** Entry `number` of the loaded picture. */
  private leftOver(number: number): Candidate {
    const { i32, base } = this;
    const index = (base >> 2) + i32[(base >> 2) + H_INDEX]!;
    const entry = index + 1 + i32[index]! + number * ENTRY_WORDS;
    const size = this.size(entry);
    const guest = base + i32[entry + E_GUEST]!;
    return {
      pc: addrOf(i32[entry + E_PC]!, i32[entry + E_PC + 1]!),
      insns: this.insns(entry),
      size,
      target0: this.target(entry, 0),
      target1: this.target(entry, 1),
      record: base + i32[entry + E_RECORD]!,
      bytes: this.bytes(entry),
      guest: this.u8.subarray(guest, guest + size),
    };
  }

  private picture(key: string, candidates: readonly Candidate[]): Uint8Array {
    const keyBytes = encodeKey(key);
    const most = candidates.length * ENTRY_WORDS * 4 + keyBytes.length;
    let room = MOST_BYTES - 8 * most;
    const list = candidates.filter(({ size, bytes }) => {
      room -= alignUp(size, 16) + alignUp(bytes, 16);
      return room > 0;
    });
    const regions = this.regions.encode(new Map(list.map(({ pc, record }) => [pc, record])), room);
    const slots = 2 ** Math.ceil(Math.log2(2 * list.length + 1));
    const index = HEADER_WORDS + alignUp(keyBytes.length, 4) / 4;
    const entries = index + 1 + slots;
    let end = alignUp((entries + list.length * ENTRY_WORDS) * 4, 16);
    const bodies = end;
    for (const { size, bytes } of list) end += alignUp(size, 16) + alignUp(bytes, 16);
    const modules = end / 4;
    const words = new Int32Array(alignUp(end + regions.length * 4, GRAIN) / 4);
    const out = new Uint8Array(words.buffer);
    out.set(keyBytes, HEADER_WORDS * 4);
    words[index] = slots;
    let at = bodies;
    for (const [number, { pc, insns, size, target0, target1, record, bytes, guest }] of list.entries()) {
      const entry = entries + number * ENTRY_WORDS;
      let slot = hashOf(pc | 0) & (slots - 1);
      while (words[index + 1 + slot] !== 0) slot = (slot + 1) & (slots - 1);
      words[index + 1 + slot] = number + 1;
      out.set(guest, at);
      words.set([pc | 0, hiOf(pc), insns, size, target0 | 0, hiOf(target0), target1 | 0, hiOf(target1), at], entry);
      at += alignUp(size, 16);
      words[entry + E_RECORD] = at;
      words[entry + E_BYTES] = bytes;
      out.set(this.u8.subarray(record, record + bytes), at);
      clearRecord(words, at >> 2);
      words[(at + L.TB_OFFSETS) >> 2] = at + L.TB_RECORD_SIZE;
      words[(at + L.TB_CODE) >> 2] = at + L.TB_RECORD_SIZE + offsetBytes(insns);
      at += alignUp(bytes, 16);
    }
    words.set(regions, modules);
    words[H_MAGIC] = MAGIC;
    words[H_FORMAT] = FORMAT;
    words[H_BYTES] = out.length;
    words[H_KEY_BYTES] = keyBytes.length;
    words[H_INDEX] = index;
    words[H_ENTRIES] = list.length;
    words[H_REGIONS] = modules;
    return out;
  }

  /** Sets the digest of a picture; false when there is no room to compute it. */
  private seal(picture: Uint8Array): boolean {
    const room = this.cache.room(picture.length);
    if (room === 0) return false;
    this.u8.set(picture, room);
    const digest = this.digest(room, picture.length);
    const words = new Int32Array(picture.buffer, picture.byteOffset, HEADER_WORDS);
    words[H_DIGEST] = loWord(digest);
    words[H_DIGEST + 1] = hiWord(digest);
    return true;
  }

  private digest(base: number, length: number): bigint {
    return this.runtime.digestBytes(base + DIGEST_FROM, length - DIGEST_FROM, SEED);
  }
}

/** Bytes that the offsets of a block take behind its record. */
export function offsetBytes(insns: number): number {
  return (insns * 2 + 17) & ~15;
}

/** A record as it is before the block has run: not compiled, not linked, not counted. */
function clearRecord(words: Int32Array, at: number): void {
  words[at + L.TB_FUNC / 4] = 0;
  words[at + L.TB_COUNT / 4] = 0;
  words[at + L.TB_ID / 4] = 0;
  words[at + L.TB_LINK0 / 4] = 0;
  words[at + L.TB_LINK1 / 4] = 0;
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
