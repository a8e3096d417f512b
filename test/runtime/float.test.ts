// The floating-point helpers against a real QEMU, bit for bit: result and flags, every operation and rounding mode,
// all pairs of special values and seeded random operands. Every case runs twice: with the flags clear, where inexact
// must be decided exactly, and with inexact accrued already, where the quick paths do not ask.
// FLOAT_SEED=n repeats a run, FLOAT_CASES=n sets how many random cases there are.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HELPERS } from '../../emulator/ir/helper.ts';
import { Random, SPECIAL_INTEGERS } from '../../emulator/sequence/float-operands.ts';
import { addRandom, Cases, FloatReferee, isFromInteger, layoutOf } from './float-check.ts';
import { missingTool, OPERATIONS } from './float-oracle.ts';

const SEED = Number(process.env.FLOAT_SEED ?? 20240607);
const RANDOM_CASES = Number(process.env.FLOAT_CASES ?? 100_000);
const MODES = [0, 1, 2, 3, 4];

const directory = mkdtempSync(join(tmpdir(), 'lockstep-float-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const missing = missingTool();
const test = suite(missing === undefined ? 'float against QEMU' : `float against QEMU: SKIPPED, ${missing} not found`);
let referee: FloatReferee | undefined;

test.before(() => {
  if (missing === undefined) referee = new FloatReferee(directory);
});

function compare(cases: Cases): void {
  const failures = referee!.failures(cases, SEED);
  assert.is(failures.length, 0, `FLOAT_SEED=${SEED} FLOAT_CASES=${RANDOM_CASES}\n${failures.join('\n')}`);
}

if (missing === undefined) {
  test('every floating-point helper of the table is exported and tested', () => {
    const names = HELPERS.map((info) => info.name).filter((name) => !name.startsWith('observe'));
    for (const name of names) {
      assert.type(referee!.helpers[name], 'function', name);
      assert.ok(
        OPERATIONS.some((operation) => operation.helper === name),
        name,
      );
    }
  });

  test('all pairs of special values, all triples of the most special, and sampled triples', () => {
    const cases = new Cases();
    const random = new Random(SEED);
    OPERATIONS.forEach((operation, index) => {
      const specials = isFromInteger(operation) ? SPECIAL_INTEGERS : layoutOf(operation).specials;
      for (const mode of operation.rounds ? MODES : [0]) {
        if (operation.operands === 1) {
          for (const a of specials) cases.add(index, mode, a);
        } else if (operation.operands === 2) {
          for (const a of specials) for (const b of specials) cases.add(index, mode, a, b);
        } else {
          const { corners } = layoutOf(operation);
          for (const a of corners) for (const b of corners) for (const c of corners) cases.add(index, mode, a, b, c);
          for (let n = 0; n < 1500; n++) {
            cases.add(index, mode, random.pick(specials), random.pick(specials), random.pick(specials));
          }
        }
      }
    });
    compare(cases);
  });

  test(`${RANDOM_CASES} random cases, seed ${SEED}`, () => {
    const random = new Random(SEED);
    const before = referee!.asked;
    // A bounded number at a time, so that a long run needs no more memory than a short one.
    for (let done = 0; done < RANDOM_CASES; done += 100_000) {
      const cases = new Cases();
      while (cases.count < Math.min(100_000, RANDOM_CASES - done)) addRandom(cases, random);
      compare(cases);
    }
    assert.is(referee!.asked - before, RANDOM_CASES, 'asked of qemu-riscv64');
  });
}

test.run();
