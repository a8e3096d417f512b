// howvec: the tables class what they should, for every row of our decode tables too; counts add up to the instructions
// executed, on every translator, inline and by callback.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { A_ROWS } from '../../emulator/guest/riscv64/rows/a.ts';
import { C_ROWS } from '../../emulator/guest/riscv64/rows/c.ts';
import { D_ROWS } from '../../emulator/guest/riscv64/rows/d.ts';
import { F_ROWS } from '../../emulator/guest/riscv64/rows/f.ts';
import { I_ROWS } from '../../emulator/guest/riscv64/rows/i.ts';
import { M_ROWS } from '../../emulator/guest/riscv64/rows/m.ts';
import { PRIVILEGED_ROWS } from '../../emulator/guest/riscv64/rows/privileged.ts';
import { ZBA_ROWS } from '../../emulator/guest/riscv64/rows/zba.ts';
import { ZBB_ROWS } from '../../emulator/guest/riscv64/rows/zbb.ts';
import { ZBS_ROWS } from '../../emulator/guest/riscv64/rows/zbs.ts';
import { ZICSR_ROWS } from '../../emulator/guest/riscv64/rows/zicsr.ts';
import { ZIFENCEI_ROWS } from '../../emulator/guest/riscv64/rows/zifencei.ts';
import { Classifier, parseConditions } from '../../emulator/plugins/insn-classes.ts';
import { Random, testSeed } from '../guest/random.ts';
import { runWith, SHA1, sameEverywhere, TIMER } from './run.ts';

const test = suite('howvec');
const seed = testSeed();

const optOf = (classifier: Classifier, word: number): string => classifier.rows[classifier.find(word)]!.opt;

test('conditions are bits', () => {
  assert.equal(parseConditions('31:28=1010 3=1'), { mask: (0xf0000008 | 0) as number, pattern: 0xa0000008 | 0 });
  for (const wrong of ['31:28=101', '32=1', '3=2', 'x']) assert.throws(() => parseConditions(wrong));
});

test('aarch64', () => {
  const words: readonly (readonly [number, string])[] = [
    [0x00000000, 'udef'],
    [0x04200000, 'sve'],
    [0xd503201f, 'nop'],
    [0xd503203f, 'hint'],
    [0xd5033bbf, 'barr'],
    [0xd50040bf, 'psta'],
    [0xd508751f, 'sins'],
    [0xd5385000, 'sreg'],
    [0xd65f03c0, 'breg'],
    [0x14000001, 'bimm'],
    [0x94000001, 'bimm'],
    [0x54000000, 'cndb'],
    [0xd4000001, 'excp'],
    [0xb4000000, 'cmpb'],
    [0x36000000, 'tstb'],
    [0x10000000, 'pcrel'],
    [0x91000400, 'asi'],
    [0x92401c00, 'logi'],
    [0xd2800000, 'movwi'],
    [0xd3400000, 'bitf'],
    [0x93c00000, 'extr'],
    [0xf9400000, 'ldsti'],
    // What the table means for ldstr, atomic, ldstro and ldstpa it never reaches.
    [0xf8400400, 'ldlit'],
    [0xf8200000, 'ldlit'],
    [0xf8606820, 'ldlit'],
    [0xf8200400, 'ldlit'],
    [0xa9bf7bfd, 'ldstp'],
    [0xa8000000, 'ldstnap'],
    [0xc85f7c00, 'ldstx'],
    [0x58000000, 'ldlit'],
    [0xd8000000, 'prfm'],
    [0x4c000000, 'advlsm'],
    [0x4c800000, 'advlsmp'],
    [0x4d000000, 'advlss'],
    [0x4d800000, 'advlssp'],
    [0x8b000000, 'dprr'],
    [0x1e202800, 'fpsimd'],
  ];
  const classifier = new Classifier('aarch64');
  for (const [word, opt] of words) assert.is(optOf(classifier, word), opt, word.toString(16));
  const none = classifier.rows.filter(({ mode }) => mode === 'none').map(({ opt }) => opt);
  assert.equal(none, ['udef', 'nop']);
  assert.is(classifier.rows.length, 42);
});

test('sparc and sparc64 read words as the target does', () => {
  const words: readonly (readonly [number, string, string])[] = [
    [0x40000000, 'call', 'op1'],
    [0x10800000, 'bcc', 'op0'],
    [0x11800000, 'fbcc', 'op0'],
    [0x01000000, 'sethi', 'op0'],
    [0x81a00840, 'fpu', 'op2'],
    [0x82006001, 'alu', 'op2'],
    [0xc2006000, 'ldst', 'op3'],
    [0x00000000, 'unclas', 'op0'],
  ];
  for (const [word, sparc, sparc64] of words) {
    const bytes = Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word);
    for (const [target, opt] of [
      ['sparc', sparc],
      ['sparc64', sparc64],
    ] as const) {
      const classifier = new Classifier(target);
      assert.is(classifier.wordOf(bytes), word);
      assert.is(optOf(classifier, classifier.wordOf(bytes)), opt, `${target} ${word.toString(16)}`);
      assert.is.not(new Classifier(target, true).wordOf(bytes), word === 0 ? 1 : word, 'QEMU swaps the bytes');
    }
  }
});

test(`riscv64 classes every instruction we decode by its extension (seed ${seed})`, () => {
  const random = new Random(seed);
  const classifier = new Classifier('riscv64');
  const fill = (bits: string): number => {
    const drawn = bits.replaceAll(' ', '');
    // Register 0 as the destination makes some of them hints.
    return Number.parseInt(
      drawn.replaceAll('d', '1').replace(/[^01]/g, () => String(random.below(2))),
      2,
    );
  };
  const tables = [
    ['C', C_ROWS],
    ['I', I_ROWS],
    ['M', M_ROWS],
    ['A', A_ROWS],
    ['F', F_ROWS],
    ['D', D_ROWS],
    ['Zba', ZBA_ROWS],
    ['Zbb', ZBB_ROWS],
    ['Zbs', ZBS_ROWS],
    ['Zicsr', ZICSR_ROWS],
    ['Zifencei', ZIFENCEI_ROWS],
    ['Privileged', PRIVILEGED_ROWS],
  ] as const;
  let checked = 0;
  for (const [extension, rows] of tables) {
    for (const row of rows) {
      for (let n = 0; n < 20; n++) {
        const word = fill(row.bits);
        const { name } = classifier.rows[classifier.find(word)]!;
        // zext.h is Zbb's and lies beside add.uw.
        assert.is(name.split(' ')[0], extension, `${row.name} ${word.toString(16)} is ${name}`);
        checked++;
      }
    }
  }
  assert.ok(checked > 3000);
  assert.is(optOf(classifier, 0xffffffff), 'unclas');
});

const hits = (text: string): number =>
  [...text.matchAll(/\((\d+) hits\)(?!\t\(op=.*\/(?!Unclassified))/g)].reduce((sum, [, n]) => sum + Number(n), 0);

test('user mode: classes add up to the instructions, on every translator, inline and by callback', async () => {
  const text = await sameEverywhere(SHA1, 'howvec', 'howvec,inline=on', 'howvec,inline=on,count=!nop');
  const { icount } = await runWith(SHA1, []);
  assert.is(hits(text), icount);
  assert.match(text, /^Instruction Classes:\nClass: C Nop {19}\tnot counted\nClass: C Load {18}\t\(15556 hits\)\n/);
  assert.match(text, /\nClass: Unclassified {12}\tcounted individually\n$/);
});

test('a class broken down adds up to the class; one left out is not counted', async () => {
  const whole = await runWith(SHA1, ['howvec']);
  const load = Number(/Class: I Load +\t\((\d+) hits\)/.exec(whole.log)![1]);
  const { log } = await runWith(SHA1, ['howvec,inline=on,count=load,count=!branch']);
  assert.match(log, /\nClass: I Load {18}\tcounted individually\n/);
  assert.match(log, /\nClass: I Cond Branch {11}\tnot counted\n/);
  const rows = [...log.matchAll(/^Instr: (.{24,})\t\((\d+) hits\)\t\(op=0x([0-9a-f]{8})\/I Load\)$/gm)];
  assert.is(
    rows.reduce((sum, [, , n]) => sum + Number(n), 0),
    load,
  );
  assert.is(rows[0]![1], 'lw a3,32(t4)            ');
  assert.is(rows[0]![3], '020ea683');
  const counts = rows.map(([, , n]) => Number(n));
  assert.equal(
    counts,
    [...counts].sort((a, b) => b - a),
  );
});

test('verbose shows classes without hits', async () => {
  const { log } = await runWith(SHA1, ['howvec,verbose=on']);
  assert.is(log.match(/^Class: /gm)!.length, new Classifier('riscv64').rows.length);
  assert.match(log, /^Class: V Vector {16}\t\(0 hits\)$/m);
});

test('on a board', async () => {
  const { icount } = await runWith(TIMER, []);
  assert.is(hits(await sameEverywhere(TIMER, 'howvec,inline=on', 'howvec')), icount);
});

test('a class that does not exist is refused with the nearest', async () => {
  try {
    await runWith(SHA1, ['howvec,count=laod']);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /riscv64 has no class laod/);
    assert.match((error as { remedy: string }).remedy, /load/);
  }
});

test('compat=qemu has no table for riscv64: all are counted one by one, 50 shown', async () => {
  const { log } = await runWith(SHA1, ['howvec,compat=qemu']);
  assert.match(
    log,
    /^Instruction Classes:\nClass: Unclassified {12}\tcounted individually\nIndividual Instructions:\n/,
  );
  assert.is(log.match(/^Instr: /gm)!.length, 50);
});

test.run();
