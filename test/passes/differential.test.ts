// Random blocks through every pass and pipeline: well-formed afterwards, and seen from outside the same as before —
// registers, accesses in order, plugin calls with the registers they see, the way out, the state at a fault.
// LOCKSTEP_SEED and LOCKSTEP_BLOCKS repeat or lengthen a run.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IrBlock, STRIDE } from '../../emulator/ir/ir.ts';
import { printBlock } from '../../emulator/ir/text.ts';
import { verifyBlock } from '../../emulator/ir/verify.ts';
import { ChangeLog, type ChangeOptions } from '../../emulator/passes/change.ts';
import { passes } from '../../emulator/passes/index.ts';
import type { Pass } from '../../emulator/passes/pass.ts';
import { makePipeline } from '../../emulator/passes/pipeline.ts';
import { evalBlock } from '../support/ir-eval.ts';
import { finalState, Random, type RandomBlockOptions, randomBlock, randomState } from '../support/ir-random.ts';

const firstSeed = Number(process.env.LOCKSTEP_SEED ?? 1);
const blocks = Number(process.env.LOCKSTEP_BLOCKS ?? 500);
const STATES = 3;

function copy(from: IrBlock): IrBlock {
  const to = new IrBlock();
  to.reset(from.pc);
  to.insns = from.insns;
  to.size = from.size;
  to.tempCount = from.tempCount;
  to.labelCount = from.labelCount;
  for (let i = 0; i < from.constCount; i++) to.constant(from.constLo[i]!, from.constHi[i]!);
  to.ops = from.ops.slice();
  to.count = from.count;
  return to;
}

function outcome(block: IrBlock, seed: number): string {
  const state = randomState(seed);
  const way = evalBlock(block, state);
  return `${JSON.stringify(way, (_, x) => (typeof x === 'bigint' ? x.toString(16) : x))}\n${finalState(state)}`;
}

/** How often each rule was granted, over all pipelines. */
const rules = new Map<string, number>();

/** Outcomes of unoptimised blocks: they are compared with more than once. */
const wanted = new Map<string, string>();

function check(list: readonly Pass[], options: RandomBlockOptions, allows?: ChangeOptions['allows']): number {
  const log = new ChangeLog({
    ...(allows ? { allows } : {}),
    record: ({ pass, rule, allowed }) => {
      const key = `${pass}/${rule}`;
      if (allowed) rules.set(key, (rules.get(key) ?? 0) + 1);
    },
  });
  const pipeline = makePipeline(list, log);
  const bytes = new Uint8Array(4);
  for (let seed = firstSeed; seed < firstSeed + blocks; seed++) {
    const before = randomBlock(seed, options);
    const after = copy(before);
    const context = (): string =>
      `seed ${seed} (LOCKSTEP_SEED=${seed} LOCKSTEP_BLOCKS=1)\n${printBlock(before)}\nafter:\n${printBlock(after)}`;
    assert.equal(verifyBlock(before), [], `generator, ${context()}`);
    try {
      pipeline(
        after,
        () => bytes,
        (pass, block) => assert.equal(verifyBlock(block), [], `behind ${pass.name}`),
      );
    } catch (error) {
      throw new Error(`${error}\n${context()}`);
    }
    for (let i = 0; i < after.count; i++) assert.is.not(after.ops[i * STRIDE], 0, 'nops are squeezed out');
    for (let k = 0; k < STATES; k++) {
      const key = `${seed} ${k} ${JSON.stringify(options)}`;
      const want = wanted.get(key) ?? outcome(before, seed * STATES + k);
      wanted.set(key, want);
      const got = outcome(after, seed * STATES + k);
      if (want !== got) throw new Error(`state ${k}\nwant ${want}\ngot ${got}\n${context()}`);
    }
  }
  return log.granted;
}

for (const pass of passes) {
  test(`${pass.name} keeps what can be seen`, () => {
    assert.ok(check([pass], { calls: true, plugins: true }) > 0, 'it changed something');
  });
}

test('the full pipeline, registers and memory', () => {
  check(passes, {});
});

test('the full pipeline, with helpers and plugins', () => {
  check(passes, { calls: true, plugins: true });
});

test('the full pipeline twice, and in the reverse order', () => {
  check([...passes, ...passes], { calls: true });
  check(passes.toReversed(), { calls: true, plugins: true });
});

test('any subset of the changes is correct', () => {
  const random = new Random(firstSeed);
  for (let round = 0; round < 3; round++) {
    const salt = random.next();
    check(passes, { calls: true, plugins: true }, ({ id }) => ((Math.imul(id % 65521, salt) >>> 13) & 1) === 0);
  }
});

test('every rule of every pass was granted somewhere above', () => {
  const declared = passes.flatMap((pass) => Object.keys(pass.rules).map((rule) => `${pass.name}/${rule}`));
  const counts = declared.map((key) => `${key} ${rules.get(key) ?? 0}`);
  // A repeated failure runs too few blocks for that, and other seeds may miss one.
  if (firstSeed === 1 && blocks >= 500)
    assert.equal(
      declared.filter((key) => !rules.has(key)),
      [],
      counts.join(', '),
    );
  console.log(counts.join(', '));
});

test.run();
