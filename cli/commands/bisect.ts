// `lockstep bisect`: names the changes of a translator that are to blame for a divergence.

import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import type { Argv } from 'yargs';
import { UsageError } from '../../emulator/index.ts';
import { HuntJournal, hunt, huntReport, huntText, programHash } from '../../lockstep/index.ts';
import { HISTORY_OPTIONS, type HistoryArguments, searchHistory } from '../bisect-history.ts';
import { CAPSULE_OPTION, capsuleOf } from '../capsule-option.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT } from '../exit-code.ts';
import { guestWords } from '../guest-options.ts';
import { type SessionArguments, shownSession, withSessionOptions } from '../session-options.ts';
import { commandLine } from '../shell.ts';
import { readAllStdin } from '../stdin.ts';

const USAGE = `Examples:
  lockstep bisect program.elf
  lockstep bisect --a tci --b ./mine.mjs program.elf
  lockstep bisect --json --b mutant:fold program.elf
  lockstep bisect --journal search.jsonl --resume --b ./mine.mjs program.elf
  lockstep bisect --b ./mine/dist/mine.mjs --good v1.0 --bad HEAD --build 'npm ci && npm run build' program.elf

Usage: lockstep bisect [options] PROGRAM [args..] [-- args..]
       lockstep bisect [options] CAPSULE
       lockstep bisect [options] RECORDING [args..] [-- args..]

Runs the two translators against each other, then again and again with some of their rewrites left out, until those are
named that make the difference. With --good and --bad, finds the commit of a translator's repository that made the
difference. Exit codes: 0 same, 1 named, 2 usage or engine failure, 3 not all could be named.`;

interface BisectArguments extends SessionArguments, HistoryArguments {
  readonly capsule?: string | false;
  readonly journal?: string;
  readonly resume?: boolean;
}

export function builder(yargs: Argv): Argv {
  return withSessionOptions(yargs)
    .usage(USAGE)
    .option('capsule', CAPSULE_OPTION)
    .option('journal', { type: 'string', requiresArg: true, describe: 'file to keep the results of trials in' })
    .option('resume', { type: 'boolean', describe: 'go on with the search of --journal' })
    .options(HISTORY_OPTIONS) as unknown as Argv;
}

export async function handler(given: BisectArguments): Promise<number> {
  const kind = kindOf(given.program);
  if (kind === 'capsule')
    return (await import('../bisect-capsule.ts')).bisectCapsule(given.program!, given.json === true);
  const options = kind === 'recording' ? { ...given, ...(await recorded(given.program!)) } : given;
  const shown = shownSession(options);
  const started = performance.now();
  const { a, b } = options;
  const capsule = capsuleOf(options, options.capsule);
  let journal: HuntJournal | undefined;
  try {
    if (options.good !== undefined || options.bad !== undefined || options.build !== undefined) {
      const stdin = process.stdin.isTTY ? new Uint8Array(0) : await readAllStdin(shown.say);
      const { found, text, code } = await searchHistory(options, { a, b }, shown, stdin);
      shown.end();
      writeAll(1, options.json ? `${JSON.stringify({ schema: 1, ...found }, null, 2)}\n` : text);
      return code;
    }
    const stdin = process.stdin.isTTY ? new Uint8Array(0) : await readAllStdin(shown.say);
    journal = journalOf(options, shown, stdin);
    const found = await hunt({
      ...shown.session,
      ...capsule?.session,
      stdin,
      ...(journal && { journal }),
      ...(process.stderr.isTTY && { onStep: (what: string) => shown.say(`lockstep: ${what}`) }),
    });
    const report = huntReport(found, a, b, (performance.now() - started) / 1000);
    const written = capsule?.write(shown.say) ?? null;
    const words = guestWords(shown.guest);
    const command = (left: string, right: string) =>
      commandLine(['lockstep', 'run', '--a', left, '--b', right, ...words]);
    const next = report.cure ? [command(a, b), command(report.cure.a, report.cure.b)] : [command(a, b)];
    if (written) next.push(commandLine(['lockstep', 'capsule', 'run', written]));
    shown.end();
    const text = `${huntText(report)}\nnext:\n${next.map((line) => `  ${line}\n`).join('')}`;
    writeAll(1, options.json ? `${JSON.stringify({ ...report, capsule: written, next }, null, 2)}\n` : text);
    if (report.verdict === 'same') return EXIT.same;
    return report.verdict === 'found' ? EXIT.diverged : EXIT.inconclusive;
  } finally {
    journal?.close();
    shown.end();
  }
}

/** What the named file is, by how it begins. */
function kindOf(path: string | undefined): 'capsule' | 'recording' | 'program' {
  if (path === undefined || !existsSync(path) || !statSync(path).isFile()) return 'program';
  const fd = openSync(path, 'r');
  try {
    const begin = Buffer.alloc(64);
    const text = begin.toString('latin1', 0, readSync(fd, begin));
    if (text.startsWith('LOCKSTEP')) return 'recording';
    return text.includes('"lockstep-capsule/') ? 'capsule' : 'program';
  } finally {
    closeSync(fd);
  }
}

/** The program and translators of a recording; the guest's arguments are given again. */
async function recorded(path: string): Promise<{ readonly program: string; readonly a: string; readonly b: string }> {
  const { readRecording } = await import('../recording-file.ts');
  const { report, programHash: hash, A, B } = readRecording(path);
  const { program } = report;
  if (!existsSync(program) || programHash(readFileSync(program)) !== hash)
    throw new UsageError(
      `${program} is not there as it was when ${path} was made`,
      'Bisect the program itself: lockstep bisect --a A --b B PROGRAM',
    );
  return { program, a: A.translator, b: B.translator };
}

/** The journal of this search: of the same translators, guest and input. */
function journalOf(
  { journal, resume }: BisectArguments,
  { session, guest }: ReturnType<typeof shownSession>,
  stdin: Uint8Array,
): HuntJournal | undefined {
  if (journal === undefined) {
    if (resume) throw new UsageError('--resume of what?', 'Give the file by --journal FILE.');
    return undefined;
  }
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const { a, b, window } = session;
  const content = existsSync(guest.program) ? digest(readFileSync(guest.program)) : '';
  const about = JSON.stringify({ a, b, window, ...guest, content, stdin: digest(stdin) });
  return resume ? HuntJournal.resume(journal, about) : HuntJournal.create(journal, about);
}
