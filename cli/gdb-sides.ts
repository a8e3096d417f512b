// `lockstep run --gdb-a, --gdb-b`: the two machines under debuggers, at the first difference or at the start. Loaded only
// when asked for.

import { UsageError } from '../emulator/index.ts';
import { debugRun } from '../lockstep/gdb/index.ts';
import type { Report, SessionOptions, Side } from '../lockstep/index.ts';
import { firstDifference, GREATEST_LIMIT } from '../lockstep/travel/index.ts';
import { type GdbArguments, invitation, parseLimit, parsePort } from './gdb-options.ts';
import { madeAgain } from './made-again.ts';

export interface SidesArguments extends GdbArguments {
  readonly 'gdb-a'?: string;
  readonly 'gdb-b'?: string;
  readonly 'gdb-at': 'divergence' | 'start';
}

/** The port of each side that a debugger is wanted for. */
export function portsOf(options: SidesArguments): Partial<Record<Side, number>> {
  const { 'gdb-a': a, 'gdb-b': b } = options;
  parseLimit(options['memory-limit'], GREATEST_LIMIT);
  return {
    ...(a !== undefined && { A: parsePort(a, '--gdb-a') }),
    ...(b !== undefined && { B: parsePort(b, '--gdb-b') }),
  };
}

/** Resolves when each debugger has let its side go, or the signal fires. */
export async function debugSides(
  session: Omit<SessionOptions, 'stdin'>,
  stdin: Uint8Array,
  report: Report,
  options: SidesArguments,
  say: (line: string) => void,
): Promise<void> {
  const { 'gdb-at': at, 'allow-write': allowWrite = false } = options;
  if (firstDifference(report) === undefined && at === 'divergence')
    throw new UsageError('there is no divergence to attach gdb to', 'With --gdb-at start it attaches at the start.');
  await debugRun(
    { run: madeAgain(session, stdin, options['memory-limit']), report, ports: portsOf(options), at, allowWrite },
    { signal: session.signal, serving: (served) => say(invitation(served)), say },
  );
}
