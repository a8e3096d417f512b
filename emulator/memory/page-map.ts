// Guest memory over the page table in linear memory. Mappings are kept as a short sorted list; pages get frames when
// first touched. The runtime walks the table; this class is the only one that changes its entries (but for the dirty
// bit). While a checkpoint is open, every change is logged so that it can be undone.

import { alignDown, type GuestAddr } from '../bits.ts';
import { must } from '../must.ts';
import type { RuntimeExports } from '../runtime/host-load.ts';
import { type GuestMemory, type IoRegion, PROT_EXEC, PROT_READ, PROT_WRITE } from './guest-memory.ts';
import * as L from './layout.ts';

/** A mapped range of pages with one protection; `io` for a device window. Immutable. */
interface Mapping {
  readonly start: GuestAddr;
  readonly end: GuestAddr;
  readonly prot: number;
  readonly io?: IoRegion;
}

/** What is needed to undo the changes since a checkpoint. */
interface Epoch {
  readonly id: number;
  readonly mappings: readonly Mapping[];
  readonly framesGiven: number;
  /** Pairs: page number, entry's value before the change; in order. */
  entryLog: number[];
  /** Frames given up since; they still hold what a rollback needs. */
  freed: number[];
  /** Entries of DIRTY_LIST once the epoch is over: page, frame, undo copy. */
  dirty: Int32Array;
  undoLost: boolean;
}

const LIMIT = 2 ** L.GUEST_ADDR_BITS;
const FLAGS = L.PAGE_SIZE - 1;

export class PageMap implements GuestMemory {
  private mappings: readonly Mapping[] = [];
  private readonly u8: Uint8Array;
  private readonly u32: Uint32Array;
  private readonly view: DataView;
  private readonly runtime: RuntimeExports;
  private readonly frameQuota: number;
  /** Frames of guest pages, undo copies not counted. */
  private framesGiven = 0;
  private epochs: Epoch[] = [];
  private nextEpoch = 0;
  /** A page could not be given a frame: the guest has used up its memory. */
  exhausted = false;
  /** Told before bytes of a page that holds translated code change. */
  onCodeWrite: (start: GuestAddr, end: GuestAddr) => void = () => {};
  /** Told when TLB entries of a page must be forgotten (0 pages = all). */
  flushPage: (addr: GuestAddr) => void = () => {};
  flushAll: () => void = () => {};
  /** A mapping or protection within [start, end) has changed. */
  flushRange: (start: GuestAddr, end: GuestAddr) => void = () => this.flushAll();
  /** Told of bytes just written by something other than translated code: a system call, a device, a debugger. */
  onOutsideWrite: ((start: GuestAddr, end: GuestAddr) => void) | undefined;

  constructor(buffer: ArrayBufferLike, runtime: RuntimeExports, memoryBytes: number) {
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.view = new DataView(buffer);
    this.runtime = runtime;
    this.frameQuota = memoryBytes / L.PAGE_SIZE;
    // An unsigned 32-bit address: 4 GiB itself is out of reach.
    runtime.setFrameLimit(Math.min(buffer.byteLength, 2 ** 32 - L.PAGE_SIZE));
  }

  // --- page table ---

  /** Index in u32 of the leaf entry of a page, 0 when there is no leaf table. */
  private leaf(addr: GuestAddr): number {
    if (addr < 0 || addr >= LIMIT) return 0;
    const page = addr / L.PAGE_SIZE;
    let table = this.u32[(L.PAGE_TABLES >> 2) + Math.floor(page / 262144)]!;
    if (table === 0) return 0;
    table = this.u32[(table >>> 2) + (Math.floor(page / 512) & 511)]!;
    return table === 0 ? 0 : (table >>> 2) + (page & 511);
  }

  private setEntry(addr: GuestAddr, at: number, value: number): void {
    const epoch = this.epochs.at(-1);
    if (epoch) epoch.entryLog.push(addr / L.PAGE_SIZE, this.u32[at]!);
    this.u32[at] = value;
  }

  private dropFrame(entry: number): void {
    if (!(entry & L.PTE_VALID)) return;
    const frame = (entry & ~FLAGS) >>> 0;
    this.framesGiven--;
    const epoch = this.epochs.at(-1);
    if (epoch) epoch.freed.push(frame);
    else this.runtime.freeFrame(frame);
  }

  /** Visits the present leaf entries of [start, end); skips what has no tables quickly. */
  private eachEntry(start: GuestAddr, end: GuestAddr, visit: (addr: GuestAddr, at: number) => void): void {
    const leafSpan = L.PAGE_SIZE * 512;
    let addr = start;
    while (addr < end) {
      const at = this.leaf(addr);
      if (at === 0) {
        addr = alignDown(addr, leafSpan) + leafSpan;
        continue;
      }
      if (this.u32[at]) visit(addr, at);
      addr += L.PAGE_SIZE;
    }
  }

  private mappingAt(addr: GuestAddr): Mapping | undefined {
    const list = this.mappings;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]!.end <= addr) low = middle + 1;
      else high = middle;
    }
    const found = list[low];
    return found && found.start <= addr ? found : undefined;
  }

  /** The runtime found no frame: gives the page one if it is mapped so that `access` is allowed. */
  resolve(addr: GuestAddr, access: number): boolean {
    const mapping = this.mappingAt(addr);
    if (!mapping || mapping.io) return false;
    const need = access === L.ACCESS_STORE ? PROT_WRITE : access === L.ACCESS_LOAD ? PROT_READ : PROT_EXEC;
    return (mapping.prot & need) !== 0 && this.give(addr, mapping) !== 0;
  }

  /** Index of the leaf entry of a mapped page, with a frame; 0 when memory is used up. */
  private give(addr: GuestAddr, mapping: Mapping): number {
    const entry = this.runtime.entryOf(BigInt(addr), 1);
    if (entry === 0) {
      // Page tables are used up: the guest touches too many places far from each other.
      this.exhausted = true;
      return 0;
    }
    const at = entry >>> 2;
    if (this.u32[at]! & L.PTE_VALID) return at;
    const full = this.framesGiven >= this.frameQuota;
    const frame = full ? 0 : this.runtime.allocFrame(1) >>> 0;
    if (frame === 0) {
      this.exhausted = true;
      return 0;
    }
    this.framesGiven++;
    this.setEntry(alignDown(addr, L.PAGE_SIZE), at, (frame | mapping.prot | L.PTE_VALID) >>> 0);
    return at;
  }

  /** Entry index of a page that allows `prot` (0 = any mapping), with a frame; 0 otherwise. */
  private touch(addr: GuestAddr, prot: number): number {
    const at = this.leaf(addr);
    const entry = at ? this.u32[at]! : 0;
    if (entry & L.PTE_VALID) return (entry & prot) === prot ? at : 0;
    const mapping = this.mappingAt(addr);
    if (!mapping || mapping.io || (mapping.prot & prot) !== prot) return 0;
    return this.give(addr, mapping);
  }

  // --- mappings ---

  private replace(start: GuestAddr, end: GuestAddr, next: Mapping | ((old: Mapping) => Mapping) | undefined): void {
    const list: Mapping[] = [];
    const push = (m: Mapping): void => {
      const last = list.at(-1);
      if (last && last.end === m.start && last.prot === m.prot && !last.io && !m.io) {
        list[list.length - 1] = { ...last, end: m.end };
      } else list.push(m);
    };
    let placed = typeof next !== 'object';
    for (const m of this.mappings) {
      if (!placed && m.start >= start) {
        push(next as Mapping);
        placed = true;
      }
      if (m.end <= start || m.start >= end) {
        push(m);
        continue;
      }
      if (m.start < start) push({ ...m, end: start });
      if (!placed) {
        push(next as Mapping);
        placed = true;
      }
      if (typeof next === 'function') {
        push(next({ ...m, start: Math.max(m.start, start), end: Math.min(m.end, end) }));
      }
      if (m.end > end) push({ ...m, start: end });
    }
    if (!placed) push(next as Mapping);
    this.mappings = list;
  }

  private check(addr: GuestAddr, length: number): void {
    must(addr % L.PAGE_SIZE === 0 && length % L.PAGE_SIZE === 0 && length > 0, 'mapping is not page aligned');
    must(addr >= 0 && addr + length <= LIMIT, 'mapping outside the address space');
  }

  map(addr: GuestAddr, length: number, prot: number): void {
    this.check(addr, length);
    this.clear(addr, addr + length);
    this.replace(addr, addr + length, { start: addr, end: addr + length, prot });
  }

  mapIo(addr: GuestAddr, length: number, region: IoRegion): void {
    this.check(addr, length);
    this.clear(addr, addr + length);
    this.replace(addr, addr + length, { start: addr, end: addr + length, prot: PROT_READ | PROT_WRITE, io: region });
    for (let page = addr; page < addr + length; page += L.PAGE_SIZE) {
      const entry = this.runtime.entryOf(BigInt(page), 1);
      must(entry !== 0, 'out of page tables');
      this.setEntry(page, entry >>> 2, L.PTE_IO);
    }
  }

  unmap(addr: GuestAddr, length: number): void {
    this.check(addr, length);
    this.clear(addr, addr + length);
    this.replace(addr, addr + length, undefined);
  }

  private clear(start: GuestAddr, end: GuestAddr): void {
    this.eachEntry(start, end, (page, at) => {
      const entry = this.u32[at]!;
      if (entry & L.PTE_CODE) this.onCodeWrite(page, page + L.PAGE_SIZE);
      this.dropFrame(entry);
      this.setEntry(page, at, 0);
    });
    this.flushRange(start, end);
  }

  protect(addr: GuestAddr, length: number, prot: number): void {
    this.check(addr, length);
    this.replace(addr, addr + length, (old) => (old.io ? old : { ...old, prot }));
    this.eachEntry(addr, addr + length, (page, at) => {
      const entry = this.u32[at]!;
      if (!(entry & L.PTE_VALID)) return;
      // Code that may no longer be executed must not stay translated.
      if (entry & L.PTE_CODE && !(prot & PROT_EXEC)) this.onCodeWrite(page, page + L.PAGE_SIZE);
      this.setEntry(page, at, ((this.u32[at]! & ~7) | prot) >>> 0);
    });
    this.flushRange(addr, addr + length);
  }

  protectionOf(addr: GuestAddr): number | undefined {
    return this.mappingAt(addr)?.prot;
  }

  allows(addr: GuestAddr, length: number, prot: number): boolean {
    let at = addr;
    const end = addr + length;
    if (length < 0 || addr < 0 || end > LIMIT) return false;
    while (at < end) {
      const mapping = this.mappingAt(at);
      if (!mapping || mapping.io || (mapping.prot & prot) !== prot) return false;
      at = mapping.end;
    }
    return true;
  }

  ranges(): { start: GuestAddr; end: GuestAddr; prot: number }[] {
    return this.mappings.map(({ start, end, prot }) => ({ start, end, prot }));
  }

  get bytesInUse(): number {
    return this.framesGiven * L.PAGE_SIZE;
  }

  /** The device window at an address and the offset in it. */
  ioAt(addr: GuestAddr): { region: IoRegion; offset: number } | undefined {
    const mapping = this.mappingAt(addr);
    return mapping?.io ? { region: mapping.io, offset: addr - mapping.start } : undefined;
  }

  // --- copies ---

  private copyOut(addr: GuestAddr, length: number, prot: number): Uint8Array | undefined {
    if (length < 0 || length > 2 ** 31 || addr < 0 || addr + length > LIMIT) return undefined;
    if (length > L.PAGE_SIZE && !this.allows(addr, length, prot)) return undefined;
    const out = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const page = alignDown(addr + done, L.PAGE_SIZE);
      const offset = addr + done - page;
      const chunk = Math.min(length - done, L.PAGE_SIZE - offset);
      const at = this.touch(page, prot);
      if (at === 0) return undefined;
      const from = ((this.u32[at]! & ~FLAGS) >>> 0) + offset;
      out.set(this.u8.subarray(from, from + chunk), done);
      done += chunk;
    }
    return out;
  }

  private copyIn(addr: GuestAddr, bytes: Uint8Array, prot: number): boolean {
    const length = bytes.length;
    if (length === 0) return true;
    if (!this.allows(addr, length, prot)) return false;
    // Frames first, so that nothing is written when memory runs out on the way.
    for (let page = alignDown(addr, L.PAGE_SIZE); page < addr + length; page += L.PAGE_SIZE) {
      if (this.touch(page, prot) === 0) return false;
    }
    let done = 0;
    while (done < length) {
      const to = addr + done;
      const page = alignDown(to, L.PAGE_SIZE);
      const chunk = Math.min(length - done, page + L.PAGE_SIZE - to);
      const at = this.leaf(page);
      if (this.u32[at]! & L.PTE_CODE) this.onCodeWrite(to, to + chunk);
      this.runtime.markDirty(at * 4, page / L.PAGE_SIZE);
      const linear = ((this.u32[at]! & ~FLAGS) >>> 0) + (to - page);
      this.u8.set(bytes.subarray(done, done + chunk), linear);
      this.runtime.observeBytes(BigInt(to), linear, chunk);
      done += chunk;
    }
    this.onOutsideWrite?.(addr, addr + length);
    return true;
  }

  read(addr: GuestAddr, length: number): Uint8Array | undefined {
    return this.copyOut(addr, length, PROT_READ);
  }
  peek(addr: GuestAddr, length: number): Uint8Array | undefined {
    return this.copyOut(addr, length, 0);
  }
  write(addr: GuestAddr, bytes: Uint8Array): boolean {
    return this.copyIn(addr, bytes, PROT_WRITE);
  }
  poke(addr: GuestAddr, bytes: Uint8Array): boolean {
    return this.copyIn(addr, bytes, 0);
  }

  /** Linear address of a readable scalar inside one page, 0 when it takes the long way. */
  private scalar(addr: GuestAddr, size: number): number {
    const offset = addr % L.PAGE_SIZE;
    if (addr < 0 || offset + size > L.PAGE_SIZE) return 0;
    return this.linear(addr, PROT_READ);
  }

  readUint(addr: GuestAddr, size: 1 | 2 | 4): number | undefined {
    const at = this.scalar(addr, size);
    if (at)
      return size === 1 ? this.u8[at]! : size === 2 ? this.view.getUint16(at, true) : this.view.getUint32(at, true);
    const bytes = this.read(addr, size);
    return bytes?.reduceRight((value, byte) => value * 256 + byte, 0);
  }
  readU64(addr: GuestAddr): bigint | undefined {
    const at = this.scalar(addr, 8);
    if (at) return this.view.getBigUint64(at, true);
    const bytes = this.read(addr, 8);
    return bytes && new DataView(bytes.buffer).getBigUint64(0, true);
  }
  writeUint(addr: GuestAddr, size: 1 | 2 | 4, value: number): boolean {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    return this.write(addr, bytes.subarray(0, size));
  }
  writeU64(addr: GuestAddr, value: bigint): boolean {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
    return this.write(addr, bytes);
  }

  // --- accesses that do not go through translated code ---

  /** Linear address of a byte that may be read, 0 when it may not or a device answers; the rest of its page follows. */
  linearToRead(addr: GuestAddr): number {
    return this.linear(addr, PROT_READ);
  }
  /** The same of a byte that may be written: tell `written` before it is. */
  linearToWrite(addr: GuestAddr): number {
    return this.linear(addr, PROT_WRITE);
  }
  private linear(addr: GuestAddr, prot: number): number {
    const offset = addr % L.PAGE_SIZE;
    const at = this.touch(addr - offset, prot);
    return at === 0 ? 0 : ((this.u32[at]! & ~FLAGS) >>> 0) + offset;
  }
  /** A byte of a page that may be written is about to be. */
  written(addr: GuestAddr): void {
    this.runtime.markDirty(this.leaf(alignDown(addr, L.PAGE_SIZE)) * 4, Math.floor(addr / L.PAGE_SIZE));
  }
  /** True when there is translated code of the page: tell `onCodeWrite` before it changes. */
  holdsCode(addr: GuestAddr): boolean {
    return (this.u32[this.leaf(alignDown(addr, L.PAGE_SIZE))]! & L.PTE_CODE) !== 0;
  }

  // --- code ---

  /** Linear address of an executable page's frame, 0 when it may not be executed. */
  codePage(page: GuestAddr): number {
    const at = this.touch(page, PROT_EXEC);
    return at === 0 ? 0 : (this.u32[at]! & ~FLAGS) >>> 0;
  }
  /** Marks or unmarks a page as holding translated code. */
  markCode(page: GuestAddr, holds: boolean): void {
    const at = this.leaf(page);
    if (at === 0 || !(this.u32[at]! & L.PTE_VALID)) return;
    const entry = this.u32[at]!;
    const next = (holds ? entry | L.PTE_CODE : entry & ~L.PTE_CODE) >>> 0;
    if (next === entry) return;
    this.u32[at] = next;
    this.flushPage(page);
  }

  // --- checkpoints ---

  /** Begins an epoch; returns its number. */
  beginEpoch(): number {
    const current = this.epochs.at(-1);
    if (current) this.closeEpoch(current);
    else this.runtime.setTracking(1);
    this.runtime.beginEpoch();
    this.flushAll();
    const { mappings, framesGiven } = this;
    const id = this.nextEpoch++;
    this.epochs.push({ id, mappings, framesGiven, entryLog: [], freed: [], dirty: new Int32Array(0), undoLost: false });
    return id;
  }

  private closeEpoch(epoch: Epoch): void {
    const words = this.runtime.getDirtyCount() * (L.DIRTY_ENTRY / 4);
    epoch.dirty = new Int32Array(this.u8.buffer, L.DIRTY_LIST, words).slice();
    epoch.undoLost ||= this.runtime.isUndoLost() !== 0;
  }

  /** Whether the undo log reaches back to the start of epoch `to`. */
  canRollback(to: number): boolean {
    return !this.undoLost && this.epochs.slice(this.indexOf(to)).every((epoch) => !epoch.undoLost);
  }

  /** Undoes everything back to the start of epoch `to`, which begins again. False when the undo log was too small. */
  rollback(to: number): boolean {
    const index = this.indexOf(to);
    this.closeEpoch(this.epochs.at(-1)!);
    if (this.epochs.slice(index).some((epoch) => epoch.undoLost)) return false;
    for (let i = this.epochs.length - 1; i >= index; i--) {
      const epoch = this.epochs[i]!;
      for (let w = epoch.dirty.length - 4; w >= 0; w -= 4) {
        const frame = epoch.dirty[w + 1]! >>> 0;
        const copy = epoch.dirty[w + 2]! >>> 0;
        const page = (epoch.dirty[w]! >>> 0) * L.PAGE_SIZE;
        const at = this.leaf(page);
        if (at && this.u32[at]! & L.PTE_CODE) this.onCodeWrite(page, page + L.PAGE_SIZE);
        this.u8.copyWithin(frame, copy, copy + L.PAGE_SIZE);
        this.runtime.freeFrame(copy);
      }
      const freed = new Set(epoch.freed);
      for (let w = epoch.entryLog.length - 2; w >= 0; w -= 2) {
        const page = epoch.entryLog[w]! * L.PAGE_SIZE;
        const at = this.leaf(page);
        const now = this.u32[at]!;
        const before = epoch.entryLog[w + 1]!;
        if (now & L.PTE_CODE) this.onCodeWrite(page, page + L.PAGE_SIZE);
        if (now & L.PTE_VALID && (now & ~FLAGS) !== (before & ~FLAGS)) freed.add((now & ~FLAGS) >>> 0);
        if (before & L.PTE_VALID) freed.delete((before & ~FLAGS) >>> 0);
        this.u32[at] = (before & ~(L.PTE_CODE | L.PTE_DIRTY)) >>> 0;
      }
      for (const frame of freed) this.runtime.freeFrame(frame);
      this.mappings = epoch.mappings;
      this.framesGiven = epoch.framesGiven;
      epoch.entryLog = [];
      epoch.freed = [];
      epoch.dirty = new Int32Array(0);
    }
    this.epochs.length = index + 1;
    this.nextEpoch = to + 1;
    this.exhausted = false;
    this.runtime.setTracking(1);
    this.flushAll();
    return true;
  }

  /** Forgets epochs up to and including `upTo`; the last one forgotten ends logging altogether. */
  release(upTo: number): void {
    while (this.epochs.length > 0 && this.epochs[0]!.id <= upTo) {
      const epoch = this.epochs.shift()!;
      if (this.epochs.length === 0) {
        this.closeEpoch(epoch);
        this.runtime.beginEpoch();
        this.runtime.setTracking(0);
      }
      for (let w = 0; w < epoch.dirty.length; w += 4) this.runtime.freeFrame(epoch.dirty[w + 2]!);
      for (const frame of epoch.freed) this.runtime.freeFrame(frame);
    }
  }

  /**
   * Forgets the start of an epoch between others: it becomes part of the one before, as if it had never begun. Of a page
   * that both have written the older copy counts. A frame keeps its page while an epoch is kept, so frames tell them apart.
   */
  merge(id: number): void {
    const index = this.indexOf(id);
    must(index > 0 && index < this.epochs.length - 1, 'only a checkpoint between others can be dropped');
    const before = this.epochs[index - 1]!;
    const [epoch] = this.epochs.splice(index, 1) as [Epoch];
    const known = new Set<number>();
    for (let w = 1; w < before.dirty.length; w += 4) known.add(before.dirty[w]!);
    const added = new Int32Array(epoch.dirty.length);
    let words = 0;
    for (let w = 0; w < epoch.dirty.length; w += 4) {
      if (known.has(epoch.dirty[w + 1]!)) this.runtime.freeFrame(epoch.dirty[w + 2]!);
      else {
        added.set(epoch.dirty.subarray(w, w + 4), words);
        words += 4;
      }
    }
    const dirty = new Int32Array(before.dirty.length + words);
    dirty.set(before.dirty);
    dirty.set(added.subarray(0, words), before.dirty.length);
    before.dirty = dirty;
    before.entryLog = before.entryLog.concat(epoch.entryLog);
    before.freed = before.freed.concat(epoch.freed);
    before.undoLost ||= epoch.undoLost;
  }

  private indexOf(id: number): number {
    const index = this.epochs.findIndex((epoch) => epoch.id === id);
    must(index >= 0, 'no such checkpoint');
    return index;
  }

  /** Bytes that are kept for rollbacks alone. */
  get undoBytes(): number {
    const last = this.epochs.at(-1);
    if (!last) return 0;
    let pages = this.runtime.getDirtyCount();
    for (const { dirty, freed } of this.epochs) pages += dirty.length / 4 + freed.length;
    return pages * L.PAGE_SIZE;
  }

  /** A first write of the epoch that runs could not be logged: there is no way back over it. */
  get undoLost(): boolean {
    return this.runtime.isUndoLost() !== 0;
  }

  /** Pages written in the epoch that runs, ascending, each once. */
  dirtyPages(): GuestAddr[] {
    const words = new Uint32Array(this.u8.buffer, L.DIRTY_LIST, this.runtime.getDirtyCount() * 4);
    const pages = new Set<number>();
    for (let i = 0; i < words.length; i += 4) pages.add(words[i]! * L.PAGE_SIZE);
    return [...pages].sort((a, b) => a - b);
  }
}
