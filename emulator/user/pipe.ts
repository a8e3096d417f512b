// The bytes of a pipe: a ring of fixed size, and how many descriptions read and write it. Plain data and functions.

export const PIPE_BYTES = 65536;
/** Writes up to this size go in together or not at all. */
export const PIPE_ATOMIC = 4096;

export interface Pipe {
  bytes: Uint8Array;
  start: number;
  length: number;
  readers: number;
  writers: number;
}

/** A pipe with one reader and one writer. */
export function makePipe(): Pipe {
  return { bytes: new Uint8Array(PIPE_BYTES), start: 0, length: 0, readers: 1, writers: 1 };
}

/** Takes up to `length` bytes out. */
export function takeFromPipe(pipe: Pipe, length: number): Uint8Array {
  const out = new Uint8Array(Math.min(length, pipe.length));
  const first = Math.min(out.length, PIPE_BYTES - pipe.start);
  out.set(pipe.bytes.subarray(pipe.start, pipe.start + first));
  out.set(pipe.bytes.subarray(0, out.length - first), first);
  pipe.start = (pipe.start + out.length) % PIPE_BYTES;
  pipe.length -= out.length;
  return out;
}

/** How many of `wanted` bytes fit in now. With no reader all do: the write finds out that there is none. */
export function roomInPipe(pipe: Pipe, wanted: number): number {
  if (pipe.readers === 0) return wanted;
  const room = PIPE_BYTES - pipe.length;
  return wanted <= PIPE_ATOMIC && room < wanted ? 0 : Math.min(room, wanted);
}

/** Puts bytes in, which fit. */
export function putIntoPipe(pipe: Pipe, bytes: Uint8Array): void {
  const end = (pipe.start + pipe.length) % PIPE_BYTES;
  const first = Math.min(bytes.length, PIPE_BYTES - end);
  pipe.bytes.set(bytes.subarray(0, first), end);
  pipe.bytes.set(bytes.subarray(first), 0);
  pipe.length += bytes.length;
}
