// `--capsule FILE` of run and bisect: keeps the block on which the sides differ, with its entry state, as a file.

import { writeFileSync } from 'node:fs';
import { translators, UsageError } from '../emulator/index.ts';
import type { SessionOptions } from '../lockstep/index.ts';
import type { SessionArguments } from './session-options.ts';

export const CAPSULE_OPTION = {
  type: 'string',
  requiresArg: true,
  describe: 'file to keep the block that differs in, with its entry state',
} as const;

export interface CapsuleOption {
  /** What the session needs for it. */
  readonly session: Pick<SessionOptions, 'capture'>;
  /** Writes what has been captured; the path, or undefined when there is nothing or it cannot be kept in a capsule. */
  write(say: (line: string) => void): string | undefined;
}

export async function capsuleOf({ a, b, program }: SessionArguments, path: string): Promise<CapsuleOption> {
  const { collect, encodeCapsule } = await import('../lockstep/capsule/index.ts');
  const reference = translators.find(({ name }) => name === 'reference')!;
  let text: string | undefined;
  let why: string | undefined;
  return {
    session: {
      *capture(divergence) {
        // Of a bisection's many runs the first is the one.
        if (text !== undefined || why !== undefined) return;
        const found = yield* collect(divergence, reference);
        if (typeof found === 'string') why = found;
        else {
          const origin = `${program ?? 'a guest'}, after ${divergence.entry} instructions`;
          text = encodeCapsule({ isa: 'riscv64', a, b, origin, ...found });
        }
      },
    },
    write(say) {
      if (why !== undefined) say(`lockstep: no capsule was written: ${why}`);
      if (text === undefined) return undefined;
      try {
        writeFileSync(path, text);
      } catch (error) {
        throw new UsageError(`cannot write the capsule ${path}: ${(error as Error).message}`);
      }
      return path;
    },
  };
}
