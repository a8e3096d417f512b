// The verdict on streams of QEMU's records: its resynchronisation, its lines, and where two streams part.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Parting, QemuJudge } from '../../lockstep/qemu-judge.ts';

/** Compares two lists of pcs; stops where the judge gives up. */
function compare(us: readonly number[], them: readonly number[], verbose = true) {
  const lines: string[] = [];
  const judge = new QemuJudge(verbose, (line) => lines.push(line));
  let parting: Parting | undefined;
  for (let i = 0; i < us.length && !parting; i++)
    parting = judge.take({ pc: BigInt(us[i]!), count: i }, { pc: BigInt(them[i]!), count: i });
  return { lines, parting, judge };
}

test('equal streams say nothing', () => {
  const { lines, parting, judge } = compare([16, 20, 24], [16, 20, 24]);
  assert.equal(lines, []);
  assert.is(parting, undefined);
  assert.is(judge.compared, 3);
});

test('one or two mismatches in a row are recovered from, again and again', () => {
  const { lines, parting, judge } = compare([1, 9, 3, 4, 9, 9, 7, 9, 8], [1, 2, 3, 4, 5, 6, 7, 8, 8]);
  assert.is(parting, undefined);
  assert.is(judge.recovered, 4);
  assert.equal(lines, [
    '@ 0x0000000000000009 vs 0x0000000000000002 (1/0 since last)',
    '@ 0x0000000000000009 vs 0x0000000000000005 (2/3 since last)',
    '@ 0x0000000000000009 vs 0x0000000000000006 (3/1 since last)',
    '@ 0x0000000000000009 vs 0x0000000000000008 (4/2 since last)',
  ]);
});

test('without verbose only mismatches next to each other are told', () => {
  const { lines } = compare([1, 9, 3, 4, 9, 9, 7], [1, 2, 3, 4, 5, 6, 7], false);
  assert.equal(lines, ['@ 0x0000000000000009 vs 0x0000000000000006 (3/1 since last)']);
});

test('the third in a row ends it, and the first of them is where they part', () => {
  const { lines, parting, judge } = compare([1, 2, 3, 4, 5, 6, 10, 11, 12, 13], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false);
  assert.equal(parting, { record: 6, us: 10n, them: 7n });
  assert.is(judge.compared, 8);
  assert.equal(lines, [
    '@ 0x000000000000000b vs 0x0000000000000008 (2/1 since last)',
    '@ 0x000000000000000c vs 0x0000000000000009 (3/1 since last)',
    'Δ insn_count @ 0x000000000000000c (8) vs 0x0000000000000009 (8)',
    '  previously @ 0x000000000000000b/1 (8 insns)',
    '  previously @ 0x000000000000000a/1 (7 insns)',
    '  previously @ 0x0000000000000006/1 (6 insns)',
    '  previously @ 0x0000000000000005/1 (5 insns)',
    '  previously @ 0x0000000000000004/1 (4 insns)',
    'too much divergence... giving up.',
  ]);
});

test.run();
