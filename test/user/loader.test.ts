// The process image: segments, protections, stack contents, and programs that cannot be loaded.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { X } from '../../emulator/guest/riscv64/registers.ts';
import { UsageError } from '../../emulator/must.ts';
import { parseElf } from '../../emulator/user/elf.ts';
import { CODE, DATA, makeElf } from './make-elf.ts';
import { Rig } from './rig.ts';

test('maps segments with their protections, zeroes the bss', () => {
  const { memory } = new Rig();
  assert.is(memory.protectionOf(CODE), 5);
  assert.is(memory.protectionOf(CODE + 0x1000), undefined);
  assert.is(memory.protectionOf(DATA), 3);
  assert.is(memory.protectionOf(DATA + 0x2000), 3);
  assert.is(memory.protectionOf(0x16000), undefined);
  assert.equal([...memory.peek(CODE, 4)!], [0x7f, 0x45, 0x4c, 0x46]);
  assert.equal([...memory.peek(DATA, 0x100)!], [...Array(0x100).keys()]);
  assert.ok(memory.peek(DATA + 0x100, 0x2000)!.every((byte) => byte === 0));
});

test('lays out guard, stack, trampoline and heap where QEMU does', () => {
  const rig = new Rig();
  assert.is(rig.memory.protectionOf(0x4000000000), 0);
  assert.is(rig.memory.protectionOf(0x4000001000), 3);
  assert.is(rig.memory.protectionOf(0x4000800fff), 3);
  assert.is(rig.memory.protectionOf(0x4000801000), 5);
  assert.equal([...rig.memory.peek(0x4000801000, 8)!], [0x93, 0x08, 0xb0, 0x08, 0x73, 0, 0, 0]);
  assert.is(rig.call(214, 0), 0x16000);
  assert.is(rig.call(222, 0, 4096, 3, 0x22, -1, 0), 0x4000802000);
});

test('puts arguments, environment and the auxiliary vector on the stack', () => {
  const rig = new Rig();
  const sp = rig.cpu.readNumber(X(2));
  assert.is(sp % 16, 0);
  const word = (i: number): number => Number(rig.memory.readU64(sp + 8 * i));
  const string = (addr: number): string => {
    const text = rig.text(addr, Math.min(64, 0x4000801000 - addr));
    return text.slice(0, text.indexOf('\0'));
  };
  assert.is(word(0), 3);
  assert.equal(
    [1, 2, 3].map((i) => string(word(i))),
    ['prog', 'one', 'two'],
  );
  assert.is(word(4), 0);
  assert.is(string(word(5)), 'HOME=/root');
  assert.is(word(6), 0);
  const aux = new Map<number, number>();
  let i = 7;
  for (; word(i) !== 0; i += 2) aux.set(word(i), word(i + 1));
  assert.equal([...aux.keys()], [3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 25, 23, 31]);
  assert.is(aux.get(3), CODE + 64);
  assert.is(aux.get(4), 56);
  assert.is(aux.get(5), 2);
  assert.is(aux.get(6), 4096);
  assert.is(aux.get(9), CODE + 0x200);
  assert.is(aux.get(16), 0x112d);
  assert.is(aux.get(17), 100);
  assert.is(string(aux.get(31)!), '/bin/prog');
  assert.is(rig.cpu.pc, CODE + 0x200);
  // The random bytes repeat with the seed and change with it.
  const random = (r: Rig): string => r.memory.read(aux.get(25)!, 16)!.join();
  assert.is(random(rig), random(new Rig()));
  assert.is.not(random(rig), random(new Rig({ seed: 2 })));
});

test('loads a position-independent program at its base', () => {
  const elf = parseElf(makeElf({ type: 3, codeAddr: 0, dataAddr: 0x2f80 }));
  const rig = new Rig({ elf });
  assert.is(rig.cpu.pc, 0x4000000200);
  assert.is(rig.memory.protectionOf(0x4000000000), 5);
  assert.is(rig.memory.protectionOf(0x4000002f80), 3);
  assert.is(rig.platform.symbols.describe(0x4000000214), 'main+0x4');
  const brk = rig.call(214, 0);
  assert.is(brk, 0x4000006000);
  assert.is(rig.call(214, brk + (1 << 20)), brk + (1 << 20));
});

test('segments that share a page keep both their bytes', () => {
  const bytes = makeElf({ dataAddr: CODE + 0x280 + 0x1000 - 0x300 });
  // Data at file 0xf80 and address 0x10f80: the same page as the code.
  const rig = new Rig({ elf: parseElf(bytes) });
  assert.equal([...rig.memory.peek(CODE, 4)!], [0x7f, 0x45, 0x4c, 0x46]);
  assert.equal([...rig.memory.peek(CODE + 0xf80, 3)!], [0, 1, 2]);
});

test('refuses what it cannot run, with a remedy', () => {
  const refused = (words: string, options: ConstructorParameters<typeof Rig>[0]): void => {
    try {
      new Rig(options);
    } catch (error) {
      assert.instance(error, UsageError);
      const { message, remedy } = error as UsageError;
      assert.ok(message.includes(words), message);
      assert.ok(remedy.length > 0);
      return;
    }
    assert.unreachable(`accepted: ${words}`);
  };
  refused('dynamically linked', { elf: parseElf(makeElf({ interpreter: '/lib/ld-linux-riscv64-lp64d.so.1' })) });
  refused('a program for x86-64, not for RISC-V', { elf: parseElf(makeElf({ machine: 62 })) });
  refused('outside what a process may use', { elf: parseElf(makeElf({ codeAddr: 0, dataAddr: 0x2f80 })) });
  refused('outside what a process', { elf: parseElf(makeElf({ codeAddr: 2 ** 40, dataAddr: 2 ** 40 + 0x2f80 })) });
  refused('offset and address disagree', { elf: parseElf(makeElf({ dataAddr: 0x20000 })) });
  refused('arguments and environment', { argv: ['prog', 'x'.repeat(3 << 20)] });
  refused('stack of', { stackBytes: 100 });
});

test.run();
