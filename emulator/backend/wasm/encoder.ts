// A growing byte buffer with the number formats of the Wasm binary format (core specification §5.2): what module and
// function bodies are written with. One call a byte or number, no intermediate arrays.

const CONTINUE = 0x80;
const SIZE_BYTES = 5;

export class Writer {
  length = 0;
  private bytes: Uint8Array<ArrayBuffer>;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.grow(1);
    this.bytes[this.length++] = value;
  }

  /** Unsigned LEB128 of a value in 0 … 2^32 - 1. */
  u32(value: number): void {
    let rest = value >>> 0;
    while (rest >= CONTINUE) {
      this.byte((rest & 0x7f) | CONTINUE);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Signed LEB128 of an int32. */
  s32(value: number): void {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | CONTINUE);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** Signed LEB128 of the 64-bit value (lo, hi). */
  s64(lo: number, hi: number): void {
    let low = lo | 0;
    let high = hi | 0;
    while (high !== low >> 31) {
      this.byte((low & 0x7f) | CONTINUE);
      low = (low >>> 7) | (high << 25);
      high >>= 7;
    }
    this.s32(low);
  }

  /** A vector of characters: length and UTF-8 bytes; names here are ASCII. */
  name(text: string): void {
    this.u32(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  /** Appends what another writer holds. */
  append(other: Writer): void {
    const count = other.length;
    if (this.length + count > this.bytes.length) this.grow(count);
    this.bytes.set(other.bytes.subarray(0, count), this.length);
    this.length += count;
  }

  /** Opens a part preceded by its size in bytes; returns the place for `endSized`. */
  beginSized(): number {
    const at = this.length;
    for (let i = 0; i < SIZE_BYTES; i++) this.byte(0);
    return at;
  }

  /** Patches the size, padded to five bytes, of the part opened at `at`. */
  endSized(at: number): void {
    let size = this.length - at - SIZE_BYTES;
    for (let i = 0; i < SIZE_BYTES; i++) {
      this.bytes[at + i] = (size & 0x7f) | (i < SIZE_BYTES - 1 ? CONTINUE : 0);
      size >>>= 7;
    }
  }

  /** The bytes written, as an array of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }

  private grow(extra: number): void {
    const bigger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + extra));
    bigger.set(this.bytes.subarray(0, this.length));
    this.bytes = bigger;
  }
}
