// A capsule made here of a long block: judged, then shrunk to what the bug needs; nothing that is left can be left out.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withWords, wordsAt } from '../../../emulator/sequence/index.ts';
import { newTcg, reference, tci } from '../../../emulator/translators/index.ts';
import type { Capsule } from '../../../lockstep/capsule/format.ts';
import { assembler } from '../../../lockstep/capsule/listing.ts';
import { shrinkCapsule } from '../../../lockstep/capsule/shrink.ts';
import { isWrong, judge, wrongVariant } from '../../../lockstep/capsule/verdict.ts';
import { mutants } from '../../../scenarios/mutants/index.ts';
import { Asm } from '../../support/asm.ts';

const CODE = 0x10000;
const DATA = 0x20000;
const { translator: shiftMask } = mutants.find(({ name }) => name === 'shift-mask')!;

/** Twenty additions, a load, and one shift by more than 31 among them. */
function longBlock(): Capsule {
  const a = new Asm(CODE);
  for (let n = 0; n < 10; n++) a.op('add', 10, 11, 12);
  a.load('ld', 13, 2, 8).op('sllw', 5, 13, 6);
  for (let n = 0; n < 10; n++) a.op('xor', 14, 15, 10);
  const code = new Uint8Array(4096);
  code.set(a.finish());
  const data = new Uint8Array(4096).fill(7);
  const registers = new Map([
    ['pc', BigInt(CODE)],
    ['sp', BigInt(DATA)],
    ['t1', 0x123400000025n],
    ['a1', 77n],
    ['a5', 3n],
  ]);
  const pages = new Map([
    [CODE, code],
    [DATA, data],
  ]);
  return {
    isa: 'riscv64',
    a: 'tci',
    b: 'mutant:shift-mask',
    origin: 'a test',
    insns: 22,
    state: { userMode: true, registers, pages },
  };
}

test('the wrong side, instruction and register are named, on every tier', () => {
  const run = judge(longBlock(), shiftMask, reference);
  assert.is(run.agrees, false);
  assert.equal(run.insn, { index: 11, pc: '0x1002c' });
  assert.equal(
    run.wrong.map(({ what }) => what),
    ['t0'],
  );
  for (const right of [tci, newTcg, reference])
    assert.is(judge(longBlock(), right, reference).agrees, true, right.name);
});

test('what memory is missing shows as a fault on all alike', () => {
  const capsule = longBlock();
  const { registers, pages } = capsule.state;
  const state = { userMode: true, registers, pages: new Map([[CODE, pages.get(CODE)!]]) };
  for (const right of [tci, newTcg]) assert.is(judge({ ...capsule, state }, right, reference).agrees, true, right.name);
});

test('shrunk, only what the bug needs is left', () => {
  const wrong = wrongVariant(longBlock(), shiftMask, reference)!;
  const small = shrinkCapsule(longBlock(), wrong, reference);
  const words = wordsAt(small.state, small.insns);
  assert.ok(small.insns <= 2, String(small.insns));
  assert.ok(isWrong(small, wrong, reference));
  for (let n = 0; n < words.length && words.length > 1; n++) {
    const less = words.toSpliced(n, 1);
    assert.not(isWrong({ insns: less.length, state: withWords(small.state, less) }, wrong, reference), `without ${n}`);
  }
  const left = [...small.state.registers].filter(([name, value]) => name !== 'pc' && value !== 0n);
  assert.ok(left.length <= 2, left.join('; '));
  assert.ok(
    left.every(([, value]) => value < 256n),
    left.join('; '),
  );
  const text = assembler(small, judge(small, shiftMask, reference));
  assert.match(text, /^# mutant:shift-mask.* is wrong; from a test\n/);
  assert.match(text, /\n_start:\n(\tli\t\w+, 0x[0-9a-f]+\n)*\t# from here on, at 0x1[0-9a-f]+\n(.*\n)*\tsllw\t/);
});

test('who is right has nothing to be shrunk', () => {
  assert.is(wrongVariant(longBlock(), newTcg, reference), undefined);
});

test.run();
