// The process's view of its address space: which ranges are mapped, the program break, and where mmap puts things.
// The pages themselves live in GuestMemory; every change here is made there too. Addresses are chosen as QEMU's user
// mode does, upwards and without reusing holes until the top is met, so that runs line up with QEMU's.

import type { GuestAddr } from '../bits.ts';
import { alignUp } from '../bits.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { GUEST_ADDR_BITS, PAGE_SIZE } from '../memory/layout.ts';
import { EEXIST, EINVAL, ENOMEM, fail } from './errno.ts';

/** First address mmap hands out. */
export const MMAP_BASE = 0x4000000000;
export const USER_TOP = 2 ** GUEST_ADDR_BITS;
/** Nothing is ever mapped below: null pointers fault. */
const LOWEST = 0x10000;
/** Mappings in all; the page table of the machine is finite. */
const MAX_MAPPED_BYTES = 8 * 2 ** 30;
const MAX_AREAS = 65536;

/** A run of pages of one kind. */
export interface Area {
  start: GuestAddr;
  end: GuestAddr;
  prot: number;
  /** What it holds, for /proc/self/maps: a path, `[heap]`, `[stack]`, or empty. */
  name: string;
  /** Set for MAP_SHARED mappings of a file: where its bytes go back to. */
  shared: SharedFile | null;
}

export interface SharedFile {
  /** File-system handle, kept open by the mapping. */
  handle: number;
  /** File offset of `base`. */
  offset: number;
  base: GuestAddr;
}

interface SpaceState {
  areas: Area[];
  next: GuestAddr;
  brkStart: GuestAddr;
  brk: GuestAddr;
  mapped: number;
}

export class AddressSpace {
  private readonly memory: GuestMemory;
  /** Told of each change after it; `name` as in Area. */
  onChange: (kind: 'map' | 'unmap' | 'protect', start: GuestAddr, length: number, prot: number, name: string) => void =
    () => {};
  private state: SpaceState = { areas: [], next: MMAP_BASE, brkStart: 0, brk: 0, mapped: 0 };

  constructor(memory: GuestMemory) {
    this.memory = memory;
  }

  get areas(): readonly Area[] {
    return this.state.areas;
  }
  get brk(): GuestAddr {
    return this.state.brk;
  }

  /** Sets the start of the heap; `addr` is page aligned. */
  startBrk(addr: GuestAddr): void {
    this.state.brkStart = addr;
    this.state.brk = addr;
  }

  /** Moves the break; returns the break that holds afterwards (the old one when it cannot move), as Linux does. */
  setBrk(wanted: GuestAddr): GuestAddr {
    const s = this.state;
    if (wanted < s.brkStart) return s.brk;
    const oldEnd = alignUp(s.brk, PAGE_SIZE);
    const newEnd = alignUp(wanted, PAGE_SIZE);
    if (newEnd > oldEnd) {
      if (newEnd > USER_TOP || !this.isFree(oldEnd, newEnd - oldEnd) || this.tooMuch(newEnd - oldEnd)) return s.brk;
      this.map(oldEnd, newEnd - oldEnd, 3, '[heap]');
    } else if (newEnd < oldEnd) {
      this.unmap(newEnd, oldEnd - newEnd);
    }
    s.brk = wanted;
    return wanted;
  }

  /** An address for a new mapping: the hint when it is free, else the next free place. */
  choose(hint: GuestAddr, length: number): GuestAddr {
    if (hint >= LOWEST && hint + length <= USER_TOP && this.isFree(hint, length)) return hint;
    const s = this.state;
    for (const from of [s.next, MMAP_BASE, LOWEST]) {
      const found = this.firstFree(from, length);
      if (found === undefined) continue;
      if (from === s.next) s.next = found + length;
      return found;
    }
    return fail(ENOMEM);
  }

  private firstFree(from: GuestAddr, length: number): GuestAddr | undefined {
    let at = from;
    for (let i = this.firstAfter(from); i < this.state.areas.length; i++) {
      const area = this.state.areas[i]!;
      if (area.start >= at + length) break;
      at = area.end;
    }
    return at + length <= USER_TOP ? at : undefined;
  }

  /** Reserves a place as `choose` would and leaves it unmapped. */
  skip(length: number): GuestAddr {
    return this.choose(0, length);
  }

  /** Checks a MAP_FIXED range; `replace` false is MAP_FIXED_NOREPLACE. */
  checkFixed(addr: GuestAddr, length: number, replace: boolean): void {
    if (addr < LOWEST || addr + length > USER_TOP) fail(addr < 0 ? ENOMEM : EINVAL);
    if (!replace && !this.isFree(addr, length)) fail(EEXIST);
  }

  /** Maps zeroed pages over whatever was there. */
  map(start: GuestAddr, length: number, prot: number, name = '', shared: SharedFile | null = null): void {
    if (this.tooMuch(length)) fail(ENOMEM);
    this.carve(start, start + length);
    this.insert({ start, end: start + length, prot, name, shared });
    this.state.mapped += length;
    this.memory.map(start, length, prot);
    this.onChange('map', start, length, prot, name);
  }

  unmap(start: GuestAddr, length: number): void {
    for (const piece of this.pieces(start, start + length)) this.memory.unmap(piece.start, piece.end - piece.start);
    this.carve(start, start + length);
    this.onChange('unmap', start, length, 0, '');
  }

  /** Changes protection; ENOMEM when part of the range is not mapped, as Linux (the mapped part before it changes). */
  protect(start: GuestAddr, length: number, prot: number): void {
    const end = start + length;
    let at = start;
    for (const piece of this.pieces(start, end)) {
      if (piece.start !== at) fail(ENOMEM);
      this.carve(piece.start, piece.end);
      this.insert({ ...piece, prot });
      this.state.mapped += piece.end - piece.start;
      this.memory.protect(piece.start, piece.end - piece.start, prot);
      this.onChange('protect', piece.start, piece.end - piece.start, prot, piece.name);
      at = piece.end;
    }
    if (at !== end) fail(ENOMEM);
  }

  isFree(start: GuestAddr, length: number): boolean {
    const area = this.state.areas[this.firstAfter(start)];
    return area === undefined || area.start >= start + length;
  }

  isMapped(start: GuestAddr, length: number): boolean {
    let at = start;
    for (const piece of this.pieces(start, start + length)) {
      if (piece.start !== at) return false;
      at = piece.end;
    }
    return at === start + length;
  }

  /** Copies of the mapped parts of a range, in order, cut to it. */
  pieces(start: GuestAddr, end: GuestAddr): Area[] {
    const found: Area[] = [];
    for (let i = this.firstAfter(start); i < this.state.areas.length; i++) {
      const area = this.state.areas[i]!;
      if (area.start >= end) break;
      found.push({ ...area, start: Math.max(area.start, start), end: Math.min(area.end, end) });
    }
    return found;
  }

  private tooMuch(more: number): boolean {
    return this.state.mapped + more > MAX_MAPPED_BYTES || this.state.areas.length >= MAX_AREAS;
  }

  /** Index of the first area that ends above the address. */
  private firstAfter(addr: GuestAddr): number {
    const areas = this.state.areas;
    let low = 0;
    let high = areas.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (areas[middle]!.end <= addr) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets a range, splitting areas at its ends. */
  private carve(start: GuestAddr, end: GuestAddr): void {
    const areas = this.state.areas;
    const first = this.firstAfter(start);
    let last = first;
    const kept: Area[] = [];
    while (last < areas.length && areas[last]!.start < end) {
      const area = areas[last]!;
      this.state.mapped -= Math.min(area.end, end) - Math.max(area.start, start);
      if (area.start < start) kept.push({ ...area, end: start });
      if (area.end > end) kept.push({ ...area, start: end });
      last++;
    }
    areas.splice(first, last - first, ...kept);
  }

  private insert(area: Area): void {
    const areas = this.state.areas;
    const at = this.firstAfter(area.start);
    areas.splice(at, 0, area);
    if (at + 1 < areas.length && joins(area, areas[at + 1]!)) {
      area.end = areas[at + 1]!.end;
      areas.splice(at + 1, 1);
    }
    if (at > 0 && joins(areas[at - 1]!, area)) {
      areas[at - 1]!.end = area.end;
      areas.splice(at, 1);
    }
  }

  save(): unknown {
    return structuredClone(this.state);
  }
  restore(state: unknown): void {
    this.state = structuredClone(state) as SpaceState;
  }
}

function joins(a: Area, b: Area): boolean {
  return a.end === b.start && a.prot === b.prot && a.name === b.name && a.shared === null && b.shared === null;
}
