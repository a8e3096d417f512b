// The guest's standard input as the command line gives it. A terminal gives nothing where a run must be able to go back.

import type { InputStream } from '../lockstep/index.ts';

/** For the person who wonders why nothing happens. */
export const STDIN_HINT = 'lockstep: waiting for standard input to end (</dev/null gives the guest none)';
export const HINT_AFTER_MS = 2000;

export interface LiveInput extends InputStream {
  /** More may come. */
  readonly waiting: boolean;
}

/** Standard input as it comes. */
export function stdinStream(): LiveInput {
  const { stdin } = process;
  let waiting = false;
  return {
    get waiting() {
      return waiting;
    },
    open(piece, end) {
      if (stdin.isTTY) {
        end();
        return;
      }
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
      // Never opened; whoever shows the result may want its keys.
      if (stdin.isTTY) return;
      stdin.removeAllListeners('data');
      stdin.destroy();
    },
  };
}

/** All of standard input, to its end. */
export function readAllStdin(say: (line: string) => void): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const pieces: Uint8Array[] = [];
    const hint = setTimeout(() => say(STDIN_HINT), HINT_AFTER_MS);
    stdinStream().open(
      (bytes) => pieces.push(bytes),
      () => {
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
