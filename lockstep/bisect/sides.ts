// The search over both sides: B first, it is the one under test; then A; and when each differs from the other's plain
// code, both have culprits. A generator like search.ts: yields a choice for each side, is given what the trial showed. Pure.

import type { ChangeRecord } from '../../emulator/index.ts';
import type { Side } from '../protocol.ts';
import type { Choice } from './choice.ts';
import { type Aim, type Found, search, type Trial } from './search.ts';

/** Null: the side is not in question, it makes every change. */
export type Choices = Readonly<Record<Side, Choice | null>>;

export interface PairTrial extends Readonly<Record<Side, Pick<Trial, 'changes' | 'complete'>>> {
  readonly differs: boolean;
}

export type FoundOnSides =
  | { readonly kind: 'gone' | 'elsewhere' }
  | {
      readonly kind: 'culprits';
      readonly culprits: Readonly<Record<Side, readonly ChangeRecord[]>>;
      readonly agrees: boolean;
    };

/** A trial that is asked for, and the side whose changes are in question. */
export interface PairAsked extends Aim {
  readonly choices: Choices;
  readonly side: Side;
}

type SearchingSides<T> = Generator<PairAsked, T, PairTrial>;

/** Looks among the changes in `scope` (null: all). */
export function* searchSides(scope: Choice['scope']): SearchingSides<FoundOnSides> {
  const every: Choice = { scope, made: [''], unmade: [] };
  const none: Choice = { scope, made: [], unmade: [] };
  const first = { phase: 'preflight', suspects: null } as const;
  const all = yield { ...first, side: 'B', choices: { A: every, B: every } };
  if (!all.differs) return { kind: 'gone' };
  const plainB = yield { ...first, suspects: all.B.changes.length, side: 'B', choices: { A: every, B: none } };
  if (!plainB.differs) {
    const b = yield* searchSide('B', scope, null, all.B);
    return b.kind === 'gone' ? b : { ...b, culprits: { A: [], B: b.culprits } };
  }
  const plainA = yield { ...first, suspects: all.A.changes.length, side: 'A', choices: { A: none, B: every } };
  if (!plainA.differs) {
    const a = yield* searchSide('A', scope, null, all.A);
    return a.kind === 'gone' ? { kind: 'elsewhere' } : { ...a, culprits: { A: a.culprits, B: [] } };
  }
  const plain = yield { ...first, side: 'A', choices: { A: none, B: none } };
  if (plain.differs) return { kind: 'elsewhere' };
  const b = yield* searchSide('B', scope, none, plainA.B);
  const a = yield* searchSide('A', scope, none, plainB.A);
  if (a.kind !== 'culprits' || b.kind !== 'culprits') return { kind: 'elsewhere' };
  return { kind: 'culprits', culprits: { A: a.culprits, B: b.culprits }, agrees: a.agrees && b.agrees };
}

/** Searches the changes `all` of one side while the other makes `other`. */
function* searchSide(
  side: Side,
  scope: Choice['scope'],
  other: Choice | null,
  all: PairTrial[Side],
): SearchingSides<Found> {
  const searching = search(scope, all);
  let step = searching.next();
  while (!step.done) {
    const { choice, ...aim } = step.value;
    const trial = yield { ...aim, side, choices: side === 'A' ? { A: choice, B: other } : { A: other, B: choice } };
    step = searching.next({ ...trial[side], differs: trial.differs });
  }
  return step.value;
}
