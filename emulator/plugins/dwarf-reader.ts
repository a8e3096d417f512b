// Reads the primitive values of DWARF: little-endian integers, LEB128, strings. Every read checks its bounds.

import { UsageError } from '../must.ts';

export class DwarfReader {
  readonly bytes: Uint8Array;
  at: number;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  private take(size: number): number {
    const at = this.at;
    if (at < 0 || size < 0 || at + size > this.bytes.length)
      throw new UsageError('the debugging information ends in the middle of something');
    this.at += size;
    return at;
  }
  u8(): number {
    return this.bytes[this.take(1)]!;
  }
  s8(): number {
    return this.view.getInt8(this.take(1));
  }
  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }
  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }
  /** Exact below 2^53. */
  u64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }
  unsigned(size: number): number {
    return size === 8 ? this.u64() : size === 4 ? this.u32() : size === 2 ? this.u16() : this.u8();
  }
  uleb(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
  sleb(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8();
      value += (byte & 127) * factor;
      if (byte < 128) return byte & 64 ? value - factor * 128 : value;
    }
  }
  string(): string {
    const end = this.bytes.indexOf(0, this.at);
    const from = this.take((end < 0 ? this.bytes.length : end) - this.at + 1);
    return new TextDecoder().decode(this.bytes.subarray(from, this.at - 1));
  }
  skip(size: number): void {
    this.take(size);
  }
}
