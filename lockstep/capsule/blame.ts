// The changes to blame for what a capsule shows: the search of `lockstep bisect`, each trial of which runs the block on both
// sides, in this process, from the entry state.

import type { Translator } from '../../emulator/index.ts';
import { disassembled, runBlock } from '../../emulator/sequence/index.ts';
import { wrongOf } from '../bisect/blame.ts';
import type { Blame, Culprit } from '../bisect/culprit.ts';
import { type TrialNews, trialNews } from '../bisect/news.ts';
import { ChangeRecorder } from '../bisect/recorder.ts';
import { type Choices, searchSides } from '../bisect/sides.ts';
import { SIDES, type Side } from '../protocol.ts';
import type { Capsule } from './format.ts';
import { differences, variants } from './verdict.ts';

export interface CapsuleBlame extends Omit<Blame, 'scope'> {
  /** What differs between the two, by name. */
  readonly differs: readonly string[];
}

/** `kind` is 'gone' where the two agree on the block, interpreted and compiled. */
export function blameCapsule(
  { state, insns }: Capsule,
  a: Translator,
  b: Translator,
  tell: (news: TrialNews) => void = () => {},
): CapsuleBlame {
  const nobody = { wrong: 'unknown', culprits: [], agrees: false, trials: 0, differs: [] } as const;
  for (const [, ofB] of variants(b)) {
    const differs = differences(runBlock(state, insns, ofB), runBlock(state, insns, a)).map(({ what }) => what);
    if (differs.length === 0) continue;
    const searching = searchSides([null]);
    let step = searching.next();
    let trials = 0;
    while (!step.done) {
      const asked = step.value;
      const { choices } = asked;
      trials++;
      const recorders = { A: recorderOf(choices, 'A'), B: recorderOf(choices, 'B') };
      const left = runBlock(state, insns, a, recorders.A?.options);
      const right = runBlock(state, insns, ofB, recorders.B?.options);
      const made = (side: Side) => {
        const { changes = [], complete = true } = recorders[side] ?? {};
        return { changes, complete };
      };
      const isDifferent = differences(right, left).length > 0;
      tell(trialNews(trials, asked, 'block', isDifferent));
      step = searching.next({ differs: isDifferent, A: made('A'), B: made('B') });
    }
    const found = step.value;
    if (found.kind !== 'culprits') return { ...nobody, kind: found.kind, trials, differs };
    const texts = new Map(disassembled(state, insns).map(({ address, text }) => [address, text]));
    const culprits = SIDES.flatMap((side) =>
      found.culprits[side].map(
        ({ id, pass, rule, pc }): Culprit => ({ side, id, pass, rule, pc, text: texts.get(pc) ?? '', symbol: null }),
      ),
    );
    return { kind: 'culprits', wrong: wrongOf(culprits), culprits, agrees: found.agrees, trials, differs };
  }
  return { ...nobody, kind: 'gone' };
}

function recorderOf(choices: Choices, side: Side): ChangeRecorder | undefined {
  const choice = choices[side];
  return choice ? new ChangeRecorder(choice) : undefined;
}
