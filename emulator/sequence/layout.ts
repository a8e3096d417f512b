// Where sequences live: two pages of code, two of data and one that may only be read, nothing else. The same on the
// reference model, on machines and on qemu-riscv64. A sequence with a far part has a page of code more.

import type { ReferenceMemory } from '../guest/riscv64/reference/index.ts';

const PAGE = 4096;
export const CODE = 0x100000;
export const CODE_SIZE = 2 * PAGE;
/** The far part: direct jumps reach it, displacements of 16 bits do not. */
export const FAR = CODE + 0x40000;
export const FAR_SIZE = PAGE;
export const DATA = 0x200000;
export const DATA_SIZE = 2 * PAGE;
/** Behind the data: a page that can be read, always with the same contents; then nothing. */
export const CONSTANT = DATA + DATA_SIZE;
export const CONSTANT_SIZE = PAGE;
/** Never mapped. */
export const NOWHERE = 0x300000;
/** No address from here up to the kernel's half is used: whatever runs the sequences may live there. */
export const LOW_LIMIT = 0x1000000;

/** What the constant page holds: byte k is (37 k + 11) mod 256. */
export const CONSTANT_BYTES: Uint8Array = Uint8Array.from({ length: CONSTANT_SIZE }, (_, k) => (37 * k + 11) & 255);

interface Region {
  readonly start: number;
  readonly bytes: Uint8Array;
  writable: boolean;
  readonly executable: boolean;
}

/** Memory of a sequence in plain arrays: what the reference model works on. */
export class PlainPages implements ReferenceMemory {
  /** The two code pages, then the far one where there is one. */
  readonly code: Uint8Array;
  readonly data: Uint8Array;
  private readonly stored: Region;
  private readonly regions: readonly Region[];

  constructor(code: Uint8Array, data: Uint8Array) {
    this.code = code.slice();
    this.data = data.slice();
    const near = { start: CODE, bytes: this.code.subarray(0, CODE_SIZE), writable: true, executable: true };
    this.stored = { start: DATA, bytes: this.data, writable: true, executable: false };
    const constant = { start: CONSTANT, bytes: CONSTANT_BYTES, writable: false, executable: false };
    const far = { start: FAR, bytes: this.code.subarray(CODE_SIZE), writable: true, executable: true };
    this.regions = [near, this.stored, constant, ...(far.bytes.length > 0 ? [far] : [])];
  }

  /** Makes the data pages read-only, or writable again. */
  toggleData(): void {
    this.stored.writable = !this.stored.writable;
  }

  private find(address: bigint, size: number): { region: Region; at: number } | undefined {
    // No address of a sequence is larger; what wraps is not here.
    if (address >= BigInt(LOW_LIMIT)) return undefined;
    const from = Number(address);
    for (const region of this.regions) {
      const at = from - region.start;
      if (at >= 0 && at + size <= region.bytes.length) return { region, at };
    }
    return undefined;
  }

  fetch16(address: bigint): number | undefined {
    const place = this.find(address, 2);
    if (!place?.region.executable) return undefined;
    const { bytes } = place.region;
    return bytes[place.at]! | (bytes[place.at + 1]! << 8);
  }
  load(address: bigint, size: number): bigint | undefined {
    const place = this.find(address, size);
    if (!place) return undefined;
    const { bytes } = place.region;
    let value = 0n;
    for (let k = size - 1; k >= 0; k--) value = (value << 8n) | BigInt(bytes[place.at + k]!);
    return value;
  }
  writable(address: bigint, size: number): boolean {
    return this.find(address, size)?.region.writable ?? false;
  }
  store(address: bigint, size: number, value: bigint): boolean {
    const place = this.find(address, size);
    if (!place?.region.writable) return false;
    for (let k = 0; k < size; k++) place.region.bytes[place.at + k] = Number((value >> BigInt(8 * k)) & 255n);
    return true;
  }
}
