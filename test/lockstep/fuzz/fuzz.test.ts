// The fuzzer in this process: it finds bugs from scratch and says what they are, the same each time; without a bug it finds
// nothing.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FULL_ISA } from '../../../emulator/sequence/index.ts';
import { tci, translators } from '../../../emulator/translators/index.ts';
import { type BatchResult, runBatch } from '../../../lockstep/fuzz/batch.ts';
import { BATCH, type FuzzPlan } from '../../../lockstep/fuzz/plan.ts';
import { mutants } from '../../../scenarios/mutants/index.ts';

const plan: FuzzPlan = { a: 'tci', b: '', isa: FULL_ISA, seed: 1, length: 100, vary: true };
const builtIn = (name: string) => translators.find((translator) => translator.name === name)!;

async function until(name: string, batches: number): Promise<BatchResult | undefined> {
  const { translator } = mutants.find((mutant) => mutant.name === name)!;
  for (let batch = 0; batch < batches; batch++) {
    const result = await runBatch({ ...plan, b: `mutant:${name}` }, { a: tci, b: translator }, batch, false);
    if (result.findings.length > 0) return result;
  }
  return undefined;
}

for (const [name, batches, signature] of [
  ['shift-mask', 8, 'b shift-mask/shift-mask'],
  ['load-sign', 8, 'b lower/load-sign'],
  ['fold-carry', 4, 'b fold-carry/fold-carry'],
] as const) {
  test(`the mutant ${name} is found within ${batches * BATCH} programs, shrunk and named`, async () => {
    const result = await until(name, batches);
    assert.ok(result, 'not found');
    const finding = result.findings.find((one) => one.signature === signature);
    assert.ok(finding, result.findings.map((one) => one.signature).join(', '));
    assert.is(finding.wrong, 'b');
    assert.is(finding.culprits[0]!.side, 'b');
    assert.is(finding.programs.length, 1);
    const lines = finding.programs[0]!.split('\n');
    assert.ok(lines.length <= 6, finding.programs[0]);
    assert.ok(finding.registers.length <= 3, finding.registers.join());
    assert.match(finding.differences, /\n {2}reference/);
  });
}

test('a batch follows from its number alone', async () => {
  const { translator } = mutants.find((mutant) => mutant.name === 'shift-mask')!;
  const once = () => runBatch(plan, { a: tci, b: translator }, 0, true);
  assert.equal(await once(), await once());
});

test('without a bug nothing is found, and most of what there is is met', async () => {
  for (const [a, b] of [
    ['tci', 'new-tcg'],
    ['old-tcg', 'new-tcg'],
  ] as const) {
    const { findings, programs, instructions, met } = await runBatch(plan, { a: builtIn(a), b: builtIn(b) }, 0, true);
    assert.equal(findings, []);
    assert.is(programs, BATCH);
    assert.ok(instructions > 1000, String(instructions));
    assert.ok(met!.length > 100, String(met!.length));
    assert.ok(met!.includes('row add') && met!.includes('rule constant-fold/evaluate'));
  }
});

test('an ISA without an extension has none of its instructions', async () => {
  const rows = ['row sh1add', 'row clz', 'row bset'];
  const of = async (isa: string) => {
    const { met } = await runBatch({ ...plan, isa, length: 300 }, { a: tci, b: builtIn('old-tcg') }, 0, true);
    return rows.filter((row) => met!.includes(row));
  };
  assert.equal(await of(FULL_ISA), rows);
  assert.equal(await of('rv64gc'), []);
  assert.equal(await of('rv64gc_zba'), ['row sh1add']);
});

test.run();
