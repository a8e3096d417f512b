// Disassembly against GNU objdump: every row with random fields, and every 16-bit word.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { riscv64 } from '../../emulator/guest/riscv64/index.ts';
import { baseTable } from '../../emulator/guest/riscv64/tables.ts';
import { bytesOf } from '../../emulator/sequence/encode.ts';
import { skip } from '../support/skip.ts';
import { BASE, hasObjdump, objdump } from './objdump.ts';
import { Random, testSeed } from './random.ts';

const against = (words: readonly number[], size: 2 | 4, except: ReadonlyMap<number, string>): void => {
  const theirs = objdump(words, size);
  words.forEach((word, i) => {
    const ours = riscv64.disassemble(BASE + i * size, bytesOf(word));
    assert.is(ours, except.get(word) ?? theirs[i], `word 0x${(word >>> 0).toString(16)} seed ${testSeed()}`);
  });
};

/** A test that needs objdump. */
const compare = (name: string, run: () => void): void => {
  if (hasObjdump) test(name, run);
  else skip(name, 'riscv64-linux-gnu-objdump is not installed (Debian: binutils-riscv64-linux-gnu)');
};

compare('every 16-bit word prints as objdump prints it', () => {
  const words = Array.from({ length: 65536 }, (_, word) => word).filter((word) => (word & 3) !== 3);
  // Reserved (c.addi16sp by 0), which objdump prints all the same.
  against(words, 2, new Map([[0x6101, '.2byte 0x6101']]));
});

compare('every 32-bit row prints as objdump prints it', () => {
  const random = new Random(testSeed());
  const exact = new Set(['fcvt.d.w', 'fcvt.d.wu', 'fcvt.d.s']);
  const words: number[] = [];
  baseTable().rows.forEach((row, index) => {
    for (let i = 0; i < 60; i++) {
      // Zero, all-one and equal fields select aliases.
      let bits = random.bits();
      if (i % 6 === 1) bits &= ~(31 << 15);
      if (i % 6 === 2) bits &= ~(31 << 20);
      if (i % 6 === 3) bits &= ~(31 << 7);
      if (i % 6 === 4) bits &= 0xfff;
      if (i % 12 === 5) bits = -1;
      if (i % 12 === 11) bits = (bits & ~(31 << 20)) | (((bits >>> 15) & 31) << 20);
      // objdump knows exact conversions with rounding mode 0 only.
      if (exact.has(row.name)) bits &= ~(7 << 12);
      const word = baseTable().shape(index, bits);
      if (word !== undefined) words.push(word);
    }
  });
  against(words, 4, new Map());
});

compare('CSRs print under the names objdump knows', () => {
  const words = Array.from({ length: 4096 }, (_, csr) => (csr << 20) | 0x2573);
  against(words, 4, new Map());
});

test('what is no instruction prints as data, and nothing throws', () => {
  const text = (...bytes: number[]): string => riscv64.disassemble(0x1000, Uint8Array.from(bytes));
  assert.is(text(), '');
  assert.is(text(0x13), '.byte 0x13');
  assert.is(text(0x13, 0x05), '.2byte 0x513');
  assert.is(text(0xff, 0xff, 0xff, 0xff), '.4byte 0xffffffff');
  assert.is(text(0, 0), 'unimp');
  assert.is(text(0x02, 0x80), '.2byte 0x8002');
});

test('targets are plain numbers, also below zero', () => {
  assert.is(riscv64.disassemble(0x10a30, Uint8Array.of(0x6f, 0x00, 0xc0, 0x00)), 'j 0x10a3c');
  assert.is(riscv64.disassemble(0, Uint8Array.of(0xe3, 0x0e, 0xb5, 0xfe)), 'beq a0,a1,0xfffffffffffffffc');
});

test.run();
