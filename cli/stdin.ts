// The guest's standard input: all of it at once for runs that must be able to go back, or piece by piece.

import { readSync } from 'node:fs';

/** All of standard input; nothing when it is a terminal. */
export async function readAllStdin(): Promise<Uint8Array> {
  if (process.stdin.isTTY) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}

const RETRY_MS = 10;

/** Reads at most `max` bytes, waiting for the first; an empty array is the end. */
export function readSomeStdin(max: number): Uint8Array {
  const bytes = new Uint8Array(max);
  for (;;) {
    try {
      return bytes.subarray(0, readSync(0, bytes, 0, max, null));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return bytes.subarray(0, 0);
      if (code !== 'EAGAIN') throw error;
      // A descriptor left non-blocking by another program: wait without burning the processor.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
