// Builds a process image as Linux's exec does: segments, heap, stack with arguments, environment and auxiliary vector,
// and the page signal handlers return to. Addresses follow QEMU's user mode, so that both run the same code at the
// same places. No vDSO: C libraries then make real system calls.

import type { GuestAddr } from '../bits.ts';
import { alignDown, alignUp } from '../bits.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../memory/guest-memory.ts';
import { PAGE_SIZE } from '../memory/layout.ts';
import { must, UsageError } from '../must.ts';
import { type AddressSpace, MMAP_BASE, USER_TOP } from './address-space.ts';
import {
  demandMachine,
  type ElfFile,
  EM_RISCV,
  ET_DYN,
  PF_R,
  PF_W,
  PF_X,
  type ProgramHeader,
  PT_LOAD,
  PT_PHDR,
} from './elf.ts';
import { Errno } from './errno.ts';
import { GID, UID } from './process.ts';

/** Space kept free after a position-independent program for its heap. */
const HEAP_ROOM = 32 << 20;
const LOWEST = 0x10000;
/** Arguments and environment together, as a share of the stack. */
const ARGUMENT_SHARE = 4;

const AT_PHDR = 3;
const AT_PHENT = 4;
const AT_PHNUM = 5;
const AT_PAGESZ = 6;
const AT_BASE = 7;
const AT_FLAGS = 8;
const AT_ENTRY = 9;
const AT_UID = 11;
const AT_EUID = 12;
const AT_GID = 13;
const AT_EGID = 14;
const AT_HWCAP = 16;
const AT_CLKTCK = 17;
const AT_SECURE = 23;
const AT_RANDOM = 25;
const AT_EXECFN = 31;

/** One bit a letter: A, C, D, F, I, M. */
const HWCAP = [...'acdfim'].reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 97)), 0);

/** `li a7, 139; ecall`: rt_sigreturn. */
const TRAMPOLINE = Uint8Array.of(0x93, 0x08, 0xb0, 0x08, 0x73, 0x00, 0x00, 0x00);

export interface ImageRequest {
  readonly elf: ElfFile;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly programPath: string;
  /** The same without links, as /proc/self/maps shows it. */
  readonly realPath: string;
  readonly stackBytes: number;
  /** The 16 bytes of AT_RANDOM. */
  readonly random: Uint8Array;
}

export interface Image {
  /** Added to the file's addresses: 0 unless position independent. */
  readonly bias: number;
  readonly entry: GuestAddr;
  readonly stackPointer: GuestAddr;
  readonly trampoline: GuestAddr;
}

export function loadImage(memory: GuestMemory, space: AddressSpace, request: ImageRequest): Image {
  const { elf, programPath } = request;
  demandMachine(elf, EM_RISCV, programPath);
  if (elf.interpreter !== undefined) {
    throw new UsageError(
      `${programPath} is dynamically linked (it asks for ${elf.interpreter})`,
      'Link it with -static: shared libraries are not loaded.',
    );
  }
  const loads = elf.programs.filter((p) => p.type === PT_LOAD && p.memSize > 0);
  const end = Math.max(...loads.map((p) => p.vaddr + p.memSize));
  const bias = elf.type === ET_DYN ? MMAP_BASE - alignDown(Math.min(...loads.map((p) => p.vaddr)), PAGE_SIZE) : 0;
  for (const load of loads) checkPlace(programPath, load, bias);
  const stackBytes = alignUp(request.stackBytes, PAGE_SIZE);
  let stack: GuestAddr;
  let trampoline: GuestAddr;
  try {
    if (elf.type === ET_DYN) space.skip(alignUp(bias + end, PAGE_SIZE) - MMAP_BASE + HEAP_ROOM);
    for (const load of loads) mapSegment(memory, space, elf, load, bias, request.realPath);
    space.startBrk(alignUp(bias + end, PAGE_SIZE));
    // Below the stack a page that stays closed; above it the trampoline.
    const guard = space.skip(stackBytes + PAGE_SIZE);
    space.map(guard, PAGE_SIZE, 0);
    stack = guard + PAGE_SIZE;
    space.map(stack, stackBytes, PROT_READ | PROT_WRITE, '[stack]');
    trampoline = space.skip(PAGE_SIZE);
    space.map(trampoline, PAGE_SIZE, PROT_READ | PROT_EXEC, '[trampoline]');
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    throw new UsageError(
      `${programPath} does not fit in the address space, with its stack`,
      'Link it at its default address; make its static data smaller.',
    );
  }
  place(memory, trampoline, TRAMPOLINE);

  const entry = bias + elf.entry;
  const programHeaders = programHeaderAddress(elf, loads, bias);
  const stackPointer = buildStack(memory, stack, stack + stackBytes, request, entry, programHeaders);
  return { bias, entry, stackPointer, trampoline };
}

/** Copies bytes to where pages are mapped: that fails only when there is no memory to back them. */
function place(memory: GuestMemory, addr: GuestAddr, bytes: Uint8Array): void {
  if (!memory.poke(addr, bytes)) {
    throw new UsageError('the program does not fit into the guest memory', 'Give it more with -m.');
  }
}

function checkPlace(path: string, load: ProgramHeader, bias: number): void {
  const start = bias + load.vaddr;
  if (start < LOWEST || start + load.memSize > USER_TOP - PAGE_SIZE) {
    throw new UsageError(
      `${path} has a segment at 0x${start.toString(16)}, outside what a process may use`,
      'Link it at its default address, or run it as a bare-metal image.',
    );
  }
  if (load.fileSize > 0 && load.vaddr % PAGE_SIZE !== load.offset % PAGE_SIZE) {
    throw new UsageError(`${path} has a segment that cannot be mapped (offset and address disagree)`, 'Relink it.');
  }
}

/** Maps one segment: whole pages of the file around it, then zeros. Neighbours may share a page; the later one wins. */
function mapSegment(
  memory: GuestMemory,
  space: AddressSpace,
  elf: ElfFile,
  load: ProgramHeader,
  bias: number,
  path: string,
): void {
  const start = bias + load.vaddr;
  const first = alignDown(start, PAGE_SIZE);
  const fileEnd = start + load.fileSize;
  const end = alignUp(start + load.memSize, PAGE_SIZE);
  const prot =
    (load.flags & PF_R ? PROT_READ : 0) | (load.flags & PF_W ? PROT_WRITE : 0) | (load.flags & PF_X ? PROT_EXEC : 0);
  const shared = space.isMapped(first, PAGE_SIZE) ? memory.peek(first, start - first) : undefined;
  space.map(first, end - first, prot, path);
  if (shared !== undefined) place(memory, first, shared);
  if (load.fileSize === 0) return;
  // As with mmap, the pages at both ends show the file's bytes around the segment, except after a bss starts.
  const lead = shared === undefined ? start - first : 0;
  const from = load.offset - lead;
  const tail = load.memSize > load.fileSize ? fileEnd : Math.min(alignUp(fileEnd, PAGE_SIZE), end);
  const bytes = elf.bytes.subarray(from, Math.min(from + (tail - (start - lead)), elf.bytes.length));
  place(memory, start - lead, bytes);
}

function programHeaderAddress(elf: ElfFile, loads: readonly ProgramHeader[], bias: number): GuestAddr {
  const own = elf.programs.find((p) => p.type === PT_PHDR);
  if (own !== undefined) return bias + own.vaddr;
  const at = elf.programOffset;
  const holder = loads.find((p) => at >= p.offset && at < p.offset + p.fileSize);
  return holder === undefined ? 0 : bias + holder.vaddr + (at - holder.offset);
}

/** From the top down: path of the program, environment, arguments, random bytes; then the vectors, sp on argc. */
function buildStack(
  memory: GuestMemory,
  bottom: GuestAddr,
  top: GuestAddr,
  request: ImageRequest,
  entry: GuestAddr,
  programHeaders: GuestAddr,
): GuestAddr {
  const encoder = new TextEncoder();
  const encode = (text: string): Uint8Array => encoder.encode(`${text}\0`);
  const strings = [...request.argv, ...request.env].map(encode);
  const path = encode(request.programPath);
  const total = strings.reduce((sum, s) => sum + s.length + 8, path.length);
  if (total > request.stackBytes / ARGUMENT_SHARE) {
    throw new UsageError(
      `arguments and environment take ${total} bytes, too much for a stack of ${request.stackBytes}`,
      'Pass fewer, or give the program a larger stack.',
    );
  }
  let at = top - 8;
  const push = (bytes: Uint8Array): GuestAddr => {
    at -= bytes.length;
    must(at >= bottom, 'the stack has room for the arguments');
    place(memory, at, bytes);
    return at;
  };
  const pathAt = push(path);
  const places = strings.toReversed().map(push).reverse();
  at = alignDown(at, 16);
  const randomAt = push(request.random.subarray(0, 16));

  const { elf, argv } = request;
  const auxiliary: readonly (readonly [number, number])[] = [
    [AT_PHDR, programHeaders],
    [AT_PHENT, 56],
    [AT_PHNUM, elf.programs.length],
    [AT_PAGESZ, PAGE_SIZE],
    [AT_BASE, 0],
    [AT_FLAGS, 0],
    [AT_ENTRY, entry],
    [AT_UID, UID],
    [AT_EUID, UID],
    [AT_GID, GID],
    [AT_EGID, GID],
    [AT_HWCAP, HWCAP],
    [AT_CLKTCK, 100],
    [AT_RANDOM, randomAt],
    [AT_SECURE, 0],
    [AT_EXECFN, pathAt],
    [0, 0],
  ];
  const words = [argv.length, ...places.slice(0, argv.length), 0, ...places.slice(argv.length), 0, ...auxiliary.flat()];
  at = alignDown(at - words.length * 8, 16);
  const bytes = new Uint8Array(words.length * 8);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    view.setBigInt64(8 * i, BigInt(word), true);
  });
  must(at >= bottom, 'the stack has room for the vectors');
  place(memory, at, bytes);
  return at;
}
