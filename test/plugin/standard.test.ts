// The standard plugins print what QEMU's do, to the letter, on every tier, inline and by callback.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STANDARD_PLUGINS } from '../../emulator/plugins/index.ts';
import { type Config, start } from '../exec/configs.ts';
import { CODE, type GuestProgram } from '../exec/programs.ts';
import { Asm } from '../support/asm.ts';
import { CALL } from '../support/mini-machine.ts';

const test = suite('standard plugins');
const FAR = 100_000;

/** Three blocks: 4 instructions once, 2 instructions nine times, 2 instructions once. */
const LOOP: GuestProgram = (() => {
  const a = new Asm(CODE);
  a.li(5, 10).label('loop').imm('addi', 5, 5, -1).branch('bne', 5, 0, 'loop').ecall(CALL.exit);
  return { name: 'loop', code: a.finish(), onFault: 'exit' };
})();

/** vCPU 0 makes vCPU 1; both add to registers of their own for a while. */
const TWO: GuestProgram = (() => {
  const a = new Asm(CODE);
  a.la(10, 'other').ecall(CALL.addCpu).li(5, 9000).label('a').imm('addi', 5, 5, -1).branch('bne', 5, 0, 'a');
  a.label('forever').jal(0, 'forever');
  a.label('other').li(5, 20000).label('b').i('c.addi', { rd: 5, rs1: 5, imm: -1 }).branch('bne', 5, 0, 'b');
  a.ecall(CALL.exit);
  return { name: 'two', code: a.finish(), onFault: 'exit' };
})();

const WAYS: readonly Config[] = [
  { translator: 'tci', tuning: {} },
  { translator: 'old-tcg', tuning: { hotThreshold: 2 } },
  { translator: 'new-tcg', tuning: { tier: 'wasm' } },
  { translator: 'new-tcg', tuning: { hotThreshold: 4 } },
];

async function outputs(program: GuestProgram, name: string, ...args: string[]): Promise<string> {
  const texts = new Set<string>();
  for (const way of WAYS) {
    for (const more of [[], ['inline=on']]) {
      for (const slice of [FAR, 7]) {
        const mini = start(way, program);
        await mini.install(await STANDARD_PLUGINS[name]!(), ...args, ...more);
        for (let at = slice; !mini.machine.ended && at <= FAR; at += slice) mini.machine.run(at);
        mini.engine.atexit();
        assert.equal(mini.warnings, []);
        texts.add(mini.output.join(''));
        mini.close();
      }
    }
  }
  assert.is(texts.size, 1, [...texts].join('---\n'));
  return [...texts][0]!;
}

test('bb', async () => {
  assert.is(await outputs(LOOP, 'bb'), "CPU0: bb's: 11, insns: 24\nTotal: bb's: 11, insns: 24\n");
});

test('insn', async () => {
  assert.is(await outputs(LOOP, 'insn'), 'cpu 0 insns: 24\ntotal insns: 24\n');
});

test('insn sizes and match', async () => {
  assert.is(
    await outputs(LOOP, 'insn', 'sizes', 'match=add', 'match=bnez', 'match=nothing'),
    [
      'len 4 bytes: 8 insns',
      'cpu 0 insns: 24',
      'total insns: 24',
      'Match: add, hits 11',
      '  0x0000000000010004: addw t0,t0,10 (hits 1)',
      '  0x0000000000010008: add t0,t0,-1 (hits 10)',
      'Match: bnez, hits 10',
      '  0x000000000001000c: bnez t0,0x10008 (hits 10)',
      'Match: nothing, hits 0',
      '',
    ].join('\n'),
  );
});

test('insn trace', async () => {
  const lines = (await outputs(LOOP, 'insn', 'match=bnez', 'trace')).split('\n');
  assert.is(lines[0], "0x000000000001000c, 'bnez t0,0x10008', 1 hits, cpu 0");
  assert.is(lines[9], "0x000000000001000c, 'bnez t0,0x10008', 10 hits, cpu 0");
  assert.is(lines[10], 'cpu 0 insns: 24');
});

test('hotblocks', async () => {
  const [head, columns, first, ...rest] = (await outputs(LOOP, 'hotblocks')).split('\n');
  assert.is(head, 'collected 3 entries in the hash table');
  assert.is(columns, 'pc, tcount, icount, ecount');
  assert.is(first, '0x0000000000010008, 1, 2, 9');
  assert.equal(rest.sort(), ['', '0x0000000000010000, 1, 4, 1', '0x0000000000010010, 1, 2, 1']);
  assert.is((await outputs(LOOP, 'hotblocks', 'limit=1')).split('\n').length, 4);
  assert.is((await outputs(LOOP, 'hotblocks', 'limit=0')).split('\n').length, 6);
});

test('two vCPUs are counted apart', async () => {
  // vCPU 1: 2 + 40000 + 2. vCPU 0 has the turns in between, 10000 instructions each.
  const insn = await outputs(TWO, 'insn');
  const [, zero, one, total] = /^cpu 0 insns: (\d+)\ncpu 1 insns: (\d+)\ntotal insns: (\d+)\n$/.exec(insn)!.map(Number);
  assert.is(one, 40004);
  assert.is(zero! + one!, total);
  assert.is.not(zero! % 10000, 0);
  const bb = await outputs(TWO, 'bb');
  assert.match(
    bb,
    new RegExp(
      `^CPU0: bb's: \\d+, insns: ${zero}\nCPU1: bb's: 20001, insns: 40004\nTotal: bb's: \\d+, insns: ${total}\n$`,
    ),
  );
});

test('an unknown argument is refused', async () => {
  const mini = start(WAYS[0]!, LOOP);
  try {
    await mini.install(await STANDARD_PLUGINS.bb!(), 'inlin');
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /plugin bb has no argument inlin/);
  }
  mini.close();
});

test.run();
