// The end of what has been written, in pieces until somebody wants to see it.

import type { Tail } from './model.ts';

export class OutputTail {
  private readonly limit: number;
  private pieces: Uint8Array[] = [];
  private size = 0;
  total = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    // Bytes from a channel are part of a larger piece.
    this.pieces.push(Uint8Array.from(bytes.length > this.limit ? bytes.subarray(-this.limit) : bytes));
    this.size += Math.min(bytes.length, this.limit);
    this.total += bytes.length;
    while (this.size - this.pieces[0]!.length >= this.limit) this.size -= this.pieces.shift()!.length;
  }

  /** Begins anew: `bytes` are the last of `total`. */
  replace(bytes: Uint8Array, total: number): void {
    this.pieces = [];
    this.size = 0;
    this.add(bytes);
    this.total = total;
  }

  get(): Tail<Uint8Array> {
    if (this.pieces.length !== 1 || this.size > this.limit) {
      const all = new Uint8Array(Buffer.concat(this.pieces).subarray(-this.limit));
      this.pieces = [all];
      this.size = all.length;
    }
    return { total: this.total, kept: this.pieces[0]! };
  }
}
