// Guest memory as a map of pages in JavaScript: what GuestMemory promises and nothing more. For tests of platforms
// without a machine, and as the simple side of comparisons with the real one.

import type { GuestMemory } from '../../emulator/memory/guest-memory.ts';

const PAGE = 4096;
const LIMIT = 2 ** 39;

interface Page {
  bytes: Uint8Array;
  prot: number;
}

export class PlainMemory implements GuestMemory {
  private readonly pages = new Map<number, Page>();

  private eachPage(addr: number, length: number, visit: (page: number) => void): void {
    if (addr % PAGE !== 0 || length % PAGE !== 0) throw new Error(`not page aligned: ${addr} ${length}`);
    for (let page = addr; page < addr + length; page += PAGE) visit(page);
  }
  map(addr: number, length: number, prot: number): void {
    this.eachPage(addr, length, (page) => this.pages.set(page, { bytes: new Uint8Array(PAGE), prot }));
  }
  mapIo(): void {
    throw new Error('no devices here');
  }
  unmap(addr: number, length: number): void {
    this.eachPage(addr, length, (page) => this.pages.delete(page));
  }
  protect(addr: number, length: number, prot: number): void {
    this.eachPage(addr, length, (page) => {
      const found = this.pages.get(page);
      if (found) found.prot = prot;
    });
  }
  protectionOf(addr: number): number | undefined {
    return this.pages.get(Math.floor(addr / PAGE) * PAGE)?.prot;
  }
  allows(addr: number, length: number, prot: number): boolean {
    if (addr < 0 || length < 0 || addr + length > LIMIT) return false;
    for (let page = Math.floor(addr / PAGE) * PAGE; page < addr + length; page += PAGE) {
      const found = this.pages.get(page);
      if (!found || (found.prot & prot) !== prot) return false;
    }
    return true;
  }
  private copy(addr: number, length: number, prot: number, from?: Uint8Array): Uint8Array | undefined {
    if (!this.allows(addr, length, prot)) return undefined;
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      const page = Math.floor((addr + i) / PAGE) * PAGE;
      const { bytes } = this.pages.get(page)!;
      if (from) bytes[addr + i - page] = from[i]!;
      else out[i] = bytes[addr + i - page]!;
    }
    return out;
  }
  read(addr: number, length: number): Uint8Array | undefined {
    return this.copy(addr, length, 1);
  }
  peek(addr: number, length: number): Uint8Array | undefined {
    return this.copy(addr, length, 0);
  }
  write(addr: number, bytes: Uint8Array): boolean {
    return this.copy(addr, bytes.length, 2, bytes) !== undefined;
  }
  poke(addr: number, bytes: Uint8Array): boolean {
    return this.copy(addr, bytes.length, 0, bytes) !== undefined;
  }
  readUint(addr: number, size: 1 | 2 | 4): number | undefined {
    return this.read(addr, size)?.reduceRight((value, byte) => value * 256 + byte, 0);
  }
  readU64(addr: number): bigint | undefined {
    const bytes = this.read(addr, 8);
    return bytes && new DataView(bytes.buffer).getBigUint64(0, true);
  }
  writeUint(addr: number, size: 1 | 2 | 4, value: number): boolean {
    return this.write(addr, new Uint8Array(Uint32Array.of(value).buffer, 0, size));
  }
  writeU64(addr: number, value: bigint): boolean {
    return this.write(addr, new Uint8Array(BigUint64Array.of(BigInt.asUintN(64, value)).buffer));
  }
  ranges(): { start: number; end: number; prot: number }[] {
    const list: { start: number; end: number; prot: number }[] = [];
    for (const [start, { prot }] of [...this.pages].sort(([a], [b]) => a - b)) {
      const last = list.at(-1);
      if (last && last.end === start && last.prot === prot) last.end = start + PAGE;
      else list.push({ start, end: start + PAGE, prot });
    }
    return list;
  }
  get bytesInUse(): number {
    return this.pages.size * PAGE;
  }
}
