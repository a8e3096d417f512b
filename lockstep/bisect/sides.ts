// The search over both sides: B first, it is the one under test; then A; and when each differs from the other's plain
// code, both have culprits. A generator like search.ts: yields a choice for each side, is given what the trial showed. Pure.

import type { ChangeRecord } from '../../emulator/index.ts';
import type { Side } from '../protocol.ts';
import { type Choice, inScope } from './choice.ts';
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
      /** That of those looked in which holds them. */
      readonly scope: Choice['scope'];
    };

/** A trial that is asked for, and the side whose changes are in question. */
export interface PairAsked extends Aim {
  readonly choices: Choices;
  readonly side: Side;
}

type SearchingSides<T> = Generator<PairAsked, T, PairTrial>;

/** Looks among the changes in each scope (null: all) in turn, narrow ones first; the last one holds all that are in question. */
export function* searchSides(scopes: readonly Choice['scope'][]): SearchingSides<FoundOnSides> {
  const first = { phase: 'preflight', suspects: null } as const;
  const every: Choice = { scope: scopes.at(-1) ?? null, made: [''], unmade: [] };
  const all = yield { ...first, side: 'B', choices: { A: every, B: every } };
  if (!all.differs) return { kind: 'gone' };
  for (const side of ['B', 'A'] as const)
    for (const scope of scopes) {
      const suspects = within(scope, all[side]);
      const none = noneOf(scope);
      const choices = side === 'A' ? { A: none, B: null } : { A: null, B: none };
      const plain = yield { ...first, suspects: suspects.changes.length, side, choices };
      if (plain.differs) continue;
      const found = yield* searchSide(side, scope, null, suspects);
      if (found.kind === 'gone') return side === 'B' ? found : { kind: 'elsewhere' };
      return { ...found, scope, culprits: { A: [], B: [], [side]: found.culprits } };
    }
  for (const scope of scopes) {
    const none = noneOf(scope);
    const plain = yield { ...first, side: 'A', choices: { A: none, B: none } };
    if (plain.differs) continue;
    const b = yield* searchSide('B', scope, none, within(scope, all.B));
    const a = yield* searchSide('A', scope, none, within(scope, all.A));
    if (a.kind !== 'culprits' || b.kind !== 'culprits') break;
    const culprits = { A: a.culprits, B: b.culprits };
    return { kind: 'culprits', culprits, scope, agrees: a.agrees && b.agrees };
  }
  return { kind: 'elsewhere' };
}

const noneOf = (scope: Choice['scope']): Choice => ({ scope, made: [], unmade: [] });

function within(scope: Choice['scope'], { changes, complete }: PairTrial[Side]): PairTrial[Side] {
  return { changes: changes.filter((change) => inScope({ scope }, change)), complete };
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
