// Whole lockstep sessions, A against itself and against another, each side with random settings and the comparison with a
// random window: none may report anything.

import { SETTINGS } from '../../emulator/translators/tuning.ts';
import { MAX_RECORDED, MIN_WINDOW, runSession, type SessionOptions } from '../../lockstep/index.ts';
import { Random } from '../guest/random.ts';
import { valuesOf } from '../support/knobs.ts';
import { randomGuest } from './guests.ts';
import type { Job } from './job.ts';

const MUTANTS = new URL('../../scenarios/mutants/index.ts', import.meta.url).href;
const TRANSLATORS = ['tci', 'old-tcg', 'new-tcg'];
const TIMEOUT_MS = 240_000;

interface Sides {
  readonly a: readonly string[];
  readonly b: readonly string[];
}

function randomSpec(random: Random, pool: readonly string[]): string[] {
  const edits = SETTINGS.filter(() => random.below(2) === 0).map((key) => `${key}=${random.pick(valuesOf(key))}`);
  return [random.pick(pool), ...edits];
}

/** Undefined when the sides agree; the report's words otherwise. */
async function disagreement(common: Omit<SessionOptions, 'a' | 'b'>, { a, b }: Sides): Promise<string | undefined> {
  const report = await runSession({ ...common, a: a.join(), b: b.join() });
  return report.verdict === 'same' ? undefined : JSON.stringify(report, undefined, 1);
}

export function sessionJob(share: number, pool: readonly string[]): Job {
  let [sessions, against] = [0, 0];
  return {
    name: 'sessions',
    summary: 'lockstep sessions, A against A and across, with random settings and windows',
    share,
    async run(seed) {
      const random = new Random(seed);
      const guest = randomGuest(random, 60);
      const a = randomSpec(random, TRANSLATORS);
      const itself = random.below(3) === 0;
      const b = itself ? a : randomSpec(random, pool);
      const window = random.pick([100, 1000, 4097, 50_000, 1_000_000, MIN_WINDOW + random.below(200_000)]);
      const stream = random.below(4) === 0 ? ('blocks' as const) : ('windows' as const);
      const common = {
        program: guest.path,
        argv: [guest.path, ...guest.args],
        env: [],
        machine: 'auto' as const,
        memoryBytes: null,
        seed: null,
        maxInsns: null,
        mutants: MUTANTS,
        stdin: new Uint8Array(0),
        window: stream === 'blocks' ? Math.min(window, MAX_RECORDED) : window,
        stream,
        timeoutMs: TIMEOUT_MS,
      };
      sessions++;
      if (itself) against++;
      let found = await disagreement(common, { a, b });
      if (found === undefined) return undefined;
      // Settings that it does without are left out.
      let sides: Sides = { a, b };
      for (const side of ['a', 'b'] as const) {
        for (let n = sides[side].length - 1; n > 0; n--) {
          const fewer = { ...sides, [side]: sides[side].toSpliced(n, 1) };
          const still = await disagreement(common, fewer);
          if (still === undefined) continue;
          sides = fewer;
          found = still;
        }
      }
      const command = `lockstep run --a ${sides.a.join()} --b ${sides.b.join()} --window ${common.window} --stream ${common.stream}`;
      return `${command} ${guest.path} ${guest.args.join(' ')}\n${found}`;
    },
    tally: () => `${sessions} sessions, ${against} of them A against A`,
  };
}
