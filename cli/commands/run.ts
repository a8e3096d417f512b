// `lockstep run`: two machines against each other. The result goes to standard output, all else to standard error.

import type { Argv } from 'yargs';
import { moduleUrl } from '../../emulator/host-package.ts';
import { type Report, reportText, runSession } from '../../lockstep/index.ts';
import { type ColorChoice, createProgress, wantsColor } from '../../ui/index.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT, exitCodeOf, forGitBisect } from '../exit-code.ts';
import { type GuestArguments, guestSpec, withGuestOptions } from '../guest-options.ts';
import { nextSteps } from '../next-steps.ts';
import { parseCount, parseSeconds } from '../size.ts';
import { HINT_AFTER_MS, STDIN_HINT, stdinStream } from '../stdin.ts';

interface RunArguments extends GuestArguments {
  readonly a: string;
  readonly b: string;
  readonly json?: boolean;
  readonly color: ColorChoice;
  readonly window?: string;
  readonly stream: 'windows' | 'blocks';
  readonly timeout?: string;
  readonly 'git-bisect'?: boolean;
}

const USAGE = `Examples:
  lockstep run program.elf
  lockstep run --a old-tcg --b new-tcg,-copy-propagation program.elf
  lockstep run --json --timeout 60 program.elf -- --an-option-of-the-guest
  git bisect run lockstep run --git-bisect --b ./mine.mjs program.elf

Usage: lockstep run [options] PROGRAM [args..] [-- args..]

A translator is a name (lockstep list translators), a path of a module, or mutant:NAME, with edits after commas:
new-tcg,-copy-propagation,max-insns=1,tier=interp`;

export function builder(yargs: Argv): Argv {
  return withGuestOptions(yargs)
    .usage(USAGE)
    .option('a', { type: 'string', requiresArg: true, default: 'old-tcg', describe: 'translator of side A' })
    .option('b', { type: 'string', requiresArg: true, default: 'new-tcg', describe: 'translator of side B' })
    .option('window', { type: 'string', requiresArg: true, describe: 'instructions between two comparisons' })
    .option('stream', {
      choices: ['windows', 'blocks'],
      default: 'windows',
      describe: 'compare windows and replay where they differ, or record every block as it runs (slow)',
    })
    .option('timeout', { type: 'string', requiresArg: true, describe: 'seconds after which the run is inconclusive' })
    .option('json', { type: 'boolean', describe: 'the result as one JSON object' })
    .option('color', { choices: ['auto', 'always', 'never'], default: 'auto', describe: 'colours in the report' })
    .option('git-bisect', {
      type: 'boolean',
      describe: 'exit codes for git bisect run: 125 for 2 and 3',
    }) as unknown as Argv;
}

export async function handler(options: RunArguments): Promise<number> {
  const bisect = options['git-bisect'] === true;
  try {
    const code = await run(options);
    return bisect ? forGitBisect(code) : code;
  } catch (error) {
    if (!bisect || (error instanceof Error && error.name === 'Interrupted')) throw error;
    const { message, remedy } = error as Error & { remedy?: string };
    writeAll(2, `lockstep: ${message}\n${remedy ? `${remedy}\n` : ''}`);
    return forGitBisect(EXIT.failure);
  }
}

async function run(options: RunArguments): Promise<number> {
  const guest = guestSpec(options, process.env);
  const window = options.window === undefined ? undefined : parseCount(options.window, '--window', 1);
  const timeoutMs = options.timeout === undefined ? undefined : parseSeconds(options.timeout, '--timeout') * 1000;
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupt.abort());
  const progress = createProgress(
    {
      isTTY: process.stderr.isTTY === true,
      columns: process.stderr.columns || 80,
      write: (text) => writeAll(2, text),
    },
    () => performance.now(),
  );
  const input = stdinStream();
  let moved = false;
  const hint = setInterval(() => {
    if (!moved && input.waiting) {
      progress.erase();
      writeAll(2, `${STDIN_HINT}\n`);
      clearInterval(hint);
    }
    moved = false;
  }, HINT_AFTER_MS);
  const started = performance.now();
  let report: Report;
  try {
    report = await runSession({
      ...guest,
      a: options.a,
      b: options.b,
      stdin: input,
      stream: options.stream,
      mutants: moduleUrl('scenarios/mutants/index', '.mjs').href,
      ...(window === undefined ? {} : { window }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      signal: interrupt.signal,
      onOutput(stream, bytes) {
        progress.erase();
        // Standard output belongs to the JSON object.
        writeAll(stream === 'stdout' && !options.json ? 1 : 2, bytes);
      },
      onNote(side, text) {
        if (side !== 'A') return;
        progress.erase();
        writeAll(2, `lockstep: ${text}\n`);
      },
      onProgress(both) {
        moved = true;
        progress.update(both);
      },
    });
  } finally {
    clearInterval(hint);
    progress.erase();
  }
  const outOfTime = timeoutMs !== undefined && performance.now() - started >= timeoutMs;
  report = {
    ...report,
    next: nextSteps(report, guest, options.a, options.b, outOfTime ? timeoutMs / 1000 : undefined),
  };
  const color = wantsColor(options.color, process.env, process.stdout.isTTY === true);
  writeAll(1, options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, { color, width: columns() }));
  return exitCodeOf(report.verdict);
}

function columns(): number {
  return process.stdout.columns || 160;
}
