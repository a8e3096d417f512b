// What commands that run two machines against each other share: their options, and how a session shows itself at the
// terminal. What the guest writes goes to standard output (to standard error under --json), all else to standard error.

import type { Argv } from 'yargs';
import { moduleUrl } from '../emulator/host-package.ts';
import { DEFAULT_LOOK_BACK, parseLookBack, type SessionOptions } from '../lockstep/index.ts';
import { type ColorChoice, createProgress } from '../ui/index.ts';
import { writeAll } from './descriptor.ts';
import { EXIT } from './exit-code.ts';
import { type GuestArguments, type GuestSpec, guestSpec, withGuestOptions } from './guest-options.ts';
import { parseCount, parseSeconds } from './size.ts';
import { columnsOf, isTerminal, milliseconds } from './terminal.ts';

export interface SessionArguments extends GuestArguments {
  readonly a: string;
  readonly b: string;
  readonly json?: boolean;
  readonly color: ColorChoice;
  readonly window?: string;
  readonly 'look-back'?: string;
  readonly timeout?: string;
}

export function withSessionOptions(yargs: Argv): Argv {
  return withGuestOptions(yargs)
    .option('a', { type: 'string', requiresArg: true, default: 'old-tcg', describe: 'translator of side A' })
    .option('b', { type: 'string', requiresArg: true, default: 'new-tcg', describe: 'translator of side B' })
    .option('window', { type: 'string', requiresArg: true, describe: 'instructions between two comparisons' })
    .option('look-back', {
      type: 'string',
      requiresArg: true,
      describe: `instructions whose every block is compared before a divergence, and in a run that agrees and is no longer; 0, or all; default ${DEFAULT_LOOK_BACK}`,
    })
    .option('timeout', { type: 'string', requiresArg: true, describe: 'seconds after which the run is inconclusive' })
    .option('json', { type: 'boolean', describe: 'the result as one JSON object' })
    .option('color', {
      choices: ['auto', 'always', 'never'],
      default: 'auto',
      describe: 'colours in the report',
    }) as unknown as Argv;
}

/** A session as the command line describes it, without its standard input, and what it shows meanwhile. */
export interface Shown {
  readonly guest: GuestSpec;
  readonly session: Omit<SessionOptions, 'stdin'>;
  readonly timeoutMs: number | undefined;
  /** Fires when a signal asks the process to end. */
  readonly signal: AbortSignal;
  /** True once after each time the run has moved on. */
  moved(): boolean;
  /** A line for the person, which the progress line does not cut. */
  say(line: string): void;
  /** Takes the progress line away. */
  end(): void;
}

export function shownSession(options: SessionArguments): Shown {
  const guest = guestSpec(options, process.env);
  const window = options.window === undefined ? undefined : parseCount(options.window, '--window', 1);
  const lookBack = options['look-back'] === undefined ? undefined : parseLookBack(options['look-back']);
  const timeoutMs = options.timeout === undefined ? undefined : parseSeconds(options.timeout, '--timeout') * 1000;
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // Who asks twice does not wait until the sides have ended by themselves.
      if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
      interrupt.abort();
    });
  const progress = createProgress(
    {
      isTTY: isTerminal(2),
      columns: columnsOf(2, 80),
      write: (text) => writeAll(2, text),
    },
    milliseconds,
  );
  let moved = false;
  const say = (line: string) => {
    progress.erase();
    writeAll(2, `${line}\n`);
  };
  const session = {
    ...guest,
    a: options.a,
    b: options.b,
    mutants: moduleUrl('scenarios/mutants/index', '.mjs').href,
    ...(window === undefined ? {} : { window }),
    ...(lookBack === undefined ? {} : { lookBack }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    signal: interrupt.signal,
    onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array) {
      progress.erase();
      // Standard output belongs to the JSON object.
      writeAll(stream === 'stdout' && !options.json ? 1 : 2, bytes);
    },
    onNote(side: 'A' | 'B', text: string) {
      if (side === 'A') say(`lockstep: ${text}`);
    },
    onPlugin(side: 'A' | 'B', text: string) {
      for (const line of text.replace(/\n$/, '').split('\n')) say(`${side}: ${line}`);
    },
    onProgress(both: Parameters<typeof progress.update>[0]) {
      moved = true;
      progress.update(both);
    },
  };
  return {
    guest,
    session,
    timeoutMs,
    signal: interrupt.signal,
    moved() {
      const was = moved;
      moved = false;
      return was;
    },
    say,
    end: () => progress.erase(),
  };
}
