// Guest memory as platforms, devices, plugins and debuggers see it: pages with permissions over frames in the one
// linear memory. The page table in linear memory is the single truth; the vCPUs' TLBs are caches of it.

import type { GuestAddr } from '../bits.ts';

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;

/** A device's window. Values are unsigned; size is 1, 2, 4 or 8 bytes; offset is from the start of the window. */
export interface IoRegion {
  readonly name: string;
  /** Optional: false = the bus refuses this offset or size, and the access faults as if the address were unmapped. */
  accepts?(offset: number, size: number, write: boolean): boolean;
  read(offset: number, size: number): bigint;
  write(offset: number, size: number, value: bigint): void;
}

/** Sizes and addresses in bytes; addresses and lengths given to map, unmap and protect are page aligned. */
export interface GuestMemory {
  /** Maps zeroed pages, allocated when first touched; replaces what was there. */
  map(addr: GuestAddr, length: number, prot: number): void;
  /** Maps a device window; accesses call the region at their exact place in the instruction stream. */
  mapIo(addr: GuestAddr, length: number, region: IoRegion): void;
  unmap(addr: GuestAddr, length: number): void;
  protect(addr: GuestAddr, length: number, prot: number): void;
  /** The protection of the page, or undefined when unmapped (0 = PROT_NONE). */
  protectionOf(addr: GuestAddr): number | undefined;
  /** True when every page of the range is mapped with all of `prot`. */
  allows(addr: GuestAddr, length: number, prot: number): boolean;

  /** Copies bytes out; undefined when any byte is not readable. Never touches devices. */
  read(addr: GuestAddr, length: number): Uint8Array | undefined;
  /** Copies bytes in under the guest's permissions; false (nothing written) when any byte is not writable. */
  write(addr: GuestAddr, bytes: Uint8Array): boolean;
  /** As write, but ignores permissions (loader, debugger); false when unmapped. Invalidates translated code. */
  poke(addr: GuestAddr, bytes: Uint8Array): boolean;
  /** As read, but ignores permissions. */
  peek(addr: GuestAddr, length: number): Uint8Array | undefined;
  /** Little-endian scalars under the guest's permissions; undefined / false on a fault. size 1, 2, 4 (unsigned). */
  readUint(addr: GuestAddr, size: 1 | 2 | 4): number | undefined;
  readU64(addr: GuestAddr): bigint | undefined;
  writeUint(addr: GuestAddr, size: 1 | 2 | 4, value: number): boolean;
  writeU64(addr: GuestAddr, value: bigint): boolean;
  /** The mapped ranges in ascending order, adjacent pages with equal protection joined. */
  ranges(): { start: GuestAddr; end: GuestAddr; prot: number }[];
  /** Bytes of frames in use. */
  readonly bytesInUse: number;
}
