// The decoder that translation uses against the tables it was written from: the text is what the rows give, every
// 16-bit word and random 32-bit words of every row decode to the same row and fields.

import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PatternTable } from '../../emulator/guest/pattern.ts';
import { decode16, decode32 } from '../../emulator/guest/riscv64/decoder.ts';
import { FIELD_NAMES, Fields } from '../../emulator/guest/riscv64/formats.ts';
import { baseTable, compressedTable, decoderText, expansion } from '../../emulator/guest/riscv64/tables.ts';
import { Random, testSeed } from './random.ts';

const FILE = new URL('../../emulator/guest/riscv64/decoder.ts', import.meta.url);
const fields = new Fields();
const NAMES = Object.keys(fields) as (keyof Fields)[];

/** Compares the fields decoded last with those of row `index`; fields it does not have must be as they were. */
function sameFields(table: PatternTable, index: number, word: number, before: number, where: string): void {
  const values = new Int32Array(FIELD_NAMES.length).fill(before);
  table.extract(index, word, values);
  for (const name of NAMES) assert.is(fields[name], values[FIELD_NAMES.indexOf(name)], `${where}: ${name}`);
}

function decode(decoder: (word: number, f: Fields) => number, word: number, before: number): number {
  for (const name of NAMES) fields[name] = before;
  return decoder(word, fields);
}

test('the text is what the rows give', () => {
  const text = decoderText();
  if (process.env.UPDATE_GOLDENS) writeFileSync(FILE, text);
  assert.is(readFileSync(FILE, 'utf8'), text, 'UPDATE_GOLDENS=1 writes it anew');
});

test('every 16-bit word', () => {
  const table = compressedTable();
  for (let word = 0; word < 65536; word++) {
    const index = table.find(word);
    const where = `0x${word.toString(16)}`;
    assert.is(decode(decode16, word, -77), index < 0 ? -1 : expansion()[index], where);
    if (index >= 0) sameFields(table, index, word, -77, where);
  }
});

test('random words of every 32-bit row, and random words', () => {
  const table = baseTable();
  const seed = testSeed();
  const random = new Random(seed);
  const check = (word: number): void => {
    const index = table.find(word);
    const where = `0x${(word >>> 0).toString(16)}, seed ${seed}`;
    assert.is(decode(decode32, word, -77), index, where);
    if (index >= 0) sameFields(table, index, word, -77, where);
  };
  for (let index = 0; index < table.rows.length; index++) {
    for (let i = 0; i < 300; i++) {
      const word = table.shape(index, random.bits());
      if (word !== undefined) check(word);
    }
  }
  for (let i = 0; i < 100_000; i++) check(random.bits() | 3);
});

test.run();
