// Random sequences of instructions, over every decode row, on the reference model, on every translator under many settings,
// and on qemu-riscv64: all must end in the same state. By hand:
//   LOCKSTEP_SEED=7 AGREEMENT_INSNS=5000000 node --import tsx test/agreement/agreement.test.ts
// The seed printed with a failure, as LOCKSTEP_SEED, makes that sequence the first one.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generate } from '../../emulator/sequence/generate.ts';
import { agree } from '../../emulator/sequence/outcome.ts';
import { runOnReference } from '../../emulator/sequence/reference-run.ts';
import { SequenceMachine } from '../../emulator/sequence/sequence-machine.ts';
import { mutants } from '../../scenarios/mutants/index.ts';
import { testSeed } from '../guest/random.ts';
import { skip } from '../support/skip.ts';
import { Campaign, failureText, runFresh, seeds } from './campaign.ts';
import { qemuMissing } from './qemu-run.ts';

const test = suite('agreement');

const DEFAULT_INSNS = 110_000;
const insns = Number(process.env.AGREEMENT_INSNS ?? DEFAULT_INSNS);
const seed = testSeed();
/** Sequences that qemu-riscv64 is asked about at a time in a long run. */
const QEMU_EVERY = 20_000;

const campaign = new Campaign();

test(`all translators agree with the reference model (seed ${seed}, ${insns} instructions)`, async () => {
  try {
    for (const one of seeds(seed)) {
      if (campaign.instructions >= insns) break;
      const failure =
        (await campaign.run(one)) ?? (campaign.waiting >= QEMU_EVERY ? await campaign.askQemu() : undefined);
      if (failure !== undefined) assert.unreachable(failure);
    }
  } finally {
    campaign.close();
  }
  console.log(`${campaign.sequences} sequences, ${campaign.instructions} instructions on each translator`);
  console.log(campaign.coverage.report());
  // A repeated failure runs too little for that.
  if (insns >= DEFAULT_INSNS) assert.equal(campaign.coverage.missed(), [], `seed ${seed}`);
});

const QEMU_TEST = 'the reference model agrees with qemu-riscv64';
if (qemuMissing === undefined) {
  test(`${QEMU_TEST} (seed ${seed})`, async () => {
    const failure = await campaign.askQemu();
    if (failure !== undefined) assert.unreachable(failure);
    console.log(`${campaign.asked} sequences on qemu-riscv64`);
    assert.ok(campaign.asked > 0 || insns < 1000, 'no sequence could be asked about');
  });
} else skip(QEMU_TEST, qemuMissing);

/** Mutants that random sequences hardly meet; test/mutants finds them with programs of their own. */
const OUT_OF_REACH: readonly string[] = [
  // Operands or pairs of instructions that one sequence in many thousands has.
  ...[
    'fold-carry',
    'fold-arithmetic-shift',
    'div-overflow',
    'forward-alias',
    'wide-offset',
    'partial-store',
    'truncation',
  ],
  // Jumps over many pages, loops that are compiled, interrupts, signals, changes of mappings.
  ...['wrong-link', 'crossing-code', 'entry-load', 'deadline', 'late-signal', 'stale-protection'],
];

// A comparison that finds nothing must be known to find something.
for (const mutant of mutants.filter(({ name }) => !OUT_OF_REACH.includes(name))) {
  test(`the mutant ${mutant.name} is found`, async () => {
    const config = { translator: mutant.translator, tuning: {} };
    const machine = await SequenceMachine.make(config, false);
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

test('a failure is shrunk to the instructions that matter', async () => {
  const mutant = mutants.find(({ name }) => name === 'shift-mask')!;
  const config = { translator: mutant.translator, tuning: {} };
  for (const one of seeds(1)) {
    const sequence = generate(one);
    if (sequence.floatStatus !== undefined) continue;
    if (agree(runOnReference(sequence).outcome, await runFresh(config, sequence))) continue;
    const text = await failureText(sequence, config);
    assert.match(text, `LOCKSTEP_SEED=${one}`);
    const lines = text.split('\n').filter((line) => /^ {2}0x/.test(line));
    assert.ok(lines.length <= 4, `${lines.length} instructions are left:\n${text}`);
    assert.match(text, /^reference|\n {2}reference /);
    break;
  }
});

test.run();
