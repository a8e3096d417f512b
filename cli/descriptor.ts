// Writes to a descriptor at once, so that nothing is lost or reordered when the process ends. A reader that went away
// ends the run quietly; a full disk or a dead terminal ends it with a message. It ends here, not by an error that travels
// up: a write happens inside plugins' and sockets' callbacks too, and none of them is to blame. What must not outlive the
// process (instances, a socket file) goes in its 'exit' event.

import { writeSync } from 'node:fs';
import { EXIT } from './exit-code.ts';

/** As a shell reports a program that SIGPIPE has ended. */
const BROKEN_PIPE = 141;
const RETRY_MS = 1;

/** `what` names the descriptor for the person when it cannot be written. */
export function writeAll(fd: number, data: Uint8Array | string, what = STREAMS[fd] ?? 'a file'): void {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at, bytes.length - at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(BROKEN_PIPE);
      if (code !== 'EAGAIN') {
        complain(`lockstep: cannot write to ${what}: ${reasonOf(code)}\nFree some space, or send it somewhere else.\n`);
        process.exit(EXIT.failure);
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

/** To standard error as far as that goes: for the last words of a run. */
export function complain(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody listens: the exit code says it.
  }
}

const STREAMS: Readonly<Record<number, string>> = { 1: 'standard output', 2: 'standard error' };

function reasonOf(code: string | undefined): string {
  if (code === 'ENOSPC') return 'no space left (ENOSPC)';
  if (code === 'EIO') return 'it is gone (EIO)';
  return code ?? 'no reason given';
}
