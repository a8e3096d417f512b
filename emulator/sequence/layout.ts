// Where sequences live: two pages of code, two of data and one that may only be read, nothing else. The same on the
// reference model, on machines and on qemu-riscv64.

import type { ReferenceMemory } from '../guest/riscv64/reference/index.ts';

const PAGE = 4096;
export const CODE = 0x100000;
export const CODE_SIZE = 2 * PAGE;
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

/** Memory of a sequence in plain arrays: what the reference model works on. */
export class PlainPages implements ReferenceMemory {
  readonly code: Uint8Array;
  readonly data: Uint8Array;

  constructor(code: Uint8Array, data: Uint8Array) {
    this.code = code.slice();
    this.data = data.slice();
  }

  private find(address: bigint, size: number): { bytes: Uint8Array; at: number; writable: boolean } | undefined {
    const regions = [
      { start: CODE, bytes: this.code, writable: true },
      { start: DATA, bytes: this.data, writable: true },
      { start: CONSTANT, bytes: CONSTANT_BYTES, writable: false },
    ];
    for (const { start, bytes, writable } of regions) {
      const at = address - BigInt(start);
      if (at >= 0n && at + BigInt(size) <= BigInt(bytes.length)) return { bytes, at: Number(at), writable };
    }
    return undefined;
  }

  fetch16(address: bigint): number | undefined {
    const place = this.find(address, 2);
    return place?.bytes === this.code ? this.code[place.at]! | (this.code[place.at + 1]! << 8) : undefined;
  }
  load(address: bigint, size: number): bigint | undefined {
    const place = this.find(address, size);
    if (!place) return undefined;
    let value = 0n;
    for (let k = size - 1; k >= 0; k--) value = (value << 8n) | BigInt(place.bytes[place.at + k]!);
    return value;
  }
  writable(address: bigint, size: number): boolean {
    return this.find(address, size)?.writable ?? false;
  }
  store(address: bigint, size: number, value: bigint): boolean {
    const place = this.find(address, size);
    if (!place?.writable) return false;
    for (let k = 0; k < size; k++) place.bytes[place.at + k] = Number((value >> BigInt(8 * k)) & 255n);
    return true;
  }
}
