// The run beyond its recording, for the inspector that `lockstep run` opens: made again when somebody looks farther than the
// trace. Loaded only then.

import type { Recording, SessionOptions } from '../lockstep/index.ts';
import { BeyondProcess, GREATEST_LIMIT } from '../lockstep/travel/index.ts';
import { parseLimit } from './gdb-options.ts';

export function beyondOf(
  recording: Recording,
  session: Omit<SessionOptions, 'stdin'>,
  stdin: Uint8Array,
  memoryLimit: string | undefined,
): BeyondProcess {
  const limitBytes = parseLimit(memoryLimit, GREATEST_LIMIT);
  const { a, b, program, argv, env, machine, memoryBytes, seed, maxInsns, mutants } = session;
  const beyond = new BeyondProcess(recording, {
    ...{ a, b, program, argv, env, machine, memoryBytes, seed, maxInsns, mutants, stdin, cwd: process.cwd() },
    ...(limitBytes !== undefined && { limitBytes }),
  });
  beyond.prepare();
  return beyond;
}
