// Random sequences of instructions, over every decode row, on the reference model, on every translator under many settings,
// and on qemu-riscv64: all must end in the same state. By hand:
//   LOCKSTEP_SEED=7 AGREEMENT_INSNS=5000000 node --import tsx test/agreement/agreement.test.ts
// The seed printed with a failure, as LOCKSTEP_SEED, makes that sequence the first one.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants } from '../../scenarios/mutants/index.ts';
import { testSeed } from '../guest/random.ts';
import { Random } from '../runtime/float-operands.ts';
import { skip } from '../support/skip.ts';
import { SYSTEM_VARIATIONS, TRANSLATORS, VARIATIONS } from './configs.ts';
import { generate } from './generate.ts';
import { type Config, nameOf, SequenceMachine } from './machine-run.ts';
import { agree, differences, differenceText, type Outcome } from './outcome.ts';
import { asSignal, completed, qemuMissing, runOnQemu } from './qemu-run.ts';
import { type ReferenceRun, runOnReference } from './reference-run.ts';
import { ROWS } from './rows.ts';
import { listing, type Sequence } from './sequence.ts';
import { shrink } from './shrink.ts';

const test = suite('agreement');

const DEFAULT_INSNS = 110_000;
const insns = Number(process.env['AGREEMENT_INSNS'] ?? DEFAULT_INSNS);
const seed = testSeed();
/** Sequences kept for qemu-riscv64; later ones are not asked about. */
const QEMU_LIMIT = 20_000;
/** Sequences in one process of it. */
const QEMU_BATCH = 500;

function* seeds(first: number): Generator<number> {
  const random = new Random(first);
  for (let next = first; ; next = random.word() | 0) yield next;
}

/** Machines by configuration, made when first needed. */
class Machines {
  private readonly made = new Map<string, SequenceMachine>();
  get(config: Config, privileged: boolean): SequenceMachine {
    const key = `${nameOf(config)} ${privileged}`;
    const machine = this.made.get(key) ?? new SequenceMachine(config, privileged);
    this.made.set(key, machine);
    return machine;
  }
  close(): void {
    for (const machine of this.made.values()) machine.close();
    this.made.clear();
  }
}

/** On a machine of its own. */
function runFresh(config: Config, sequence: Sequence): Outcome {
  const machine = new SequenceMachine(config, sequence.floatStatus !== undefined);
  try {
    return machine.run(sequence);
  } finally {
    machine.close();
  }
}

/** What everyone makes of a sequence, and where they differ. */
function report(sequence: Sequence, config: Config): string {
  const reference = runOnReference(sequence);
  const configs = [...TRANSLATORS, config];
  const names = ['reference', ...configs.map(nameOf)];
  const outcomes = [reference.outcome, ...configs.map((one) => runFresh(one, sequence))];
  if (qemuMissing === undefined && reference.notForQemu === undefined) {
    names.push('qemu-riscv64');
    const { end, events } = reference.outcome;
    outcomes.push({ ...completed(runOnQemu([sequence])[0]!, asSignal(reference.outcome)), events });
    const last = outcomes.at(-1)!;
    if (asSignal(reference.outcome).end === last.end) outcomes[outcomes.length - 1] = { ...last, end };
  }
  return `${listing(sequence)}\n${differenceText(names, differences(outcomes))}`;
}

function failure(sequence: Sequence, config: Config): string {
  const shows = (candidate: Sequence): boolean =>
    !agree(runOnReference(candidate).outcome, runFresh(config, candidate));
  const where = `seed ${sequence.seed}, ${nameOf(config)}`;
  if (!shows(sequence)) return `${where}: differs only after the sequences before it\n${report(sequence, config)}`;
  const small = shrink(sequence, shows);
  const floatStatus = small.floatStatus === undefined ? 'user mode' : `mstatus.FS = ${small.floatStatus}`;
  return `${where}: LOCKSTEP_SEED=${sequence.seed} repeats it (${floatStatus}); shrunk:\n${report(small, config)}`;
}

/** Filled by the first test. */
const forQemu: { sequence: Sequence; reference: ReferenceRun }[] = [];

test(`all translators agree with the reference model (seed ${seed}, ${insns} instructions)`, () => {
  const machines = new Machines();
  const coverage = new Map<string, number>(ROWS.map(({ name }) => [name, 0]));
  let executed = 0;
  let count = 0;
  try {
    for (const one of seeds(seed)) {
      if (executed >= insns) break;
      const sequence = generate(one);
      const reference = runOnReference(sequence);
      executed += reference.rows.length;
      for (const row of reference.rows) coverage.set(row, coverage.get(row)! + 1);
      const privileged = sequence.floatStatus !== undefined;
      const variations = privileged ? SYSTEM_VARIATIONS : VARIATIONS;
      for (const config of [...TRANSLATORS, variations[(one >>> 0) % variations.length]!]) {
        const outcome = machines.get(config, privileged).run(sequence);
        if (!agree(reference.outcome, outcome)) assert.unreachable(failure(sequence, config));
      }
      if (reference.notForQemu === undefined && forQemu.length < QEMU_LIMIT) forQemu.push({ sequence, reference });
      count++;
    }
  } finally {
    machines.close();
  }
  const rarest = [...coverage].sort(([, a], [, b]) => a - b);
  console.log(`${count} sequences, ${executed} instructions on each translator; executions of each row:`);
  console.log(rarest.map(([row, times]) => `${row} ${times}`).join(', '));
  const missed = rarest.filter(([, times]) => times === 0).map(([row]) => row);
  // A repeated failure runs too little for that.
  if (insns >= DEFAULT_INSNS) assert.equal(missed, [], `rows never executed, seed ${seed}`);
});

const QEMU_TEST = 'the reference model agrees with qemu-riscv64';
if (qemuMissing === undefined) {
  test(`${QEMU_TEST} (seed ${seed})`, () => {
    let outcomes: Outcome[] = [];
    forQemu.forEach(({ sequence, reference }, n) => {
      const at = n % QEMU_BATCH;
      if (at === 0) outcomes = runOnQemu(forQemu.slice(n, n + QEMU_BATCH).map((one) => one.sequence));
      const want = asSignal(reference.outcome);
      if (agree(want, completed(outcomes[at]!, want))) return;
      const shows = (candidate: Sequence): boolean => {
        const { outcome, notForQemu } = runOnReference(candidate);
        if (notForQemu !== undefined) return false;
        const signal = asSignal(outcome);
        return !agree(signal, completed(runOnQemu([candidate])[0]!, signal));
      };
      const small = shows(sequence) ? shrink(sequence, shows) : sequence;
      assert.unreachable(`seed ${sequence.seed}, shrunk:\n${report(small, TRANSLATORS[0]!)}`);
    });
    assert.ok(forQemu.length > 0 || insns < 1000, 'no sequence could be asked about');
  });
} else skip(QEMU_TEST, qemuMissing);

// A comparison that finds nothing must be known to find something. The mutant left out needs jumps that code of two pages
// does not have.
for (const mutant of mutants.filter(({ name }) => name !== 'wrong-link')) {
  test(`the mutant ${mutant.name} is found`, () => {
    const config = { translator: mutant.translator, tuning: {} };
    const machine = new SequenceMachine(config, false);
    try {
      let tried = 0;
      for (const one of seeds(1)) {
        assert.ok(++tried < 4000, 'not found');
        const sequence = generate(one);
        if (sequence.floatStatus !== undefined) continue;
        if (!agree(runOnReference(sequence).outcome, machine.run(sequence))) break;
      }
    } finally {
      machine.close();
    }
  });
}

test('a failure is shrunk to the instructions that matter', () => {
  const mutant = mutants.find(({ name }) => name === 'shift-mask')!;
  const config = { translator: mutant.translator, tuning: {} };
  for (const one of seeds(1)) {
    const sequence = generate(one);
    if (sequence.floatStatus !== undefined) continue;
    if (agree(runOnReference(sequence).outcome, runFresh(config, sequence))) continue;
    const text = failure(sequence, config);
    assert.match(text, `LOCKSTEP_SEED=${one}`);
    const lines = text.split('\n').filter((line) => /^ {2}0x/.test(line));
    assert.ok(lines.length <= 4, `${lines.length} instructions are left:\n${text}`);
    assert.match(text, /^reference|\n {2}reference /);
    break;
  }
});

test.run();
