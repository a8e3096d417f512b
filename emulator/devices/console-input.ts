// What somebody types at the console, known in advance: chunks of bytes, each with the virtual time from which the
// guest may receive it. A cursor walks over them, so that a replay receives the same bytes at the same places.

import { UsageError } from '../must.ts';
import type { Clock } from '../sched/clock.ts';

export interface ConsoleChunk {
  /** Virtual nanoseconds since the start of the machine. */
  readonly atNs: bigint;
  readonly bytes: Uint8Array;
}

export interface ConsoleInputOptions {
  readonly clock: Clock;
  /** In ascending order of time. */
  readonly chunks: readonly ConsoleChunk[];
  /** The receiver: asked before each byte. */
  canReceive(): boolean;
  /** Asked when the time of a chunk comes: false when the receiver will call `feed` itself. */
  listening(): boolean;
  receive(byte: number): void;
}

/** Place of the next byte. */
export interface ConsoleInputState {
  readonly chunk: number;
  readonly offset: number;
}

export interface ConsoleInput {
  /** Hands over what may be received now. Called when the receiver has room. */
  feed(): void;
  save(): ConsoleInputState;
  restore(state: ConsoleInputState): void;
}

export function createConsoleInput(options: ConsoleInputOptions): ConsoleInput {
  const { clock, chunks } = options;
  for (let i = 1; i < chunks.length; i++) {
    if (chunks[i]!.atNs < chunks[i - 1]!.atNs)
      throw new UsageError('console input is not in ascending order of time', 'sort the chunks by their time');
  }
  let chunk = 0;
  let offset = 0;
  const timer = clock.timer('console-input', () => {
    if (options.listening()) feed();
  });
  const first = chunks[0];
  if (first !== undefined) timer.arm(first.atNs);

  function feed(): void {
    for (let next = chunks[chunk]; next !== undefined; next = chunks[chunk]) {
      if (offset === next.bytes.length) {
        chunk++;
        offset = 0;
      } else if (next.atNs > clock.ns) {
        timer.arm(next.atNs);
        return;
      } else if (options.canReceive()) {
        options.receive(next.bytes[offset++]!);
      } else return;
    }
  }

  return {
    feed,
    save: () => ({ chunk, offset }),
    restore(state) {
      ({ chunk, offset } = state);
    },
  };
}
