// System calls on the address space: brk, mmap and its family. Files are mapped by copying: a private mapping sees the
// file as it was, a shared writable one is written back at msync, munmap and exit.

import type { GuestAddr } from '../bits.ts';
import { alignDown, alignUp } from '../bits.ts';
import { PAGE_SIZE } from '../memory/layout.ts';
import type { Area, SharedFile } from './address-space.ts';
import { USER_TOP } from './address-space.ts';
import type { Call, SyscallRow } from './call.ts';
import { EACCES, EFAULT, EINVAL, ENODEV, ENOMEM, fail } from './errno.ts';
import { O_ACCMODE, O_RDONLY, O_RDWR, O_WRONLY } from './files.ts';
import type { Process } from './process.ts';

const MAP_PRIVATE = 2;
const MAP_SHARED_VALIDATE = 3;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_FIXED_NOREPLACE = 0x100000;
const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const MREMAP_DONTUNMAP = 4;
const MADV_DONTNEED = 4;
const MADV_FREE = 8;
const PROT_MASK = 7;
const COPY_BYTES = 1 << 20;

/** Page-rounded length of a range that starts aligned; errno when it is not a range. */
function rangeLength(addr: GuestAddr, length: number, empty: number): number {
  if (addr % PAGE_SIZE !== 0) fail(EINVAL);
  if (length < 0 || length > USER_TOP) fail(empty);
  return alignUp(length, PAGE_SIZE);
}

function mmap(c: Call): number {
  const [addr, length, prot, flags] = [c.arg(0), c.arg(1), c.int(2), c.int(3)];
  const offset = c.arg(5);
  const p = c.process;
  if (length === 0 || offset % PAGE_SIZE !== 0 || offset < 0) return -EINVAL;
  if (length < 0 || length > USER_TOP) return -ENOMEM;
  const size = alignUp(length, PAGE_SIZE);
  const sharing = flags & MAP_SHARED_VALIDATE;
  if (sharing === 0) return -EINVAL;
  const anonymous = (flags & MAP_ANONYMOUS) !== 0;
  const file = anonymous ? undefined : p.descriptors.get(c.int(4));
  if (file !== undefined) {
    if (file.kind === 'zero') return place(c, addr, size, prot, flags, '', null);
    if (file.kind !== 'file' && file.kind !== 'text') return -ENODEV;
    const access = file.flags & O_ACCMODE;
    if (access === O_WRONLY) return -EACCES;
    if (sharing !== MAP_PRIVATE && (prot & 2) !== 0 && access !== O_RDWR) return -EACCES;
  }
  if (file === undefined) return place(c, addr, size, prot, flags, '', null);
  let shared: SharedFile | null = null;
  if (sharing !== MAP_PRIVATE && file.kind === 'file' && (file.flags & O_ACCMODE) !== O_RDONLY) {
    const handle = p.files.duplicate(file.handle);
    shared = { handle, offset, base: 0 };
  }
  const start = place(c, addr, size, prot, flags, file.path, shared);
  for (let at = 0; at < length; at += COPY_BYTES) {
    const count = Math.min(COPY_BYTES, length - at);
    const bytes =
      file.kind === 'file'
        ? p.files.read(file.handle, offset + at, count)
        : file.bytes.slice(offset + at, offset + at + count);
    if (bytes.length > 0) p.memory.poke(start + at, bytes);
    if (bytes.length < count) break;
  }
  return start;
}

function place(
  c: Call,
  addr: GuestAddr,
  size: number,
  prot: number,
  flags: number,
  name: string,
  shared: SharedFile | null,
): number {
  const { space } = c.process;
  let start: GuestAddr;
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0) {
    if (addr % PAGE_SIZE !== 0) fail(EINVAL);
    space.checkFixed(addr, size, (flags & MAP_FIXED_NOREPLACE) === 0);
    start = addr;
    writeBackRange(c.process, start, start + size, true);
  } else {
    start = space.choose(alignDown(addr, PAGE_SIZE), size);
  }
  if (shared !== null) shared.base = start;
  space.map(start, size, prot & PROT_MASK, name, shared);
  return start;
}

/** Writes shared mappings in the range back to their files; `closing` when they are about to go. */
function writeBackRange(p: Process, start: GuestAddr, end: GuestAddr, closing: boolean): void {
  const pieces = p.space.pieces(start, end).filter((piece) => piece.shared !== null);
  for (const piece of pieces) writeBack(p, piece);
  if (!closing) return;
  for (const piece of pieces) {
    const handle = piece.shared!.handle;
    const left = p.space.areas.some((area) => area.shared?.handle === handle && (area.start < start || area.end > end));
    if (!left && pieces.find((other) => other.shared!.handle === handle) === piece) p.files.close(handle);
  }
}

function writeBack(p: Process, piece: Area): void {
  const { handle, offset, base } = piece.shared!;
  const size = p.files.stat(handle).size;
  for (let at = piece.start; at < piece.end; at += COPY_BYTES) {
    const position = offset + (at - base);
    // The part of the last page past the end of the file is not the file's.
    const count = Math.min(COPY_BYTES, piece.end - at, size - position);
    if (count <= 0) break;
    const bytes = p.memory.peek(at, count);
    if (bytes !== undefined) p.files.write(handle, position, bytes);
  }
}

/** At the end of the process. */
export function writeBackAll(p: Process): void {
  writeBackRange(p, 0, USER_TOP, false);
}

function munmap(c: Call): number {
  const addr = c.arg(0);
  const length = rangeLength(addr, c.arg(1), EINVAL);
  if (length === 0 || addr < 0 || addr + length > USER_TOP) return -EINVAL;
  writeBackRange(c.process, addr, addr + length, true);
  c.process.space.unmap(addr, length);
  return 0;
}

function mprotect(c: Call): number {
  const addr = c.arg(0);
  const length = rangeLength(addr, c.arg(1), ENOMEM);
  const prot = c.int(2);
  if ((prot & ~(PROT_MASK | 8)) !== 0) return -EINVAL;
  if (length === 0) return 0;
  if (addr < 0) return -ENOMEM;
  c.process.space.protect(addr, length, prot & PROT_MASK);
  return 0;
}

function mremap(c: Call): number {
  const addr = c.arg(0);
  const flags = c.int(3);
  const { space } = c.process;
  if ((flags & ~7) !== 0 || (flags & MREMAP_DONTUNMAP) !== 0) return -EINVAL;
  if ((flags & MREMAP_FIXED) !== 0 && (flags & MREMAP_MAYMOVE) === 0) return -EINVAL;
  const oldSize = rangeLength(addr, c.arg(1), EINVAL);
  if (c.arg(2) <= 0 || oldSize === 0) return -EINVAL;
  if (c.arg(2) > USER_TOP) return -ENOMEM;
  const newSize = alignUp(c.arg(2), PAGE_SIZE);
  if (!space.isMapped(addr, oldSize)) return -EFAULT;
  if ((flags & MREMAP_FIXED) !== 0) {
    const to = c.arg(4);
    if (to % PAGE_SIZE !== 0 || (to < addr + oldSize && addr < to + newSize)) return -EINVAL;
    space.checkFixed(to, newSize, true);
    return move(c.process, addr, oldSize, to, newSize);
  }
  if (newSize <= oldSize) {
    if (newSize < oldSize) space.unmap(addr + newSize, oldSize - newSize);
    return addr;
  }
  if ((flags & MREMAP_MAYMOVE) !== 0) return move(c.process, addr, oldSize, space.choose(0, newSize), newSize);
  if (addr + newSize > USER_TOP || !space.isFree(addr + oldSize, newSize - oldSize)) return -ENOMEM;
  const area = space.pieces(addr, addr + oldSize).at(-1)!;
  space.map(addr + oldSize, newSize - oldSize, area.prot, area.name);
  return addr;
}

function move(p: Process, from: GuestAddr, oldSize: number, to: GuestAddr, newSize: number): number {
  const pieces = p.space.pieces(from, from + Math.min(oldSize, newSize));
  p.space.map(to, newSize, pieces[0]!.prot, pieces[0]!.name);
  for (const piece of pieces) {
    const target = to + (piece.start - from);
    if (piece.prot !== pieces[0]!.prot) p.space.protect(target, piece.end - piece.start, piece.prot);
    for (let at = piece.start; at < piece.end; at += COPY_BYTES) {
      const bytes = p.memory.peek(at, Math.min(COPY_BYTES, piece.end - at));
      if (bytes !== undefined) p.memory.poke(to + (at - from), bytes);
    }
  }
  // A shared file mapping that moves is written back here and is private from now on.
  writeBackRange(p, from, from + oldSize, true);
  p.space.unmap(from, oldSize);
  return to;
}

function madvise(c: Call): number {
  const addr = c.arg(0);
  const length = rangeLength(addr, c.arg(1), EINVAL);
  const advice = c.int(2);
  if (advice < 0 || (advice > 25 && advice !== 100 && advice !== 101)) return -EINVAL;
  if (length === 0) return 0;
  const { space } = c.process;
  if (!space.isMapped(addr, length)) return -ENOMEM;
  if (advice !== MADV_DONTNEED && advice !== MADV_FREE) return 0;
  // Pages come back as zeros (anonymous) or as the file has them (private file mappings are left as they are).
  for (const piece of space.pieces(addr, addr + length)) {
    if (piece.name === '' || piece.name.startsWith('[')) {
      space.map(piece.start, piece.end - piece.start, piece.prot, piece.name);
    }
  }
  return 0;
}

function msync(c: Call): number {
  const addr = c.arg(0);
  const length = rangeLength(addr, c.arg(1), ENOMEM);
  if ((c.int(2) & ~7) !== 0) return -EINVAL;
  if (!c.process.space.isMapped(addr, length)) return -ENOMEM;
  writeBackRange(c.process, addr, addr + length, false);
  return 0;
}

function mincore(c: Call): number {
  const addr = c.arg(0);
  const length = rangeLength(addr, c.arg(1), ENOMEM);
  if (!c.process.space.isMapped(addr, length)) return -ENOMEM;
  c.put(c.arg(2), new Uint8Array(length / PAGE_SIZE).fill(1));
  return 0;
}

/** Nothing is ever paged out: locking succeeds on mapped memory. */
function mlock(c: Call): number {
  const addr = alignDown(c.arg(0), PAGE_SIZE);
  if (c.arg(1) < 0) return -EINVAL;
  return c.process.space.isMapped(addr, alignUp(c.arg(0) + c.arg(1), PAGE_SIZE) - addr) ? 0 : -ENOMEM;
}

export const MEMORY_SYSCALLS: readonly SyscallRow[] = [
  { number: 214, name: 'brk', args: 'x', handler: (c) => c.process.space.setBrk(c.arg(0)) },
  { number: 215, name: 'munmap', args: 'xd', handler: munmap },
  { number: 216, name: 'mremap', args: 'xddxx', handler: mremap },
  { number: 222, name: 'mmap', args: 'xdxxdx', handler: mmap },
  { number: 226, name: 'mprotect', args: 'xdx', handler: mprotect },
  { number: 227, name: 'msync', args: 'xdx', handler: msync },
  { number: 228, name: 'mlock', args: 'xd', handler: mlock },
  { number: 229, name: 'munlock', args: 'xd', handler: mlock },
  { number: 230, name: 'mlockall', args: 'x', handler: () => 0 },
  { number: 231, name: 'munlockall', args: '', handler: () => 0 },
  { number: 232, name: 'mincore', args: 'xdx', handler: mincore },
  { number: 233, name: 'madvise', args: 'xdd', handler: madvise },
  { number: 284, name: 'mlock2', args: 'xdx', handler: mlock },
];
