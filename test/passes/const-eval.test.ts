// Folding arithmetic against the plain evaluator, and the op numbers that passes write as literals against the table.

import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONDS, OPS } from '../../emulator/ir/op.ts';
import { evalCond, evalOp, result } from '../../emulator/passes/const-eval.ts';
import { compute, holds } from '../support/ir-eval.ts';
import { Random } from '../support/ir-random.ts';

const lo = (x: bigint): number => Number(BigInt.asIntN(32, x));
const hi = (x: bigint): number => Number(BigInt.asIntN(32, x >> 32n));

test('every op folds to what it computes', () => {
  const random = new Random(1);
  OPS.forEach((info, op) => {
    const shape = info.fields.join();
    if (shape !== 'out,in' && shape !== 'out,in,in') {
      assert.not.ok(evalOp(op, 1, 0, 1, 0), `${info.name} is not arithmetic`);
      return;
    }
    for (let i = 0; i < 600; i++) {
      const a = random.u64();
      const b = random.u64();
      assert.ok(evalOp(op, lo(a), hi(a), lo(b), hi(b)));
      const got = (BigInt(result.hi >>> 0) << 32n) | BigInt(result.lo >>> 0);
      assert.is(got, compute(info.name, a, b), `${info.name} ${a.toString(16)} ${b.toString(16)}`);
      assert.ok(result.lo === (result.lo | 0) && result.hi === (result.hi | 0), 'int32 halves');
    }
  });
});

test('every condition decides as it holds', () => {
  const random = new Random(2);
  CONDS.forEach((name, cond) => {
    for (let i = 0; i < 400; i++) {
      const a = random.u64();
      const b = random.chance(20) ? a : random.u64();
      assert.is(evalCond(cond, lo(a), hi(a), lo(b), hi(b)), holds(cond, a, b), `${name} ${a} ${b}`);
      assert.is(evalCond(cond ^ 1, lo(a), hi(a), lo(b), hi(b)), !holds(cond, a, b), `not ${name}`);
    }
  });
});

test('literal op and condition numbers in the passes and the encoder carry the right name', () => {
  const emulator = new URL('../../emulator/', import.meta.url);
  const passes = readdirSync(new URL('passes/', emulator)).filter((name) => name.endsWith('.ts'));
  const known = new Set([
    ...OPS.map((info, op) => `${op} ${info.name}`),
    ...CONDS.map((name, cond) => `${cond} ${name}`),
  ]);
  let labels = 0;
  for (const file of [...passes.map((name) => `passes/${name}`), 'backend/interp/encode.ts']) {
    // The comment stands behind the label, or on the line below its brace.
    const text = readFileSync(new URL(file, emulator), 'utf8').replace(/ \{\n\s*(?=\/\/)/g, ' ');
    for (const line of text.split('\n')) {
      const match = /^\s*case (\d+):(.*)$/.exec(line);
      if (match === null) continue;
      const name = /^ \/\/ (\w+)/.exec(match[2]!)?.[1];
      assert.ok(known.has(`${match[1]} ${name}`), `${file}: ${line.trim()}`);
      labels++;
    }
  }
  assert.ok(labels > 130, 'the labels were found');
});

test.run();
