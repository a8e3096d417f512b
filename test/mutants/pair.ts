// One comparison of two translators on a program, as the command line makes it, and several of them at a time.

import { fileURLToPath } from 'node:url';
import { type Hunt, hunt, runSession, type SessionOptions } from '../../lockstep/index.ts';
import { RUNS_BUILD } from '../cli/cli.ts';
import { sessionOf } from '../support/session.ts';

/** Of the build, where there is one that is new: its processes start sooner. */
const BUILT = {
  instanceMain: fileURLToPath(new URL('../../dist/lockstep/instance-main.js', import.meta.url)),
  mutants: new URL('../../dist/scenarios/mutants/index.mjs', import.meta.url).href,
};

export interface Pair extends Partial<SessionOptions> {
  /** Relative to the package root. */
  readonly program: string;
  readonly args?: readonly string[];
  readonly a: string;
  readonly b: string;
}
export type Report = Awaited<ReturnType<typeof runSession>>;

/** The report, and how long it took to have it. */
export async function compare(pair: Pair): Promise<{ report: Report; seconds: number }> {
  const start = performance.now();
  const report = await runSession(session(pair));
  return { report, seconds: (performance.now() - start) / 1000 };
}

/** What a bisection of the pair finds. */
export function bisect(pair: Pair): Promise<Hunt> {
  return hunt(session(pair));
}

function session({ program, args = [], a, b, ...rest }: Pair): SessionOptions {
  return { ...sessionOf(program, { a, b }, [program, ...args]), ...(RUNS_BUILD && BUILT), ...rest };
}

/** Does `work` for each item, `width` at a time; results in the order of the items. */
export async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>, width = 2): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
