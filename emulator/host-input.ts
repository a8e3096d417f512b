// A guest's standard input from a descriptor of the host: piece by piece as it comes, or, where two machines must read
// the same pieces and a run may go back, all of it once the guest first asks. Reads wait, as a system call does.

import { readSync } from 'node:fs';

const RETRY_MS = 10;
const PIECE = 1 << 16;

/** Reads at most `max` bytes, waiting for the first; an empty array is the end. */
export function readSome(fd: number, max: number): Uint8Array {
  const bytes = new Uint8Array(max);
  for (;;) {
    try {
      return bytes.subarray(0, readSync(fd, bytes, 0, max, null));
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'EOF') return bytes.subarray(0, 0);
      if (code !== 'EAGAIN') throw error;
      // A descriptor left non-blocking by another program: wait without burning the processor.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

/** `first`, then all that is left to read. */
export function readToEnd(fd: number, first: Uint8Array = new Uint8Array(0)): Uint8Array {
  const pieces = [first];
  let length = first.length;
  for (let piece = readSome(fd, PIECE); piece.length > 0; piece = readSome(fd, PIECE)) {
    pieces.push(piece);
    length += piece.length;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** An input that is read to its end when the first byte is asked for: its pieces do not depend on who writes when. */
export function wholeInput(fd: number, first?: Uint8Array): (max: number) => Uint8Array {
  let whole: Uint8Array | undefined;
  let at = 0;
  return (max) => {
    whole ??= readToEnd(fd, first);
    const piece = whole.subarray(at, at + max);
    at += piece.length;
    return piece;
  };
}
