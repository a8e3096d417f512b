// A whole bisection: runs the two translators against each other, has the changes to blame named, leaves those out and
// runs again, until the two agree to the end or nothing more can be named. A rule that is to blame at a second place is
// left out altogether from then on.

import { changeIdText } from '../../emulator/index.ts';
import type { Side } from '../protocol.ts';
import { type Finished, type Report, reportOf } from '../report/model.ts';
import { type SessionOptions, sessionOutcome } from '../session.ts';
import { wrongOf } from './blame.ts';
import type { Blame, Culprit, RepeatedCulprit } from './culprit.ts';
import type { HuntJournal, Round, SearchKind, TrialLog } from './journal.ts';
import type { SearchNews } from './news.ts';
import { blameWholeRun } from './whole-run.ts';

export interface HuntOptions extends Omit<SessionOptions, 'wanted' | 'choices' | 'trials'> {
  /** What was found out before, and where more is kept. */
  readonly journal?: HuntJournal;
  /** Before each run and each trial that is a run of its own, and after each trial. */
  onNews?(news: SearchNews): void;
}

export interface Hunt {
  /** What the first run found. */
  readonly report: Report;
  /** In the order they showed; one for each rule that is wrong. */
  readonly culprits: readonly RepeatedCulprit[];
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
  let culprits: readonly RepeatedCulprit[] = [];
  let first: Report | undefined;
  let trials = 0;
  for (let round = 0; ; round++) {
    const known = options.journal?.round(round);
    const result = known ?? (await playRound(options, round, without));
    if (!known) options.journal?.finish(round, result);
    const { verdict, report, blame } = result;
    first ??= report;
    const end = (rest: Hunt['rest'], cure = { A: [] as string[], B: [] as string[] }): Hunt => {
      const wrong = wrongOf(culprits);
      return { report: first!, culprits, wrong, rest, cure, trials, runs: round + 1 };
    };
    if (verdict === 'same') return end('none', culprits.length > 0 ? without : undefined);
    if (!blame || round === MAX_ROUNDS) return end('inconclusive');
    trials += blame.trials;
    if (blame.kind !== 'culprits' || blame.culprits.length === 0)
      return end(blame.kind === 'culprits' ? 'gone' : blame.kind);
    for (const culprit of blame.culprits) {
      const known = culprits.find((other) => isOfRule(other, culprit));
      const { pass, rule, side } = culprit;
      without[side].push(`without=${known ? `${pass}/${rule}` : changeIdText(culprit.id)}`);
      culprits = known
        ? culprits.map((other) => (other === known ? { ...known, again: [...known.again, culprit] } : other))
        : [...culprits, { ...culprit, again: [] }];
    }
  }
}

/** One comparison, without what is left out by now, and the search for what makes it differ. */
async function playRound(
  options: HuntOptions,
  round: number,
  without: Readonly<Record<Side, readonly string[]>>,
): Promise<Round> {
  const { journal, onNews, ...plain } = options;
  const step = (what: string) => onNews?.({ t: 'step', what });
  step(round === 0 ? 'comparing' : `comparing without ${[...without.A, ...without.B].join(', ')}`);
  const log = (kind: SearchKind): TrialLog => ({
    known: () => undefined,
    made: () => {},
    ...journal?.log(round, kind),
    tell: (news) => onNews?.(news),
  });
  const sides = { a: [options.a, ...without.A].join(','), b: [options.b, ...without.B].join(',') };
  const outcome = await sessionOutcome({
    ...plain,
    ...sides,
    wanted: 'search',
    trials: log('window'),
    ...(round > 0 && { onOutput: () => {} }),
  });
  const searches = outcome.verdict === 'diverged' && round < MAX_ROUNDS;
  const blame = searches
    ? await blameFor({ ...plain, ...sides }, outcome, log('run'), (number) =>
        step(`whole run ${number} with some changes left out`),
      )
    : null;
  return { verdict: outcome.verdict, report: reportOf(outcome), blame };
}

/** What the session has found itself, or, where its trials do not bring the difference back, whole runs. */
async function blameFor(
  options: SessionOptions,
  { blame, divergence }: Extract<Finished, { verdict: 'diverged' }>,
  log: TrialLog,
  onTrial: (number: number) => void,
): Promise<Blame> {
  if (blame && blame.kind !== 'gone') return blame;
  let runs = 0;
  // What is wrong for a while is seen by a run that ends in that while.
  const end = divergence.class === 'transient' ? divergence.after : divergence.windowEnd;
  const limit = Math.min(end, options.maxInsns ?? Number.POSITIVE_INFINITY);
  const whole = await blameWholeRun(options, limit, () => onTrial(++runs), log);
  return { ...whole, trials: whole.trials + (blame?.trials ?? 0) };
}

function isOfRule(one: Culprit, other: Culprit): boolean {
  return one.side === other.side && one.pass === other.pass && one.rule === other.rule;
}
