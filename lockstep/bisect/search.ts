// The search for the changes without which two translators agree: halves the set of suspects by the next bit of their
// ids until one is left. A generator: yields a choice of changes to try and what for, is given what the trial showed. Pure.
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
  /** The sides differ without any of the changes in question. */
  | { readonly kind: 'elsewhere' }
  /** The sides agree with all of them: the difference does not come back in a trial. */
  | { readonly kind: 'gone' };

/** Looks among the changes in `scope` (null: all). */
export function* search(scope: Choice['scope']): Searching<Found> {
  const first = { phase: 'preflight', suspects: null } as const;
  const all = yield { ...first, choice: { scope, made: [''], unmade: [] } };
  if (!all.differs) return { kind: 'gone' };
  const none = yield { ...first, suspects: all.changes.length, choice: { scope, made: [], unmade: [] } };
  if (none.differs) return { kind: 'elsewhere' };
  const start = { scope, ...all, fixed: [] };
  let culprits = yield* narrow({ ...start, trusting: true }, '');
  let alone = yield only(scope, culprits);
  if (!alone.differs) {
    culprits = yield* narrow({ ...start, trusting: false }, '');
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
 * The sides differ when the changes that end in `suffix` are made, beside the fixed ones: which of them it takes. `at` has
 * the changes made in the last trial that differed; the culprits are among them.
 */
function* narrow(at: Narrowing, suffix: Suffix): Searching<readonly ChangeRecord[]> {
  const ends = endsIn(suffix);
  const changes = at.changes.filter(({ id }) => ends(id));
  if ((changes.length <= 1 && at.complete) || suffix.length >= ID_BITS) return changes;
  const here = { ...at, changes };
  const [zeros, ones] = [`0${suffix}`, `1${suffix}`];
  const inZeros = endsIn(zeros);
  if (at.complete && changes.every(({ id }) => inZeros(id))) return yield* narrow(here, zeros);
  if (at.complete && !changes.some(({ id }) => inZeros(id))) return yield* narrow(here, ones);

  const first = yield* tryHalf(here, zeros);
  if (first) return yield* narrow(first, zeros);
  if (at.trusting) return yield* narrow(here, ones);
  const second = yield* tryHalf(here, ones);
  if (second) return yield* narrow(second, ones);
  const some = yield* narrow({ ...here, fixed: [...at.fixed, ones] }, zeros);
  const needed = some.map(({ id }) => suffixOf(id));
  const rest = yield* narrow({ ...here, fixed: [...at.fixed, ...needed] }, ones);
  return [...some, ...rest];
}

/** What is known when the sides still differ with this half alone; undefined when they do not. */
function* tryHalf(at: Narrowing, half: Suffix): Searching<Narrowing | undefined> {
  const choice = { scope: at.scope, made: [half, ...at.fixed], unmade: [] };
  const trial = yield { phase: 'halving', suspects: at.changes.length, choice };
  return trial.differs ? { ...at, ...trial } : undefined;
}
