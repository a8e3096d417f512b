// Blame: which changes of which side make the bad block wrong. A conversation with both sides that goes on where pin.ts
// ends: each trial goes back to the last agreed checkpoint, translates anew with some changes left out, and compares the
// state after the bad block. First the changes of that block are suspects, then all since the checkpoint. Pure.

import type { ChangeRecord } from '../../emulator/index.ts';
import type { Divergence } from '../evidence.ts';
import { unpackProbes } from '../observation-rows.ts';
import type { Side } from '../protocol.ts';
import { type AnswersOf, type Asking, ask } from '../question.ts';
import type { Choice } from './choice.ts';
import type { Blame, Culprit } from './culprit.ts';
import type { TrialLog } from './journal.ts';
import { trialNews } from './news.ts';
import { type FoundOnSides, type PairTrial, searchSides } from './sides.ts';

/** Changes described at once. */
const FEW = 64;

/** Names the changes to blame for `divergence`; `kind` of the answer says why there are none. What `log` knows is not tried again. */
export function* blame(divergence: Divergence, log?: TrialLog): Asking<Blame> {
  let trials = 0;
  let kind: Blame['kind'] = 'gone';
  for (const how of divergence.hidden ? (['bare'] as const) : (['visit', 'stop'] as const)) {
    const block = blockOf(divergence);
    const tried = yield* trySides(block ? [block, null] : [null], divergence.after, how, trials, log);
    const { found } = tried;
    trials = tried.trials;
    if (found.kind === 'gone') continue;
    kind = found.kind;
    if (found.kind === 'culprits') {
      const { A, B } = found.culprits;
      const culprits = [...(yield* describe('A', A, divergence)), ...(yield* describe('B', B, divergence))];
      const { agrees, scope } = found;
      return { kind, wrong: wrongOf(culprits), culprits, agrees, scope: scope ? 'block' : 'window', trials };
    }
    break;
  }
  return { kind, wrong: 'unknown', culprits: [], agrees: false, scope: null, trials };
}

/** Whose changes these are. */
export function wrongOf(culprits: readonly Culprit[]): Blame['wrong'] {
  const has = (side: Side) => culprits.some((culprit) => culprit.side === side);
  if (has('A')) return has('B') ? 'both' : 'a';
  return has('B') ? 'b' : 'unknown';
}

/** The guest addresses of the bad block. */
function blockOf({ details: { A, B } }: Divergence): Choice['scope'] {
  const last = (A.block ?? B.block)?.insns.at(-1);
  return last ? { start: A.entryPc, end: last.pc + last.bytes.replaceAll(' ', '').length / 2 } : null;
}

function* trySides(
  scopes: readonly Choice['scope'][],
  after: number,
  how: 'visit' | 'stop' | 'bare',
  before: number,
  log: TrialLog | undefined,
): Asking<{ found: FoundOnSides; trials: number }> {
  const searching = searchSides(scopes);
  let trials = before;
  let step = searching.next();
  while (!step.done) {
    const asked = step.value;
    const number = trials++;
    const tell = (differs: boolean) =>
      log?.tell(trialNews(trials, asked, asked.choices[asked.side]?.scope ? 'block' : 'window', differs));
    const known = log?.known(number);
    if (known) {
      tell(known.differs);
      step = searching.next(known);
      continue;
    }
    const { choices } = asked;
    const { A, B } = yield* ask({ t: 'trial', ...choices, after, how }, 'tried');
    const [a] = unpackProbes(A.rows);
    const [b] = unpackProbes(B.rows);
    // Digests alone: they cover the pc, which is told apart only for places seen from inside a run.
    const made = ({ changes, complete }: Pick<PairTrial['A'], 'changes' | 'complete'>) => ({ changes, complete });
    const trial = { differs: a?.state !== b?.state || a?.memory !== b?.memory, A: made(A), B: made(B) };
    log?.made(number, trial);
    tell(trial.differs);
    step = searching.next(trial);
  }
  return { found: step.value, trials };
}

export type ListedChanges = Readonly<Record<Side, Pick<AnswersOf<'changes'>[Side], 'changes' | 'complete'>>> & {
  /** The changes of both sides for people, when they are few. */
  readonly culprits: readonly Culprit[];
};

/** What each side, started with a choice, has made of it in the whole run. */
export function* listChanges(divergence: Divergence): Asking<ListedChanges> {
  const { A, B } = yield* ask({ t: 'list-changes' }, 'changes');
  const few = A.changes.length + B.changes.length <= FEW;
  if (!few) return { A, B, culprits: [] };
  const ofA = yield* describe('A', A.changes, divergence);
  const ofB = yield* describe('B', B.changes, divergence);
  return { A, B, culprits: [...ofA, ...ofB] };
}

function* describe(side: Side, changes: readonly ChangeRecord[], { details, after }: Divergence): Asking<Culprit[]> {
  if (changes.length === 0) return [];
  const addresses = changes.map(({ pc }) => pc).slice(0, FEW);
  const names = yield* ask({ t: 'read-names', addresses }, 'names');
  const texts = new Map(details[side].block?.insns.map((insn) => [insn.pc, insn.text]));
  const others = addresses.filter((pc) => !texts.has(pc));
  if (others.length > 0) {
    // Outside the bad block code may have been written since the checkpoint.
    const insns = yield* ask({ t: 'read-insns', icount: after, addresses: others }, 'insns');
    for (const [i, pc] of others.entries()) texts.set(pc, insns[side].texts[i] ?? '');
  }
  return changes.map(({ id, pass, rule, pc }, i) => ({
    side,
    id,
    pass,
    rule,
    pc,
    text: texts.get(pc) ?? '',
    symbol: names[side].names[i] ?? null,
  }));
}
