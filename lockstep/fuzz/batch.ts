// One batch: its programs on both sides, every difference examined. What has the same cause as one found before in the
// batch (it goes away without the rules that are to blame for that) is counted with it.

import type { Translator } from '../../emulator/index.ts';
import { Coverage, runOnReference, type Sequence } from '../../emulator/sequence/index.ts';
import { Duel } from './duel.ts';
import { examine, type Finding, without } from './finding.ts';
import { batchOf, type FuzzPlan } from './plan.ts';

export interface BatchResult {
  readonly batch: number;
  readonly programs: number;
  /** Executed on each side. */
  readonly instructions: number;
  /** One for each signature, in order. */
  readonly findings: readonly Finding[];
  /** How many programs had each signature. */
  readonly counts: Readonly<Record<string, number>>;
  /** Decode rows, IR ops and rewrite rules met (coverage.ts); undefined in batches that do not count them. */
  readonly met?: readonly string[];
}

/** Findings examined in one batch. */
const MAX_EXAMINED = 20;

/** What the programs meet is told where it `covers`, which takes time. */
export async function runBatch(
  plan: FuzzPlan,
  translators: { readonly a: Translator; readonly b: Translator },
  batch: number,
  covers: boolean,
): Promise<BatchResult> {
  const { settings, seeds, program } = batchOf(plan, translators, batch);
  const coverage = covers ? new Coverage() : undefined;
  const findings: Finding[] = [];
  const counts: Record<string, number> = {};
  const count = (signature: string) => {
    counts[signature] = (counts[signature] ?? 0) + 1;
  };
  let instructions = 0;
  let duel = await Duel.make(settings, coverage);
  /** Programs the machines have run, that what they hold comes from. */
  let before: Sequence[] = [];
  for (const [index, seed] of seeds.entries()) {
    const sequence = program(seed);
    coverage?.executed(runOnReference(sequence).rows);
    const { A, differs } = duel.run(sequence);
    instructions += Number(A.words.at(-1));
    before.push(sequence);
    if (!differs) continue;
    const known = await knownCause(settings, findings, sequence);
    if (known) count(known.signature);
    else if (findings.length < MAX_EXAMINED) {
      const finding = await examine({ batch, index, settings }, before);
      count(finding.signature);
      if (!findings.some(({ signature }) => signature === finding.signature)) findings.push(finding);
    } else count('not examined');
    duel.close();
    duel = await Duel.make(settings, coverage);
    before = [];
  }
  duel.close();
  return { batch, programs: seeds.length, instructions, findings, counts, ...(coverage && { met: coverage.met() }) };
}

/** The finding without whose rules the program does not differ, though it does with them. */
async function knownCause(
  settings: Parameters<typeof Duel.make>[0],
  findings: readonly Finding[],
  sequence: Sequence,
): Promise<Finding | undefined> {
  const differs = async (of: typeof settings): Promise<boolean> => {
    const duel = await Duel.make(of);
    try {
      return duel.run(sequence).differs;
    } finally {
      duel.close();
    }
  };
  const named = findings.filter(({ culprits }) => culprits.length > 0);
  if (named.length === 0 || !(await differs(settings))) return undefined;
  for (const finding of named) if (!(await differs(without(settings, finding)))) return finding;
  return undefined;
}
