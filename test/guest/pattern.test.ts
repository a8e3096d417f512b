// The row language: what it refuses, and that decode, extract and encode are inverse.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Format, PatternTable, type Row } from '../../emulator/guest/pattern.ts';
import { FIELD_NAMES } from '../../emulator/guest/riscv64/formats.ts';
import { baseTable, compressedTable } from '../../emulator/guest/riscv64/tables.ts';
import { Random, testSeed } from './random.ts';

const FIELDS = ['d', 'imm'];
const D: Format = { letters: { d: { to: ['d'] } } };
const PLAIN: Format = { letters: {} };
const table = (...rows: Row[]): PatternTable => new PatternTable(16, rows, FIELDS);

test('a row of the wrong width is refused', () => {
  assert.throws(() => table({ name: 'short', bits: '0000 0000 0000 000', fmt: PLAIN }), /short: 15 bits drawn/);
});

test('letters and format must agree', () => {
  assert.throws(() => table({ name: 'x', bits: '0000 0000 0000 dddd', fmt: PLAIN }), /letter d is not in the format/);
  assert.throws(() => table({ name: 'x', bits: '0000 0000 0000 0000', fmt: D }), /letters d of the format/);
  const unknown: Format = { letters: { d: { to: ['nowhere'] } } };
  assert.throws(() => table({ name: 'x', bits: '0000 0000 0000 dddd', fmt: unknown }), /no field nowhere/);
});

test('parts must name each drawn bit once', () => {
  const fmt = (parts: string): Format => ({ letters: { i: { to: ['imm'], parts } } });
  const bits = '0000 0000 0000 iiii';
  assert.throws(() => table({ name: 'x', bits, fmt: fmt('4:2') }), /parts name 3 bits, 4 are drawn/);
  assert.throws(() => table({ name: 'x', bits, fmt: fmt('4:2|3') }), /drawn twice/);
});

test('overlapping rows are refused unless one excludes the overlap', () => {
  const general = { name: 'general', bits: '0000 0000 dddd 0001', fmt: D };
  const special = { name: 'special', bits: '0000 0000 0011 0001', fmt: PLAIN };
  assert.throws(() => table(general, special), /rows general and special overlap/);
  const both = table({ ...general, unless: ['---- ---- 0011 ----'] }, special);
  assert.is(both.find(0x31), 1);
  assert.is(both.find(0x21), 0);
  assert.is(both.find(0x22), -1);
});

test('an immediate in parts is put together, sign-extended and taken apart', () => {
  const fmt: Format = { letters: { d: { to: ['d'], plus: 8 }, i: { to: ['imm'], parts: '6|3:1|5:4', signed: true } } };
  const t = table({ name: 'x', bits: '1010 iii 01 ii ddd 0 i', fmt });
  const out = new Int32Array(2);
  // drawn 6,3,2 | 1,5 | 4
  const word = 0b1010_110_01_01_101_0_0;
  assert.is(t.find(word), 0);
  t.extract(0, word, out);
  assert.equal([...out], [13, 0b1101000 - 128]);
  assert.is(t.encode(0, out), word);
});

for (const [name, compiled] of [
  ['32-bit', baseTable()],
  ['16-bit', compressedTable()],
] as const) {
  test(`${name} rows: random fields, encoded and decoded, give the row and the fields back`, () => {
    const seed = testSeed();
    const random = new Random(seed);
    compiled.rows.forEach((row, index) => {
      let tried = 0;
      for (let i = 0; i < 200; i++) {
        const word = compiled.shape(index, random.bits());
        if (word === undefined) continue;
        tried++;
        const where = `${row.name} ${(word >>> 0).toString(16)} seed ${seed}`;
        assert.is(compiled.find(word), index, where);
        const fields = new Int32Array(FIELD_NAMES.length);
        compiled.extract(index, word, fields);
        assert.is(compiled.encode(index, fields), word, where);
      }
      assert.ok(tried > 20, `${row.name}: only ${tried} words`);
    });
  });
}

test('every 16-bit word is one row or none, by testing each row alone', () => {
  const alone = compressedTable().rows.map((row) => new PatternTable(16, [row], FIELD_NAMES));
  for (let word = 0; word < 65536; word++) {
    const rows = alone.flatMap((one, index) => (one.find(word) === 0 ? [index] : []));
    assert.ok(rows.length <= 1, `0x${word.toString(16)} matches ${rows}`);
    assert.is(compressedTable().find(word), rows[0] ?? -1);
  }
});

test('encode refuses a value that does not fit', () => {
  const addi = baseTable().rows.findIndex((row) => row.name === 'addi');
  const fields = new Int32Array(FIELD_NAMES.length);
  fields[FIELD_NAMES.indexOf('imm')] = 2047;
  assert.is(baseTable().encode(addi, fields), 0x7ff00013);
  fields[FIELD_NAMES.indexOf('imm')] = 2048;
  assert.is(baseTable().encode(addi, fields), undefined);
});

test.run();
