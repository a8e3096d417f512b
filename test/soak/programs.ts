// Random small programs with several vCPUs, waits, faults and stores into their own code: every translator with random
// settings, stopped anywhere, ends as the plainest machine does.

import type { Translator } from '../../emulator/translators/translator.ts';
import { BASELINE, snapshot } from '../exec/configs.ts';
import { type GuestProgram, load } from '../exec/programs.ts';
import { randomProgram } from '../exec/random-program.ts';
import { Random } from '../guest/random.ts';
import { randomKnobs } from '../support/knobs.ts';
import { createMini, type Mini, translatorOf } from '../support/mini-machine.ts';
import type { Job } from './job.ts';

/** Programs that have not ended by then are compared as they are. */
const LONGEST = 60_000;
const MACHINES = 6;

function begin(translator: Translator, program: GuestProgram): Mini {
  const mini = createMini({ translator });
  load(mini, program);
  return mini;
}

interface Run {
  readonly translator: Translator;
  readonly program: GuestProgram;
  readonly stops: readonly number[];
}

/** What is seen at each stop and at the end. */
function observe({ translator, program, stops }: Run): string[] {
  const mini = begin(translator, program);
  try {
    const seen: string[] = [];
    for (const stop of [...stops, LONGEST]) {
      mini.machine.run(stop);
      seen.push(snapshot(mini));
    }
    return seen;
  } finally {
    mini.close();
  }
}

const plain = translatorOf(BASELINE.translator, BASELINE.tuning);

const differs = (run: Run): boolean =>
  observe(run).some((seen, n) => seen !== observe({ ...run, translator: plain })[n]);

/** The first instruction count at which the states differ, found by stopping both machines there. */
function firstDifference(run: Run): number {
  let [low, high] = [0, LONGEST];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const at = { ...run, stops: [middle] };
    if (observe(at)[0] === observe({ ...at, translator: plain })[0]) low = middle;
    else high = middle;
  }
  return high;
}

function describe(run: Run): string {
  // Fewer stops, as long as it shows.
  let small = run;
  for (let n = small.stops.length - 1; n >= 0; n--) {
    const fewer = { ...small, stops: small.stops.toSpliced(n, 1) };
    if (differs(fewer)) small = fewer;
  }
  const want = observe({ ...small, translator: plain });
  const got = observe(small);
  const n = got.findIndex((seen, k) => seen !== want[k]);
  const stops = small.stops.length > 0 ? `stopped at ${small.stops.join(', ')}` : 'run through';
  return [
    `${small.program.name} on ${small.translator.name}, ${stops}: first differs after ${firstDifference(small)} instructions`,
    'the plainest machine:',
    want[n]!,
    `${small.translator.name}:`,
    got[n]!,
  ].join('\n');
}

export function programJob(share: number, pool: readonly Translator[]): Job {
  let [programs, runs, instructions] = [0, 0, 0];
  return {
    name: 'programs',
    summary: 'random programs with several vCPUs, waits, faults and self-modification under random settings',
    share,
    run(seed) {
      const random = new Random(seed);
      const options = { crowd: random.below(4), onFault: random.pick(['skip', 'handler'] as const) };
      const program = { ...randomProgram(random, 8 + random.below(60), options), name: `random program ${seed}` };
      const baseline = begin(plain, program);
      baseline.machine.run(LONGEST);
      const length = baseline.machine.icount;
      baseline.close();
      programs++;
      const wanted = new Map<string, string[]>();
      for (let n = 0; n < MACHINES; n++) {
        const translator = randomKnobs((items) => random.pick(items), pool);
        const count = n % 2 === 0 ? 0 : 1 + random.below(12);
        const stops = Array.from({ length: count }, () => random.below(length)).sort((x, y) => x - y);
        const run = { translator, program, stops };
        const key = stops.join();
        const want = wanted.get(key) ?? observe({ ...run, translator: plain });
        wanted.set(key, want);
        runs++;
        instructions += length;
        if (observe(run).some((seen, k) => seen !== want[k])) return Promise.resolve(describe(run));
      }
      return Promise.resolve(undefined);
    },
    tally: () => `${programs} programs, ${runs} runs, ${instructions} instructions`,
  };
}
