// `lockstep bisect`: names the changes of a translator that are to blame for a divergence.

import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import type { Argv } from 'yargs';
import { UsageError } from '../../emulator/index.ts';
import type { Capsule } from '../../lockstep/capsule/index.ts';
import {
  HUNT_SCHEMA,
  HuntJournal,
  hunt,
  huntReport,
  huntSentences,
  huntText,
  programHash,
  type SearchNews,
  type SearchResult,
} from '../../lockstep/index.ts';
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
  lockstep bisect --ndjson --b mutant:fold program.elf | jq -c .
  lockstep bisect --b ./mine/dist/mine.mjs --good v1.0 --bad HEAD --build 'npm ci && npm run build' program.elf

Usage: lockstep bisect [options] PROGRAM [args..] [-- args..]
       lockstep bisect [options] CAPSULE             (/dev/stdin may be a pipe)
       lockstep bisect [options] RECORDING [args..] [-- args..]

Runs the two translators against each other, then again and again with some of their rewrites left out, until those are
named that make the difference. With --good and --bad, finds the commit of a translator's repository that made the
difference. Exit codes: 0 same, 1 named, 2 usage or engine failure, 3 not all could be named.`;

interface BisectArguments extends SessionArguments, HistoryArguments {
  readonly capsule?: string | false;
  readonly journal?: string;
  readonly resume?: boolean;
  readonly ndjson?: boolean;
}

export function builder(yargs: Argv): Argv {
  return withSessionOptions(yargs)
    .usage(USAGE)
    .option('capsule', CAPSULE_OPTION)
    .option('ndjson', { type: 'boolean', describe: 'each trial as one line of JSON, and the result as the last one' })
    .option('journal', { type: 'string', requiresArg: true, describe: 'file to keep the results of trials in' })
    .option('resume', { type: 'boolean', describe: 'go on with the search of --journal' })
    .options(HISTORY_OPTIONS) as unknown as Argv;
}

export async function handler(given: BisectArguments): Promise<number> {
  if (given.json && given.ndjson) throw new UsageError('--json and --ndjson exclude each other', 'Give one of them.');
  const { program } = given;
  const kind = kindOf(program);
  if (kind === 'capsule') {
    const { readCapsule } = await import('../capsule-file.ts');
    return bisectCapsule(program!, readCapsule(program!), given);
  }
  if (program === STDIN && kind === 'program') return bisectCapsule(undefined, await capsuleOfStdin(), given);
  // Standard output belongs to the lines of JSON.
  const options = { ...given, json: given.json === true || given.ndjson === true };
  if (kind === 'program') return bisectRun(options);
  const found = await recorded(program!);
  return 'run' in found ? bisectRun({ ...options, ...found.run }) : bisectCapsule(program!, found.capsule, given);
}

const STDIN = '/dev/stdin';

async function bisectRun(options: BisectArguments): Promise<number> {
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
    const onNews = teller(options, process.stderr.isTTY ? shown.say : undefined);
    const found = await hunt({
      ...shown.session,
      ...capsule?.session,
      stdin,
      ...(journal && { journal }),
      ...(onNews && { onNews }),
    });
    const report = huntReport(found, a, b, (performance.now() - started) / 1000);
    const written = capsule?.write(shown.say) ?? null;
    const words = guestWords(shown.guest);
    const command = (left: string, right: string) =>
      commandLine(['lockstep', 'run', '--a', left, '--b', right, ...words]);
    const next = report.cure ? [command(a, b), command(report.cure.a, report.cure.b)] : [command(a, b)];
    if (written) next.push(commandLine(['lockstep', 'capsule', 'run', written]));
    shown.end();
    const text = () => `${huntText(report)}\nnext:\n${next.map((line) => `  ${line}\n`).join('')}`;
    return conclude({ ...report, capsule: written, sentences: huntSentences(report), next }, text, options);
  } finally {
    journal?.close();
    shown.end();
  }
}

async function bisectCapsule(path: string | undefined, capsule: Capsule, options: BisectArguments): Promise<number> {
  const { capsuleSearchText, searchCapsule } = await import('../bisect-capsule.ts');
  const result = await searchCapsule(capsule, path, teller(options, undefined) ?? (() => {}));
  return conclude(result, () => capsuleSearchText(result), options);
}

/** Who is told what goes on; undefined: nobody. */
function teller(
  { ndjson }: BisectArguments,
  say: ((line: string) => void) | undefined,
): ((news: SearchNews) => void) | undefined {
  if (ndjson) return (news) => writeAll(1, `${JSON.stringify({ schema: HUNT_SCHEMA, ...news })}\n`);
  return (
    say &&
    ((news) => {
      if (news.t === 'step') say(`lockstep: ${news.what}`);
    })
  );
}

function conclude(result: SearchResult, text: () => string, { json, ndjson }: BisectArguments): number {
  const { schema, ...rest } = result;
  if (ndjson) writeAll(1, `${JSON.stringify({ schema, t: 'result', ...rest })}\n`);
  else writeAll(1, json ? `${JSON.stringify(result, null, 2)}\n` : text());
  if (result.verdict === 'same') return EXIT.same;
  return result.verdict === 'found' ? EXIT.diverged : EXIT.inconclusive;
}

async function capsuleOfStdin(): Promise<Capsule> {
  const { decodeCapsule } = await import('../../lockstep/capsule/index.ts');
  const bytes = await readAllStdin((line) => writeAll(2, `${line}\n`));
  return decodeCapsule(new TextDecoder().decode(bytes));
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

type Recorded =
  | { readonly run: { readonly program: string; readonly a: string; readonly b: string } }
  | { readonly capsule: Capsule };

/** The run of a recording, whose arguments are given again; where its program is gone, its capsule. */
async function recorded(path: string): Promise<Recorded> {
  const { readRecording } = await import('../recording-file.ts');
  const recording = readRecording(path);
  const { report, programHash: hash, A, B } = recording;
  const { program } = report;
  if (existsSync(program) && programHash(readFileSync(program)) === hash)
    return { run: { program, a: A.translator, b: B.translator } };
  writeAll(2, `lockstep: ${program} is not there as it was when ${path} was made: only the block is searched\n`);
  const { capsuleIn } = await import('../capsule-file.ts');
  return { capsule: capsuleIn(recording, path) };
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
  const { a, b, window, lookBack } = session;
  const content = existsSync(guest.program) ? digest(readFileSync(guest.program)) : '';
  const about = JSON.stringify({ a, b, window, lookBack, ...guest, content, stdin: digest(stdin) });
  return resume ? HuntJournal.resume(journal, about) : HuntJournal.create(journal, about);
}
