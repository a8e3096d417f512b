// `lockstep run`: two machines against each other, and the report.

import type { Argv } from 'yargs';
import { type Recording, type Report, reportText, runSession } from '../../lockstep/index.ts';
import { wantsColor } from '../../ui/index.ts';
import { CAPSULE_OPTION, capsuleOf } from '../capsule-option.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT, exitCodeOf, forGitBisect } from '../exit-code.ts';
import { PORT_OPTION, withGdbOptions } from '../gdb-options.ts';
import type { SidesArguments } from '../gdb-sides.ts';
import { guestWords } from '../guest-options.ts';
import { canInspect, inspect, loadInspector } from '../inspector.ts';
import { nextSteps } from '../next-steps.ts';
import { checkRecordable, RECORD_OPTION, writeRecording } from '../recording-file.ts';
import { type ServeArguments, withServeOptions } from '../serve.ts';
import { type SessionArguments, shownSession, withSessionOptions } from '../session-options.ts';
import { commandLine } from '../shell.ts';
import { HINT_AFTER_MS, keepInput, STDIN_HINT, stdinStream, unlessItHasCome } from '../stdin.ts';
import { columnsOf, isTerminal, milliseconds } from '../terminal.ts';
import { watch } from '../watching.ts';

interface RunArguments extends SessionArguments, ServeArguments, SidesArguments {
  readonly c?: string;
  readonly stream: 'windows' | 'blocks';
  readonly cache: boolean;
  readonly 'git-bisect'?: boolean;
  readonly capsule?: string | false;
  readonly record?: string;
  readonly tui: boolean;
}

const USAGE = `Examples:
  lockstep run program.elf
  lockstep run --a old-tcg --b new-tcg,-copy-propagation program.elf
  lockstep run --listen 127.0.0.1:0 program.elf
  lockstep run --json --timeout 60 program.elf -- --an-option-of-the-guest
  git bisect run lockstep run --git-bisect --b ./mine.mjs program.elf
  lockstep run --b mutant:fold --gdb-a 1234 --gdb-b 1235 program.elf

Usage: lockstep run [options] PROGRAM [args..] [-- args..]

A translator is a name (lockstep list translators), a path of a module, or mutant:NAME, with edits after commas:
new-tcg,-copy-propagation,max-insns=1,tier=interp`;

export function builder(yargs: Argv): Argv {
  return withGdbOptions(withServeOptions(withSessionOptions(yargs)))
    .usage(USAGE)
    .option('c', { type: 'string', requiresArg: true, describe: 'translator that says which side is wrong' })
    .option('stream', {
      choices: ['windows', 'blocks'],
      default: 'windows',
      describe: 'compare windows and replay where they differ, or record every block as it runs (slow)',
    })
    .option('cache', {
      type: 'boolean',
      default: true,
      describe: 'keep translated code for later runs of the program; --no-cache neither uses nor writes it',
    })
    .option('capsule', CAPSULE_OPTION)
    .option('record', RECORD_OPTION)
    .option('tui', {
      type: 'boolean',
      default: true,
      describe:
        'at a terminal: show a run that takes its time, and open the inspector on a divergence; --no-tui: print',
    })
    .option('gdb-a', {
      ...PORT_OPTION,
      describe: 'after the run, wait for a gdb for side A at this port of this machine',
    })
    .option('gdb-b', { ...PORT_OPTION, describe: 'the same for side B' })
    .option('gdb-at', {
      choices: ['divergence', 'start'],
      default: 'divergence',
      describe: 'where gdb finds the guest; from there it can go anywhere, back too',
    })
    .option('git-bisect', {
      type: 'boolean',
      describe: 'exit codes for git bisect run: 125 for 2 and 3',
    }) as unknown as Argv;
}

export const thatIsAll = true;

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
  const { c } = options;
  if (c !== undefined) {
    // It is asked only after a divergence: too late to learn that there is no such translator.
    const { parseTranslatorSpec } = await import('../../emulator/index.ts');
    const { resolveMutant } = await import('../mutants.ts');
    await parseTranslatorSpec(c, { resolveMutant });
  }
  if (options.record !== undefined) checkRecordable(options.record);
  const shown = shownSession(options);
  const { guest, timeoutMs } = shown;
  const gdb = options['gdb-a'] !== undefined || options['gdb-b'] !== undefined;
  const debug = gdb ? await import('../gdb-sides.ts') : undefined;
  debug?.portsOf(options);
  const input = stdinStream();
  const kept = keepInput(input);
  const hint = setInterval(unlessItHasCome, HINT_AFTER_MS, () => {
    if (!shown.moved() && input.waiting) {
      shown.say(STDIN_HINT);
      clearInterval(hint);
    }
  });
  // A search through history has one divergence a commit, and nobody who looks at them.
  const capsule = capsuleOf(options, options['git-bisect'] ? (options.capsule ?? false) : options.capsule);
  const started = milliseconds();
  const looks = options.tui && !debug && !options.json && options['git-bisect'] !== true && canInspect();
  const watching = await watch(options, shown, looks);
  let report: Report;
  let recording: Recording | undefined;
  try {
    report = await runSession({
      ...watching.session,
      ...(c === undefined ? {} : { c }),
      stdin: debug || looks ? kept.stream : input,
      stream: options.stream,
      cache: options.cache,
      ...capsule?.session,
      ...((options.record !== undefined || looks || watching.served) && {
        onRecording(made) {
          recording = made;
        },
      }),
    });
  } catch (error) {
    watching.failed(error);
    await watching.close();
    throw error;
  } finally {
    clearInterval(hint);
    shown.end();
  }
  const written = capsule?.write(shown.say);
  const lookBack = options['look-back'] === undefined ? [] : ['--look-back', options['look-back']];
  const outOfTime = timeoutMs !== undefined && milliseconds() - started >= timeoutMs;
  report = {
    ...report,
    next: [
      ...nextSteps(report, guest, options.a, options.b, {
        lookBack,
        ...(outOfTime && { expired: timeoutMs / 1000 }),
        ...(options.record !== undefined && { recording: options.record }),
      }),
      ...(written ? [commandLine(['lockstep', 'capsule', 'run', written])] : []),
    ],
  };
  if (recording) recording = { ...recording, report, capsule: capsule?.text ?? null };
  if (recording && options.record !== undefined) writeRecording(options.record, recording);
  const code = exitCodeOf(report.verdict);
  watching.ended(report, recording, code);
  const inspects = recording && looks && report.verdict === 'diverged';
  // It takes its time: meanwhile the view stays.
  if (inspects) await loadInspector();
  watching.leave();
  if (recording && inspects) {
    const [{ beyondOf }, { madeAgain }] = await Promise.all([import('../beyond.ts'), import('../made-again.ts')]);
    const stdin = kept.bytes();
    const window = options.window === undefined ? [] : ['--window', options.window];
    const words = ['--a', options.a, '--b', options.b, ...window, ...lookBack, ...guestWords(guest)];
    await inspect(recording, options.color, {
      beyond: beyondOf(recording, madeAgain(shown.session, stdin, options['memory-limit'])),
      searchable: { words, stdin },
    });
  }
  const color = wantsColor(options.color, process.env, isTerminal(1));
  writeAll(
    1,
    options.json
      ? `${JSON.stringify({ ...report, capsule: written ?? null }, null, 2)}\n`
      : reportText(report, { color, width: columnsOf(1, 160) }),
  );
  await debug?.debugSides(shown.session, kept.bytes(), report, options, shown.say);
  await watching.close();
  return code;
}
