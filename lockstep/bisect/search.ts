// The search for the changes without which two translators agree: halves the suspects until one is left. A half is named by
// ends of ids that hold half of the changes seen so far; together the two cover all others too. A generator: yields a choice
// of changes to try and what for, is given what the trial showed. Pure.
//
// Mostly one change is to blame, so that of two halves only one is tried, and the other is taken to hold the culprit when
// the first does not. A confirming trial with the culprits alone settles that; where it fails, the search is done again, this
// time trying both halves, and where neither shows the difference by itself, for the changes of both that do it together.

import type { ChangeRecord } from '../../emulator/index.ts';
import { type Choice, endsIn, ID_BITS, type Suffix, suffixOf } from './choice.ts';

export interface Trial {
  /** The sides still differ with this choice. */
  readonly differs: boolean;
  /** Those of the changes in question that were made, each once. */
  readonly changes: readonly ChangeRecord[];
  /** False when there were more than are listed. */
  readonly complete: boolean;
}

/** What a trial is for. */
export interface Aim {
  /**
   * 'preflight': with every change, and with none, before anything is looked for. 'halving': with some of the suspects.
   * 'confirming': with the culprits alone, and with all but them.
   */
  readonly phase: 'preflight' | 'halving' | 'confirming';
  /** Changes among which the culprits are, as far as that is known; null: nothing is. */
  readonly suspects: number | null;
}

/** A trial that is asked for. */
export interface Asked extends Aim {
  readonly choice: Choice;
}

export type Searching<T> = Generator<Asked, T, Trial>;

export type Found =
  /** These changes, together, are to blame; the list is minimal. `agrees`: all changes but them do no harm. */
  | { readonly kind: 'culprits'; readonly culprits: readonly ChangeRecord[]; readonly agrees: boolean }
  /** The culprits do not show the difference again when they are made alone. */
  | { readonly kind: 'gone' };

/** Looks among the changes in `scope` (null: all): `all` of them make the sides differ, without them they agree. */
export function* search(scope: Choice['scope'], all: Pick<Trial, 'changes' | 'complete'>): Searching<Found> {
  const start = { scope, ...all, fixed: [] };
  let culprits = yield* narrow({ ...start, trusting: true }, ['']);
  let alone = yield only(scope, culprits);
  if (!alone.differs) {
    culprits = yield* narrow({ ...start, trusting: false }, ['']);
    alone = yield only(scope, culprits);
    if (!alone.differs) return { kind: 'gone' };
  }
  const unmade = culprits.map(({ id }) => suffixOf(id));
  const others = yield { phase: 'confirming', suspects: culprits.length, choice: { scope, made: [''], unmade } };
  return { kind: 'culprits', culprits, agrees: !others.differs };
}

function only(scope: Choice['scope'], culprits: readonly ChangeRecord[]): Asked {
  const made = culprits.map(({ id }) => suffixOf(id));
  return { phase: 'confirming', suspects: culprits.length, choice: { scope, made, unmade: [] } };
}

interface Narrowing extends Pick<Trial, 'changes' | 'complete'> {
  readonly scope: Choice['scope'];
  /** Made in every trial: the culprits need them. */
  readonly fixed: readonly Suffix[];
  /** Take an untried half to be guilty when the other is not. */
  readonly trusting: boolean;
}

/**
 * The sides differ when the changes that have one of the `ends` are made, beside the fixed ones: which of them it takes. `at`
 * has the changes made in the last trial that differed; the culprits are among them.
 */
function* narrow(at: Narrowing, ends: readonly Suffix[]): Searching<readonly ChangeRecord[]> {
  const changes = at.changes.filter(({ id }) => ends.some((end) => endsIn(end)(id)));
  if ((changes.length <= 1 && at.complete) || (ends.length === 1 && ends[0]!.length === ID_BITS)) return changes;
  if (changes.length <= 1) {
    // More were made than are listed; of these alone the list may be whole.
    const listed = yield* tryEnds(at, ends);
    if (listed?.complete) return yield* narrow(listed, ends);
  }
  const here = { ...at, changes };
  const [left, right] = changes.length > 1 ? halves(ends, changes) : halvesUnseen(ends);

  const first = yield* tryEnds(here, left);
  if (first) return yield* narrow(first, left);
  if (at.trusting) return yield* narrow(here, right);
  const second = yield* tryEnds(here, right);
  if (second) return yield* narrow(second, right);
  const some = yield* narrow({ ...here, fixed: [...at.fixed, ...right] }, left);
  const needed = some.map(({ id }) => suffixOf(id));
  const rest = yield* narrow({ ...here, fixed: [...at.fixed, ...needed] }, right);
  return [...some, ...rest];
}

/** What is known when the sides still differ with these alone; undefined when they do not. */
function* tryEnds(at: Narrowing, ends: readonly Suffix[]): Searching<Narrowing | undefined> {
  const choice = { scope: at.scope, made: [...ends, ...at.fixed], unmade: [] };
  const trial = yield { phase: 'halving', suspects: at.changes.length, choice };
  return trial.differs ? { ...at, changes: trial.changes, complete: trial.complete } : undefined;
}

/** Two sets of ends that cover what `ends` do, each with half of the changes. */
function halves(
  ends: readonly Suffix[],
  changes: readonly ChangeRecord[],
): readonly [left: readonly Suffix[], right: readonly Suffix[]] {
  const left: Suffix[] = [];
  const right: Suffix[] = [];
  let room = changes.length >> 1;
  const share = (end: Suffix, among: readonly ChangeRecord[]): void => {
    const inEnd = endsIn(end);
    const mine = among.filter(({ id }) => inEnd(id));
    if (mine.length <= room || end.length === ID_BITS) {
      left.push(end);
      room -= mine.length;
    } else if (room === 0) right.push(end);
    else for (const bit of ['0', '1']) share(`${bit}${end}`, mine);
  };
  for (const end of ends) share(end, changes);
  return [left, right];
}

/** The same where too few of the changes are known to go by. */
function halvesUnseen(ends: readonly Suffix[]): readonly [left: readonly Suffix[], right: readonly Suffix[]] {
  const [only] = ends;
  if (ends.length === 1) return [[`0${only}`], [`1${only}`]];
  const middle = ends.length >> 1;
  return [ends.slice(0, middle), ends.slice(middle)];
}
