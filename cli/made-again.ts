// A run as the machines that make it again need it: for the inspector beyond its trace, and for debuggers.

import type { SessionOptions } from '../lockstep/index.ts';
import { GREATEST_LIMIT, type RunSpec } from '../lockstep/travel/index.ts';
import { parseLimit } from './gdb-options.ts';

/** `stdin`: all that the guest was given. */
export function madeAgain(
  session: Omit<SessionOptions, 'stdin'>,
  stdin: Uint8Array,
  memoryLimit: string | undefined,
): RunSpec {
  const limitBytes = parseLimit(memoryLimit, GREATEST_LIMIT);
  const { a, b, program, argv, env, machine, memoryBytes, seed, maxInsns, mutants } = session;
  return {
    ...{ a, b, program, argv, env, machine, memoryBytes, seed, maxInsns, mutants, stdin, cwd: process.cwd() },
    ...(limitBytes !== undefined && { limitBytes }),
  };
}
