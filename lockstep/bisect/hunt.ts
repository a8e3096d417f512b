// A whole bisection: runs the two translators against each other, has the changes to blame named, leaves those out and
// runs again, until the two agree to the end or nothing more can be named. A rule that is to blame at a second place is
// left out altogether from then on.

import { changeIdText } from '../../emulator/index.ts';
import type { Side } from '../protocol.ts';
import type { Finished } from '../report/model.ts';
import { type SessionOptions, sessionOutcome } from '../session.ts';
import { wrongOf } from './blame.ts';
import type { Blame, Culprit } from './culprit.ts';
import { blameWholeRun } from './whole-run.ts';

export interface HuntOptions extends Omit<SessionOptions, 'wanted' | 'choices'> {
  /** Before each run and each trial that is a run of its own. */
  onStep?(what: string): void;
}

export interface Hunt {
  /** What the first run found. */
  readonly first: Finished;
  /** In the order they showed; one for each rule that is wrong. */
  readonly culprits: readonly Culprit[];
  readonly wrong: Blame['wrong'];
  /** Why no more changes could be named, when the sides still differ without those that are. */
  readonly rest: 'none' | 'elsewhere' | 'gone' | 'inconclusive';
  /** What makes the two agree to the end: edits for the spec of each side; empty when nothing does. */
  readonly cure: Readonly<Record<Side, readonly string[]>>;
  /** Trials of all searches, and runs to the end or to a divergence beside them. */
  readonly trials: number;
  readonly runs: number;
}

/** Wrong rules looked for before the hunt gives up. */
const MAX_ROUNDS = 16;

export async function hunt(options: HuntOptions): Promise<Hunt> {
  const without: Record<Side, string[]> = { A: [], B: [] };
  const culprits: Culprit[] = [];
  let first: Finished | undefined;
  let trials = 0;
  for (let round = 0; ; round++) {
    options.onStep?.(round === 0 ? 'comparing' : `comparing without ${[...without.A, ...without.B].join(', ')}`);
    const outcome = await sessionOutcome({
      ...options,
      a: [options.a, ...without.A].join(','),
      b: [options.b, ...without.B].join(','),
      wanted: 'search',
      ...(round > 0 && { onOutput: () => {} }),
    });
    first ??= outcome;
    const end = (rest: Hunt['rest'], cure = { A: [] as string[], B: [] as string[] }): Hunt => {
      const wrong = wrongOf(culprits);
      return { first: first!, culprits, wrong, rest, cure, trials, runs: round + 1 };
    };
    if (outcome.verdict === 'same') return end('none', culprits.length > 0 ? without : undefined);
    if (outcome.verdict === 'inconclusive' || round === MAX_ROUNDS) return end('inconclusive');
    const blame = await blameFor(options, outcome, without, (number) =>
      options.onStep?.(`whole run ${number} with some changes left out`),
    );
    trials += blame.trials;
    if (blame.kind !== 'culprits' || blame.culprits.length === 0)
      return end(blame.kind === 'culprits' ? 'gone' : blame.kind);
    for (const culprit of blame.culprits) leaveOut(culprit, culprits, without[culprit.side]);
  }
}

/** What the session has found itself, or, where its trials do not bring the difference back, whole runs. */
async function blameFor(
  options: HuntOptions,
  outcome: Extract<Finished, { verdict: 'diverged' }>,
  without: Readonly<Record<Side, readonly string[]>>,
  onTrial: (number: number) => void,
): Promise<Blame> {
  const { blame, divergence } = outcome;
  if (blame && blame.kind !== 'gone') return blame;
  let runs = 0;
  const whole = await blameWholeRun(
    { ...options, a: [options.a, ...without.A].join(','), b: [options.b, ...without.B].join(',') },
    Math.min(divergence.windowEnd, options.maxInsns ?? Number.POSITIVE_INFINITY),
    () => onTrial(++runs),
  );
  return { ...whole, trials: whole.trials + (blame?.trials ?? 0) };
}

function leaveOut(culprit: Culprit, known: Culprit[], without: string[]): void {
  const rule = `without=${culprit.pass}/${culprit.rule}`;
  const again = known.some(
    ({ side, pass, rule }) => side === culprit.side && pass === culprit.pass && rule === culprit.rule,
  );
  if (!again) known.push(culprit);
  without.push(again ? rule : `without=${changeIdText(culprit.id)}`);
}
