// `lockstep fuzz`: random programs under two translators, on all cores, until the time is up. `lockstep fuzz merge`: the sum
// of several journals.

import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Argv } from 'yargs';
import { moduleUrl } from '../../emulator/host-package.ts';
import { UsageError } from '../../emulator/index.ts';
import { FULL_ISA, isaFilter } from '../../emulator/sequence/index.ts';
import {
  BATCH,
  createJournal,
  type FuzzPlan,
  type FuzzReport,
  fuzzReport,
  fuzzText,
  type JournalFile,
  readJournal,
  resumeJournal,
  runFleet,
  type Shard,
  Suppressions,
  Tally,
} from '../../lockstep/fuzz/index.ts';
import { complain, writeAll } from '../descriptor.ts';
import { EXIT } from '../exit-code.ts';
import { parseCount, parseSeconds } from '../size.ts';

interface FuzzArguments {
  readonly action?: string;
  readonly files?: readonly string[];
  readonly a: string;
  readonly b: string;
  readonly isa: string;
  readonly seed: string;
  readonly length: string;
  readonly time?: string;
  readonly count?: string;
  readonly batch?: string;
  readonly jobs?: string;
  readonly journal?: string;
  readonly resume?: boolean;
  readonly shard?: string;
  readonly suppress?: string;
  readonly vary: boolean;
  readonly json?: boolean;
}

const USAGE = `Examples:
  lockstep fuzz --a tci --b new-tcg --time 600 --journal run.jsonl
  lockstep fuzz --a tci --b ./mine.mjs --isa rv64gc --count 100000
  lockstep fuzz --journal run.jsonl --resume
  lockstep fuzz --shard 3/8 --journal part3.jsonl       one of eight machines
  lockstep fuzz merge part*.jsonl                       what all of them found

Usage: lockstep fuzz [options]
       lockstep fuzz merge [--json] [--suppress FILE] JOURNAL..

Runs random programs on two machines and compares all registers and memory. What differs is made small, traced to the
rewrites to blame, and told once. Exit codes: 0 nothing found, 1 found, 2 usage or engine failure, 130 interrupted.`;

const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('action', { type: 'string', describe: 'merge: add journals up' })
    .positional('files', { type: 'string', array: true, describe: 'journals' })
    .option('a', { ...text('translator of side A'), default: 'tci' })
    .option('b', { ...text('translator of side B'), default: 'new-tcg' })
    .option('isa', { ...text('extensions the programs use'), default: FULL_ISA })
    .option('seed', { ...text('where all programs follow from'), default: '1' })
    .option('length', { ...text('instructions in a program'), default: '100' })
    .option('time', text('seconds to run (60 where no --count is given)'))
    .option('count', text(`programs to run, in batches of ${BATCH}`))
    .option('batch', text('run this batch alone'))
    .option('jobs', text('processes (as many as there are cores)'))
    .option('journal', text('file to keep results in'))
    .option('resume', { type: 'boolean', describe: 'go on with the run of --journal' })
    .option('shard', text('do the I-th of N parts, as I/N'))
    .option('suppress', text('file with signatures not to report'))
    .option('vary', { type: 'boolean', default: true, describe: 'vary block lengths, tiers and links' })
    .option('json', { type: 'boolean', describe: 'the result as one JSON object' }) as unknown as Argv;
}

export async function handler(options: FuzzArguments): Promise<number> {
  const suppressions = new Suppressions(options.suppress === undefined ? '' : readText(options.suppress));
  if (options.action === 'merge') return merge(options, suppressions);
  if (options.action !== undefined)
    throw new UsageError(`fuzz does not know "${options.action}"`, 'lockstep fuzz, or lockstep fuzz merge JOURNAL..');
  const { plan, shard, tally, journal } = begin(options);
  const enough = new AbortController();
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
  const only = options.batch === undefined ? undefined : parseCount(options.batch, '--batch');
  const time = options.time ?? (options.count === undefined && only === undefined ? '60' : undefined);
  const timer = time && setTimeout(() => enough.abort(), parseSeconds(time, '--time') * 1000);
  const started = performance.now();
  const before = tally.programs;
  const batches = options.count === undefined ? undefined : Math.ceil(parseCount(options.count, '--count', 1) / BATCH);
  try {
    await runFleet({
      plan,
      shard: only === undefined ? shard : { index: only, of: 1 },
      mutants: moduleUrl('scenarios/mutants/index', '.mjs').href,
      jobs: options.jobs === undefined ? availableParallelism() : parseCount(options.jobs, '--jobs', 1),
      done: tally.batches,
      enough: enough.signal,
      signal: interrupt.signal,
      ...(only !== undefined ? { batches: only + 1 } : batches !== undefined && { batches }),
      onBatch(result) {
        journal?.append(result);
        const known = new Set(tally.found.map(({ finding }) => finding.signature));
        tally.add(result);
        for (const { signature } of result.findings)
          if (!known.has(signature) && !suppressions.has(signature)) complain(`lockstep: found ${signature}\n`);
      },
    });
  } finally {
    if (timer) clearTimeout(timer);
    journal?.close();
  }
  const seconds = (performance.now() - started) / 1000;
  return show(fuzzReport(plan, tally, suppressions, { seconds, programs: tally.programs - before }), options);
}

/** The plan of the command line, or of the journal that is gone on with. */
function begin(options: FuzzArguments): { plan: FuzzPlan; shard: Shard; tally: Tally; journal?: JournalFile } {
  const tally = new Tally();
  if (options.resume) {
    if (options.journal === undefined) throw new UsageError('--resume of what?', 'Give the file by --journal FILE.');
    const contents = readJournal(options.journal);
    for (const batch of contents.batches) tally.add(batch);
    return { ...contents, tally, journal: resumeJournal(options.journal, contents) };
  }
  isaFilter(options.isa);
  const { a, b, isa, vary } = options;
  const seed = parseCount(options.seed, '--seed');
  const length = parseCount(options.length, '--length', 1);
  if (length > 500) throw new UsageError(`--length is at most 500, not ${length}`);
  const plan = { a, b, isa, seed, length, vary };
  const shard = options.shard === undefined ? { index: 0, of: 1 } : parseShard(options.shard);
  if (options.journal === undefined) return { plan, shard, tally };
  return { plan, shard, tally, journal: createJournal(options.journal, plan, shard) };
}

function parseShard(shard: string): Shard {
  const [index, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(shard)?.slice(1) ?? []).map(Number) as [number?, number?];
  if (index === undefined || of === undefined || index < 1 || index > of)
    throw new UsageError(`--shard is I/N with I from 1 to N, not "${shard}"`, 'For example: --shard 3/8');
  return { index: index - 1, of };
}

function merge(options: FuzzArguments, suppressions: Suppressions): number {
  const [first, ...rest] = options.files ?? [];
  if (first === undefined) throw new UsageError('merge which journals?', 'lockstep fuzz merge JOURNAL..');
  const { plan, batches } = readJournal(first);
  const tally = new Tally();
  for (const batch of batches) tally.add(batch);
  for (const path of rest) {
    const other = readJournal(path);
    if (JSON.stringify(other.plan) !== JSON.stringify(plan))
      throw new UsageError(
        `${path} is of another run than ${first}`,
        'Journals add up when all options but --shard are the same.',
      );
    for (const batch of other.batches) tally.add(batch);
  }
  return show(fuzzReport(plan, tally, suppressions), options);
}

function show(report: FuzzReport, { json }: FuzzArguments): number {
  writeAll(1, json ? `${JSON.stringify(report, null, 2)}\n` : fuzzText(report));
  return report.verdict === 'found' ? EXIT.diverged : EXIT.same;
}

function readText(path: string): string {
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`);
  return readFileSync(path, 'utf8');
}
