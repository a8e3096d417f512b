// ELF reading: what a good file gives, and that no damaged one does anything but a UsageError.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../emulator/must.ts';
import { type ElfFile, guessMachine, isUserElf, parseElf } from '../../emulator/user/elf.ts';
import { SymbolTable } from '../../emulator/user/symbols.ts';
import { CODE, makeElf } from './make-elf.ts';

function problemOf(bytes: Uint8Array): string {
  try {
    parseElf(bytes);
  } catch (error) {
    assert.instance(error, UsageError);
    assert.ok((error as UsageError).remedy !== '', 'a remedy');
    return (error as UsageError).message;
  }
  return 'accepted';
}

function changed(edit: (view: DataView) => void, bytes = makeElf()): Uint8Array {
  edit(new DataView(bytes.buffer));
  return bytes;
}

test('reads header, segments, sections and symbols', () => {
  const elf = parseElf(makeElf());
  assert.is(elf.machine, 243);
  assert.is(elf.type, 2);
  assert.is(elf.entry, CODE + 0x200);
  assert.equal(
    elf.programs.map((p) => [p.type, p.flags, p.vaddr, p.fileSize, p.memSize]),
    [
      [1, 5, CODE, 0x280, 0x280],
      [1, 6, 0x12f80, 0x100, 0x2100],
    ],
  );
  assert.equal(
    elf.sections.map((s) => s.name),
    ['', '.text', '.symtab', '.strtab', '.shstrtab'],
  );
  assert.equal(
    elf.symbols.map((s) => s.name),
    ['_start', 'main', 'helper'],
  );
  assert.is(elf.interpreter, undefined);
});

test('reads a file that is a view into a larger buffer', () => {
  const inner = makeElf();
  const outer = new Uint8Array(inner.length + 100);
  outer.set(inner, 37);
  const elf = parseElf(outer.subarray(37, 37 + inner.length));
  assert.is(elf.symbols.length, 3);
});

function stripLoads(view: DataView): void {
  for (const i of [0, 1]) view.setUint32(64 + 56 * i, 4, true);
}

test('names what is wrong', () => {
  const cases: [string, Uint8Array][] = [
    ['magic number', new Uint8Array(0)],
    ['magic number', new TextEncoder().encode('#!/bin/sh\n')],
    ['inside the file header', makeElf().subarray(0, 40)],
    ['32-bit', changed((v) => v.setUint8(4, 1))],
    ['big-endian', changed((v) => v.setUint8(5, 2))],
    ['not an executable', changed((v) => v.setUint16(16, 1, true))],
    ['no program headers', changed((v) => v.setUint16(56, 0, true))],
    ['program headers', changed((v) => v.setUint16(56, 60000, true))],
    ['56', changed((v) => v.setUint16(54, 32, true))],
    ['outside the file', changed((v) => v.setBigUint64(32, 0x13f0n, true))],
    ['out of range', changed((v) => v.setBigUint64(32, 2n ** 64n - 64n, true))],
    ['past the end', changed((v) => v.setBigUint64(64 + 32, 0x5000n, true))],
    ['past the end', changed((v) => v.setBigUint64(64 + 8, 0x5000n, true))],
    ['larger in the file', changed((v) => v.setBigUint64(64 + 40, 0x10n, true))],
    ['bytes large', changed((v) => v.setBigUint64(64 + 40, 2n ** 50n, true))],
    ['out of range', changed((v) => v.setBigUint64(64 + 40, 2n ** 63n, true))],
    ['out of range', changed((v) => v.setBigUint64(24, 2n ** 64n - 2n, true))],
    ['overlap', changed((v) => v.setBigUint64(64 + 40, 0x4000n, true))],
    ['nothing to load', changed((v) => stripLoads(v))],
  ];
  for (const [words, bytes] of cases) {
    const problem = problemOf(bytes);
    assert.ok(problem.includes(words), `wanted "${words}", got "${problem}"`);
  }
});

test('a damaged section table only loses the names', () => {
  const elf = parseElf(changed((v) => v.setBigUint64(40, 2n ** 63n, true)));
  assert.is(elf.sections.length, 0);
  assert.is(elf.symbols.length, 0);
});

test('random damage never does anything but a UsageError', () => {
  const seed = 20240611;
  let state = seed;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % limit;
  };
  let accepted = 0;
  for (let round = 0; round < 4000; round++) {
    let bytes = makeElf();
    for (let i = random(6); i >= 0; i--) {
      // Headers more often than contents.
      const at =
        random(4) === 0 ? random(bytes.length) : [random(64), 64 + random(112), 0x1180 + random(320)][random(3)]!;
      bytes[at] = [0, 0xff, 0x7f, 0x80, random(256)][random(5)]!;
    }
    if (random(3) === 0) bytes = bytes.subarray(0, random(bytes.length + 1));
    let elf: ElfFile;
    try {
      elf = parseElf(bytes);
      guessMachine(elf);
      new SymbolTable(() => elf.symbols).at(elf.entry);
      accepted++;
    } catch (error) {
      if (!(error instanceof UsageError)) assert.unreachable(`seed ${seed} round ${round}: ${error}`);
    }
  }
  assert.ok(accepted > 100, `${accepted} survived: the damage is too heavy to test anything`);
});

test('tells programs from bare-metal images', () => {
  assert.is(guessMachine(parseElf(makeElf())), 'user');
  const bare = makeElf({ codeAddr: 0x80000000, dataAddr: 0x80002f80 });
  assert.is(guessMachine(parseElf(bare)), 'virt');
  assert.is(isUserElf(parseElf(bare)), false);
  assert.is(guessMachine(parseElf(makeElf({ codeAddr: 0x80000000, dataAddr: 0x80002f80, osAbi: 3 }))), 'user');
  assert.is(guessMachine(parseElf(makeElf({ interpreter: '/lib/ld.so' }))), 'user');
});

test('finds symbols by address and by name', () => {
  const table = new SymbolTable(() => parseElf(makeElf()).symbols, 0x1000);
  assert.equal(table.at(CODE + 0x1200), { name: '_start', offset: 0 });
  assert.equal(table.at(CODE + 0x120b), { name: '_start', offset: 11 });
  assert.is(table.at(CODE + 0x120c), undefined);
  assert.is(table.describe(CODE + 0x121c), 'main+0xc');
  assert.is(table.describe(CODE + 0x1300), 'helper+0xd0');
  assert.is(table.at(0), undefined);
  assert.is(table.addressOf('main'), CODE + 0x1210);
  assert.is(new SymbolTable(() => []).at(5), undefined);
});

test('a symbol inside a larger one, and several at one address', () => {
  const s = (name: string, addr: number, size: number, kind: 'function' | 'label' = 'function', global = true) => ({
    name,
    addr,
    size,
    kind,
    global,
  });
  const table = new SymbolTable(() => [s('inner', 0x110, 8), s('outer', 0x100, 0x100), s('label', 0x100, 0, 'label')]);
  assert.is(table.describe(0x100), 'outer');
  assert.is(table.describe(0x114), 'inner+0x4');
  assert.is(table.describe(0x118), 'outer+0x18');
});

test.run();
