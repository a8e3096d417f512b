// The soak: random work of every kind, in turns, until the time is up or something disagrees.
//
//   npm run soak -- --minutes 10 [--seed S]      prints the seed and a report; exit code 1 at the first disagreement
//   npm run soak -- --only KIND --at=SEED        does one piece of work again
//   npm run soak -- --mutant NAME                a translator with a bug takes part: something must be found
//   npm run soak -- --list                       the kinds of work

import { parseArgs } from 'node:util';
import { translators } from '../../emulator/translators/index.ts';
import { mutants } from '../../scenarios/mutants/index.ts';
import { seeds } from '../agreement/campaign.ts';
import { floatJob } from './floats.ts';
import { guestJob } from './guests.ts';
import type { Job } from './job.ts';
import { programJob } from './programs.ts';
import { coverage, sequenceJob } from './sequences.ts';
import { sessionJob } from './sessions.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    only: { type: 'string' },
    at: { type: 'string' },
    mutant: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

function usage(message: string): never {
  console.error(`soak: ${message}`);
  process.exit(2);
}

const mutant = mutants.find(({ name }) => name === options.mutant);
if (options.mutant !== undefined && mutant === undefined) usage(`no mutant is called "${options.mutant}"`);
const also = mutant === undefined ? [] : [mutant.translator];
const pool = also.length > 0 ? also : translators;
const specs = mutant === undefined ? translators.map(({ name }) => name) : [`mutant:${mutant.name}`];

const jobs: readonly Job[] = [
  sequenceJob('sequences', 'any', 45, also),
  sequenceJob('float', 'float', 10, also),
  floatJob(5),
  programJob(12, pool),
  guestJob(14, pool),
  sessionJob(14, specs),
];

function numberOf(text: string, name: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) usage(`--${name} is a number, not "${text}"`);
  return value;
}

/** Runs one piece of work; does not return when it finds a disagreement. */
async function perform(job: Job, seed: number): Promise<void> {
  let failure: string | undefined;
  try {
    failure = await job.run(seed);
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  if (failure === undefined) return;
  console.log(`\nDISAGREEMENT in ${job.name}, seed ${seed}\n${failure}`);
  const and = mutant === undefined ? '' : ` --mutant ${mutant.name}`;
  console.log(`\nto do it again: npm run soak -- --only ${job.name} --at=${seed}${and}`);
  process.exit(1);
}

/** Each kind's turn comes when it has had the least of its share; seeds follow from the soak's seed alone. */
async function soak(minutes: number, seed: number): Promise<void> {
  const started = performance.now();
  const end = started + minutes * 60_000;
  const open = jobs.filter(({ missing }) => missing === undefined);
  for (const { name, missing } of jobs) if (missing !== undefined) console.log(`SKIP ${name}: ${missing}`);
  const turns = open.map((job, n) => ({ job, spent: 0, next: seeds(seed + n) }));
  console.log(`soak: seed ${seed}, ${minutes} minutes`);
  // Everything once, however short the time is.
  let least = turns.length;
  while (least-- > 0 || performance.now() < end) {
    const turn = turns.reduce((best, one) => (one.spent / one.job.share < best.spent / best.job.share ? one : best));
    const before = performance.now();
    await perform(turn.job, turn.next.next().value as number);
    turn.spent += performance.now() - before;
  }
  for (const { job, spent } of turns)
    console.log(`${job.name.padEnd(10)} ${(spent / 1000).toFixed(0)} s: ${job.tally()}`);
  console.log(coverage.report());
  const missed = coverage.missed();
  if (missed.length > 0) console.log(`never met: ${missed.join(', ')}`);
  console.log(`soak: no disagreement in ${((performance.now() - started) / 60_000).toFixed(1)} minutes, seed ${seed}`);
}

if (options.list) for (const { name, summary } of jobs) console.log(`${name.padEnd(10)} ${summary}`);
else if (options.only !== undefined) {
  const job = jobs.find(({ name }) => name === options.only);
  if (job === undefined) usage(`no kind of work is called "${options.only}"; --list shows them`);
  if (options.at === undefined) usage('--only wants --at SEED');
  await perform(job, numberOf(options.at, 'at'));
  console.log(`${job.name} ${options.at}: no disagreement; ${job.tally()}`);
} else {
  const seed = options.seed === undefined ? Date.now() % 1_000_000_007 : numberOf(options.seed, 'seed');
  await soak(numberOf(options.minutes, 'minutes'), seed);
}
process.exit(0);
