// Guest memory's slow path: frames, page-table walk, TLB fill, first-write tracking, accesses that the inline look-up
// missed (page-crossing, device, code page, fault). Fast hits never come here.

import * as L from "../../memory/layout";
import { codeWrite, ioAccepts, ioRead, ioWrite, resolve } from "./host";
import { digestBytes, samePage } from "./digest";

/** Why the last slow access did not happen: 0 = it did, else EXIT_*. */
export let status: i32 = 0;

// --- frames ---
let frameNext: u32 = L.FRAMES;
let frameLimit: u32 = 0;
let frameFree: u32 = 0;
let framesUsed: u32 = 0;

/** Sets the end of memory (exclusive, a linear address below 4 GiB). */
export function setFrameLimit(limit: u32): void {
  frameLimit = limit;
}
export function getFramesUsed(): u32 {
  return framesUsed;
}
/** A zeroed frame's linear address, 0 when memory is exhausted. */
export function allocFrame(zero: bool): u32 {
  if (frameFree) {
    const frame = frameFree;
    frameFree = load<u32>(frame);
    if (zero) memory.fill(frame, 0, L.PAGE_SIZE);
    framesUsed++;
    return frame;
  }
  if (frameNext + L.PAGE_SIZE > frameLimit) return 0;
  const frame = frameNext;
  frameNext += L.PAGE_SIZE;
  framesUsed++;
  return frame;
}
export function freeFrame(frame: u32): void {
  store<u32>(frame, frameFree);
  frameFree = frame;
  framesUsed--;
}

// --- page table ---
let tableNext: u32 = L.PAGE_TABLES + L.TABLE_SIZE;

/** Address of the leaf entry of `addr`, 0 when there is no table for it (and `make` is false, or tables are used up). */
export function entryOf(addr: i64, make: bool): u32 {
  if (u64(addr) >> L.GUEST_ADDR_BITS) return 0;
  let at = u32(L.PAGE_TABLES) + (u32(addr >> 30) & 511) * 4;
  let next = load<u32>(at);
  if (!next) {
    if (!make || !(next = newTable())) return 0;
    store<u32>(at, next);
  }
  at = next + (u32(addr >> 21) & 511) * 4;
  next = load<u32>(at);
  if (!next) {
    if (!make || !(next = newTable())) return 0;
    store<u32>(at, next);
  }
  return next + (u32(addr >> 12) & 511) * 4;
}

function newTable(): u32 {
  if (tableNext + L.TABLE_SIZE > u32(L.PAGE_TABLES_END)) return 0;
  const table = tableNext;
  tableNext += L.TABLE_SIZE;
  return table;
}

// --- first writes ---
let dirtyCount: i32 = 0;
let tracking: bool = false;
let undoLost: bool = false;

/** Turning it on makes every page clean, so that each logs its next write. */
export function setTracking(on: bool): void {
  tracking = on;
  dirtyCount = 0;
  undoLost = false;
  // Inner entries are table addresses, whose low bits are zero: clearing the bit everywhere harms none.
  for (let at: u32 = L.PAGE_TABLES; at < tableNext; at += 4) store<u32>(at, load<u32>(at) & ~L.PTE_DIRTY);
}
export function getDirtyCount(): i32 {
  return dirtyCount;
}
/** True when a first write of this epoch could not be logged: the epoch cannot be rolled back. */
export function isUndoLost(): bool {
  return undoLost;
}
/** Begins an epoch: the frames of the last one are clean again. The caller has taken the list over. */
export function beginEpoch(): void {
  // Pages whose first write was not logged are not in the list.
  if (undoLost) return setTracking(tracking);
  for (let i = 0; i < dirtyCount; i++) {
    const entry = entryOf(i64(load<u32>(L.DIRTY_LIST + i * L.DIRTY_ENTRY)) << L.PAGE_SHIFT, false);
    if (entry) store<u32>(entry, load<u32>(entry) & ~L.PTE_DIRTY);
  }
  dirtyCount = 0;
  undoLost = false;
}
/** Remembers the page's contents before its first write in this epoch. */
export function markDirty(entry: u32, page: u32): void {
  const value = load<u32>(entry);
  if (value & L.PTE_DIRTY) return;
  store<u32>(entry, value | L.PTE_DIRTY);
  if (!tracking) return;
  const copy = dirtyCount < L.DIRTY_LIMIT ? allocFrame(false) : 0;
  if (!copy) {
    undoLost = true;
    return;
  }
  const frame = value & ~(L.PAGE_SIZE - 1);
  memory.copy(copy, frame, L.PAGE_SIZE);
  const at = L.DIRTY_LIST + dirtyCount * L.DIRTY_ENTRY;
  store<u32>(at, page);
  store<u32>(at, frame, 4);
  store<u32>(at, copy, 8);
  dirtyCount++;
}
/**
 * Digest of the pages whose contents differ from their copy at the epoch's start: a sum, so order does not matter,
 * and a page rewritten with what it held does not count. Frames no longer mapped do not count either.
 */
export function memoryDigest(): u64 {
  let sum: u64 = 0;
  for (let i = 0; i < dirtyCount; i++) {
    const at = L.DIRTY_LIST + i * L.DIRTY_ENTRY;
    const page = load<u32>(at);
    const frame = load<u32>(at, 4);
    const entry = entryOf(i64(page) << L.PAGE_SHIFT, false);
    if (!entry || (load<u32>(entry) & ~(L.PAGE_SIZE - 1)) != frame) continue;
    if (!samePage(frame, load<u32>(at, 8))) sum += digestBytes(frame, L.PAGE_SIZE, u64(page) + 1);
  }
  return sum;
}

// --- TLB ---
export function flushTlb(cpus: i32): void {
  for (let i = 0; i < cpus; i++) {
    memory.fill(L.ENV_BASE + i * L.ENV_SIZE + L.ENV_TLB, 0xff, L.TLB_ENTRIES * L.TLB_ENTRY_SIZE);
  }
}
/** Forgets permission to write without asking, for all pages (new epoch). */
export function flushWriteTags(cpus: i32): void {
  for (let i = 0; i < cpus; i++) {
    let at = u32(L.ENV_BASE + i * L.ENV_SIZE + L.ENV_TLB + L.TLB_WRITE);
    for (let n = 0; n < L.TLB_ENTRIES; n++, at += L.TLB_ENTRY_SIZE) store<i64>(at, L.TLB_INVALID);
  }
}
/** Forgets what the TLBs hold of one page. */
export function flushPage(cpus: i32, addr: i64): void {
  const page = addr & ~i64(L.PAGE_SIZE - 1);
  for (let i = 0; i < cpus; i++) {
    const at = tlbEntry(L.ENV_BASE + i * L.ENV_SIZE, page);
    if (load<i64>(at, L.TLB_READ) == page) store<i64>(at, L.TLB_INVALID, L.TLB_READ);
    if (load<i64>(at, L.TLB_WRITE) == page) store<i64>(at, L.TLB_INVALID, L.TLB_WRITE);
  }
}
// @ts-ignore: decorator
@inline
function tlbEntry(env: usize, addr: i64): usize {
  return env + L.ENV_TLB + usize((u32(addr >> L.PAGE_SHIFT) & (L.TLB_ENTRIES - 1)) * L.TLB_ENTRY_SIZE);
}

const IO: u32 = 1;

/**
 * The leaf entry's value when `access` is allowed, filling the TLB where later accesses may skip this; IO for a
 * device page; 0 with status and fault fields set otherwise.
 */
function walk(env: usize, addr: i64, access: i32): u32 {
  let entry = entryOf(addr, false);
  let value = entry ? load<u32>(entry) : 0;
  if (!(value & L.PTE_VALID)) {
    if (value & L.PTE_IO) return IO;
    if (!resolve(addr, access)) return fault(env, addr, access);
    entry = entryOf(addr, false);
    value = load<u32>(entry);
  }
  const need = access == L.ACCESS_STORE ? L.PTE_WRITE : L.PTE_READ;
  if (!(value & need)) return fault(env, addr, access);
  const page = addr & ~i64(L.PAGE_SIZE - 1);
  const at = tlbEntry(env, addr);
  if (access == L.ACCESS_STORE && !(value & L.PTE_DIRTY)) {
    markDirty(entry, u32(addr >> L.PAGE_SHIFT));
    value = load<u32>(entry);
  }
  if (!(value & L.PTE_WATCH)) {
    const writable = (value & (L.PTE_WRITE | L.PTE_DIRTY | L.PTE_CODE)) == (L.PTE_WRITE | L.PTE_DIRTY);
    store<i64>(at, value & L.PTE_READ ? page : L.TLB_INVALID, L.TLB_READ);
    store<i64>(at, writable ? page : L.TLB_INVALID, L.TLB_WRITE);
    store<u32>(at, (value & ~(L.PAGE_SIZE - 1)) - u32(page), L.TLB_ADDEND);
  }
  return value;
}

function fault(env: usize, addr: i64, access: i32): u32 {
  status = L.EXIT_FAULT;
  store<i64>(env, addr, L.ENV_EXIT_VALUE);
  store<i32>(env, access, L.ENV_EXIT_CAUSE);
  return 0;
}

function misaligned(env: usize, addr: i64, access: i32): void {
  status = L.EXIT_MISALIGNED;
  store<i64>(env, addr, L.ENV_EXIT_VALUE);
  store<i32>(env, access, L.ENV_EXIT_CAUSE);
}

// @ts-ignore: decorator
@inline
function linear(value: u32, addr: i64): usize {
  return usize((value & ~(L.PAGE_SIZE - 1)) + (u32(addr) & (L.PAGE_SIZE - 1)));
}

/** memop bits as in ir/op.ts: size 3, sign 4, read-modify-write 8, aligned 16. */
export function slowLoad(env: usize, addr: i64, memop: i32): i64 {
  status = 0;
  const size = 1 << (memop & 3);
  const access = memop & 8 ? L.ACCESS_STORE : L.ACCESS_LOAD;
  if (memop & 16 && u32(addr) & (size - 1)) {
    misaligned(env, addr, access);
    return 0;
  }
  const first = walk(env, addr, access);
  if (!first) return 0;
  let raw: i64 = 0;
  const room = L.PAGE_SIZE - (i32(addr) & (L.PAGE_SIZE - 1));
  if (first == IO) {
    if (u32(addr) & (size - 1)) {
      misaligned(env, addr, access);
      return 0;
    }
    if (!load<i32>(env, L.ENV_IO_OK)) {
      status = L.EXIT_IO;
      return 0;
    }
    if (!ioAccepts(addr, size, false)) {
      fault(env, addr, access);
      return 0;
    }
    raw = ioRead(env, addr, size);
  } else if (memop & 8 && first & L.PTE_CODE && !load<i32>(env, L.ENV_IO_OK)) {
    // The store to come may hit the running block and repeat the instruction: what is attached to this load would
    // see it twice. So the instruction runs alone from the start.
    status = L.EXIT_IO;
    return 0;
  } else if (size <= room) {
    const at = linear(first, addr);
    if (size == 1) raw = i64(load<u8>(at));
    else if (size == 2) raw = i64(load<u16>(at));
    else if (size == 4) raw = i64(load<u32>(at));
    else raw = load<i64>(at);
  } else {
    const second = walk(env, addr + room, access);
    if (!second) return 0;
    if (second == IO) {
      fault(env, addr + room, access);
      return 0;
    }
    for (let i = 0; i < size; i++) {
      const at = linear(i < room ? first : second, addr + i);
      raw |= i64(load<u8>(at)) << (i64(i) << 3);
    }
  }
  if (memop & 4) {
    const shift = i64(64 - (size << 3));
    raw = (raw << shift) >> shift;
  }
  return raw;
}

/** `tb` is the running block's record: a store into it must be the block's last instruction. */
export function slowStore(env: usize, tb: i32, addr: i64, value: i64, memop: i32): void {
  status = 0;
  const size = 1 << (memop & 3);
  if (memop & 16 && u32(addr) & (size - 1)) return misaligned(env, addr, L.ACCESS_STORE);
  const first = walk(env, addr, L.ACCESS_STORE);
  if (!first) return;
  const room = L.PAGE_SIZE - (i32(addr) & (L.PAGE_SIZE - 1));
  if (first == IO) {
    if (u32(addr) & (size - 1)) return misaligned(env, addr, L.ACCESS_STORE);
    if (!load<i32>(env, L.ENV_IO_OK)) {
      status = L.EXIT_IO;
      return;
    }
    if (!ioAccepts(addr, size, true)) {
      fault(env, addr, L.ACCESS_STORE);
      return;
    }
    ioWrite(env, addr, size, value);
    return;
  }
  let second: u32 = 0;
  if (size > room) {
    second = walk(env, addr + room, L.ACCESS_STORE);
    if (!second) return;
    if (second == IO) {
      fault(env, addr + room, L.ACCESS_STORE);
      return;
    }
  }
  if ((first | second) & L.PTE_CODE) {
    if (codeWrite(env, tb, addr, size)) {
      status = L.EXIT_IO;
      return;
    }
  }
  if (size <= room) {
    const at = linear(first, addr);
    if (size == 1) store<u8>(at, u8(value));
    else if (size == 2) store<u16>(at, u16(value));
    else if (size == 4) store<u32>(at, u32(value));
    else store<i64>(at, value);
    return;
  }
  for (let i = 0; i < size; i++) {
    const at = linear(i < room ? first : second, addr + i);
    store<u8>(at, u8(value >> (i64(i) << 3)));
  }
}
