// The guest's standard input as the command line gives it. A terminal gives nothing where a run must be able to go back.

import { fstatSync, readFileSync, statSync } from 'node:fs';
import type { InputStream } from '../lockstep/index.ts';
import { isTerminal } from './terminal.ts';

/** For the person who wonders why nothing happens. */
export const STDIN_HINT = 'lockstep: waiting for standard input to end (</dev/null gives the guest none)';
export const HINT_AFTER_MS = 2000;

export interface LiveInput extends InputStream {
  /** More may come. */
  readonly waiting: boolean;
}

/** Standard input as it comes. */
export function stdinStream(): LiveInput {
  let waiting = false;
  /** Once it is opened and has not ended at once. */
  let stdin: typeof process.stdin | undefined;
  return {
    get waiting() {
      return waiting;
    },
    open(piece, end) {
      const atHand = isTerminal(0) ? new Uint8Array(0) : inputAtHand();
      if (atHand) {
        if (atHand.length > 0) piece(atHand);
        end();
        return;
      }
      stdin = process.stdin;
      waiting = true;
      const over = () => {
        if (waiting) end();
        waiting = false;
      };
      stdin.on('data', piece);
      stdin.once('end', over);
      // A descriptor that cannot be read holds nothing for the guest.
      stdin.once('error', over);
    },
    close() {
      waiting = false;
      // Whoever shows the result may want a terminal's keys.
      stdin?.removeAllListeners('data');
      stdin?.destroy();
    },
  };
}

/** A file that is larger comes in pieces. */
const AT_ONCE = 16 << 20;

/** All of standard input where there is nothing to wait for: of a file, or of what is always empty. */
function inputAtHand(): Uint8Array | undefined {
  try {
    const input = fstatSync(0);
    const none = input.isCharacterDevice() && input.rdev === statSync('/dev/null').rdev;
    return none || (input.isFile() && input.size <= AT_ONCE) ? readFileSync(0) : undefined;
  } catch {
    return undefined;
  }
}

const HEAR_MS = 100;

/** For a timer's callback: a machine too busy to let this process run is no reason to complain, so what has come is heard first. */
export function unlessItHasCome(say: () => void): void {
  setTimeout(say, HEAR_MS).unref();
}

/** All of standard input, to its end. */
export function readAllStdin(say: (line: string) => void): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const pieces: Uint8Array[] = [];
    let over = false;
    const hint = setTimeout(unlessItHasCome, HINT_AFTER_MS, () => {
      if (!over) say(STDIN_HINT);
    });
    stdinStream().open(
      (bytes) => pieces.push(bytes),
      () => {
        over = true;
        clearTimeout(hint);
        resolve(new Uint8Array(Buffer.concat(pieces)));
      },
    );
  });
}

/** The same stream, and all that has come of it. */
export function keepInput(source: InputStream): { readonly stream: InputStream; bytes(): Uint8Array } {
  const pieces: Uint8Array[] = [];
  return {
    stream: {
      open(piece, end) {
        source.open((bytes) => {
          pieces.push(bytes);
          piece(bytes);
        }, end);
      },
      close: () => source.close(),
    },
    bytes: () => new Uint8Array(Buffer.concat(pieces)),
  };
}
