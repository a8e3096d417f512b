// From a program on which two translators differ to something to act on: the programs it takes from a fresh start, made
// small, the changes to blame, which side the reference model contradicts, and a signature that is the same for the same
// bug. Every question is asked of fresh machines, so the answers repeat.

import { hex } from '../../emulator/index.ts';
import {
  agree,
  differences,
  differenceText,
  listing,
  nameOf,
  type Outcome,
  rowsOf,
  runOnReference,
  type Sequence,
  shrink,
} from '../../emulator/sequence/index.ts';
import { ChangeRecorder } from '../bisect/recorder.ts';
import { searchSides } from '../bisect/sides.ts';
import { SIDES, type Side } from '../protocol.ts';
import { Duel } from './duel.ts';
import type { Settings } from './plan.ts';

export interface FuzzCulprit {
  readonly side: 'a' | 'b';
  readonly pass: string;
  readonly rule: string;
  readonly pc: string;
}

export interface Finding {
  /** `b fold/fold`: the rules to blame; `insn divw, x`: instructions and what is wrong, where no rule is. */
  readonly signature: string;
  readonly batch: number;
  /** Which program of the batch, from 0. */
  readonly index: number;
  /** The two translators with the settings of the batch. */
  readonly settings: { readonly a: string; readonly b: string; readonly privileged: boolean };
  /** Whom the reference model contradicts. */
  readonly wrong: 'a' | 'b' | 'both' | 'unknown';
  readonly culprits: readonly FuzzCulprit[];
  /** The smallest programs that show it, run one after another; mostly one. */
  readonly programs: readonly string[];
  /** Registers of the last one that are not zero at its start, `name value`. */
  readonly registers: readonly string[];
  readonly differences: string;
}

/** One program or several in a row, the last of which differs. */
type Case = readonly Sequence[];

/** Trials of one search for changes. */
const MAX_TRIALS = 300;

/** What is behind the difference in `programs.at(-1)`, which showed after the others had run. */
export async function examine(
  where: { readonly batch: number; readonly index: number; readonly settings: Settings },
  programs: Case,
): Promise<Finding> {
  const { batch, index } = where;
  const { settings, start } = await started(where.settings, programs);
  const small = start && (await shrunk(settings, start));
  const last = (small ?? programs).at(-1)!;
  const outcomes = await outcomesOf(settings, small ?? programs);
  const culprits = small ? await blamed(settings, small) : [];
  const reference = runOnReference(last).outcome;
  const shown = small && small.length === 1 && settings.a.timerEvery === undefined ? reference : undefined;
  return {
    signature: small ? signatureOf(culprits, small, outcomes) : 'does not show again',
    batch,
    index,
    settings: { a: nameOf(settings.a), b: nameOf(settings.b), privileged: settings.privileged },
    wrong: shown ? wrongOf(shown, outcomes) : 'unknown',
    culprits,
    programs: (small ?? [last]).map(listing),
    registers: registersOf(last),
    differences: differenceText(
      ['a', 'b', ...(shown ? ['reference'] : [])],
      differences([outcomes.A, outcomes.B, ...(shown ? [shown] : [])]),
    ),
  };
}

/** Whether a case differs on machines of its own. */
async function differs(settings: Settings, programs: Case): Promise<boolean> {
  const duel = await Duel.make(settings);
  try {
    return programs.some((program) => duel.run(program).differs);
  } finally {
    duel.close();
  }
}

async function outcomesOf(settings: Settings, programs: Case): Promise<Readonly<Record<Side, Outcome>>> {
  const duel = await Duel.make(settings);
  try {
    let last = duel.run(programs[0]!);
    for (const program of programs.slice(1)) if (!last.differs) last = duel.run(program);
    return last;
  } finally {
    duel.close();
  }
}

/** What shows it from a fresh start, if anything does: without a timer where that will do, which the reference model has not. */
async function started(
  settings: Settings,
  programs: Case,
): Promise<{ readonly settings: Settings; readonly start: Case | undefined }> {
  const start = await reproduced(settings, programs);
  if (!start || settings.a.timerEvery === undefined) return { settings, start };
  const { timerEvery: _, ...a } = settings.a;
  const { timerEvery: __, ...b } = settings.b;
  const plain = { ...settings, a, b };
  return { settings: (await differs(plain, start)) ? plain : settings, start };
}

/** As few of the last programs as show it from a fresh start. */
async function reproduced(settings: Settings, programs: Case): Promise<Case | undefined> {
  for (let count = 1; ; count = Math.min(count * 2, programs.length)) {
    const some = programs.slice(-count);
    if (await differs(settings, some)) return some;
    if (count === programs.length) return undefined;
  }
}

async function shrunk(settings: Settings, programs: Case): Promise<Case> {
  let best = programs;
  for (let n = 0; n < best.length - 1; ) {
    const candidate = best.toSpliced(n, 1);
    if (await differs(settings, candidate)) best = candidate;
    else n++;
  }
  for (let n = best.length - 1; n >= 0; n--) {
    const around = best;
    const small = await shrink(around[n]!, (candidate) => differs(settings, around.with(n, candidate)));
    best = around.with(n, small);
  }
  return best;
}

/** The changes to blame, as `lockstep bisect` finds them. */
async function blamed(settings: Settings, programs: Case): Promise<FuzzCulprit[]> {
  const searching = searchSides([null]);
  let step = searching.next();
  for (let trials = 0; !step.done; trials++) {
    if (trials === MAX_TRIALS) return [];
    const { choices } = step.value;
    const recorders = { A: choices.A && new ChangeRecorder(choices.A), B: choices.B && new ChangeRecorder(choices.B) };
    const duel = await Duel.make(settings, undefined, {
      ...(recorders.A && { A: recorders.A.options }),
      ...(recorders.B && { B: recorders.B.options }),
    });
    try {
      const isDifferent = programs.some((program) => duel.run(program).differs);
      const made = (side: Side) => {
        const { changes = [], complete = true } = recorders[side] ?? {};
        return { changes, complete };
      };
      step = searching.next({ differs: isDifferent, A: made('A'), B: made('B') });
    } finally {
      duel.close();
    }
  }
  const found = step.value;
  if (found.kind !== 'culprits') return [];
  return SIDES.flatMap((side) =>
    found.culprits[side].map(({ pass, rule, pc }) => ({ side: side === 'A' ? 'a' : 'b', pass, rule, pc: hex(pc) })),
  );
}

/** The same bug has the same: nothing in it depends on the program, as far as a rule is to blame. */
function signatureOf(culprits: readonly FuzzCulprit[], programs: Case, { A, B }: Record<Side, Outcome>): string {
  const rules = [...new Set(culprits.map(({ side, pass, rule }) => `${side} ${pass}/${rule}`))].sort();
  if (rules.length > 0) return rules.join(' + ');
  const error = [A, B].find(({ end }) => end.startsWith('error: '));
  if (error) return error.end.replaceAll(/\d+/g, 'N').slice(0, 100);
  const rows = [...new Set(programs.flatMap(rowsOf))].filter((row) => row !== 'ebreak').sort();
  return `insn ${rows.slice(0, 4).join(' ')}, ${classOf(differences([A, B])[0]?.what ?? 'nothing')}`;
}

/** What kind of thing it is that differs. */
function classOf(what: string): string {
  if (/^f(t|s|a)\d+$/.test(what)) return 'f';
  if (/^(ra|sp|gp|tp|[ats]\d+|zero)$/.test(what)) return 'x';
  return what.startsWith('bytes') ? 'memory' : what;
}

function wrongOf(reference: Outcome, { A, B }: Record<Side, Outcome>): Finding['wrong'] {
  const [a, b] = [agree(reference, A), agree(reference, B)];
  if (a !== b) return a ? 'b' : 'a';
  return a ? 'unknown' : 'both';
}

function registersOf({ x, f, fflags, frm }: Sequence): string[] {
  const of = (name: string, values: readonly bigint[]) =>
    values.flatMap((value, n) => (value === 0n ? [] : [`${name}${n} ${hex(value)}`]));
  return [...of('x', x), ...of('f', f), ...(fflags ? [`fflags ${hex(fflags)}`] : []), ...(frm ? [`frm ${frm}`] : [])];
}

/** The settings with the rules to blame left out. */
export function without(settings: Settings, { culprits }: Finding): Settings {
  const of = (side: 'a' | 'b') => {
    const { translator, ...rest } = settings[side];
    if (typeof translator === 'string') return settings[side];
    const rules = culprits.flatMap((culprit) => (culprit.side === side ? [`${culprit.pass}/${culprit.rule}`] : []));
    return { ...rest, translator: { ...translator, without: [...(translator.without ?? []), ...rules] } };
  };
  return { ...settings, a: of('a'), b: of('b') };
}
