// The whole machine as callers get it: a program in an ELF file, plugins installed by start, windows awaited, output of
// plugins in the log, the guest's output and exit code.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMachine, type Machine, type MachineOptions } from '../../emulator/machine.ts';
import { UsageError } from '../../emulator/must.ts';
import { API_VERSION, type PluginModule } from '../../emulator/plugin/api.ts';
import { STANDARD_PLUGINS } from '../../emulator/plugins/index.ts';
import { Asm } from '../support/asm.ts';
import { translatorOf } from '../support/mini-machine.ts';

const test = suite('machine');
const BASE = 0x10000;
const HEADER = 64 + 56;

/** An ELF file of one segment, its entry behind the headers. */
function elf(make: (a: Asm) => void): Uint8Array {
  const a = new Asm(BASE + HEADER);
  make(a);
  const code = a.finish();
  const file = new Uint8Array(HEADER + code.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 243, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(BASE + HEADER), true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 7, true);
  for (const [offset, value] of [
    [72, 0],
    [80, BASE],
    [88, BASE],
    [96, file.length],
    [104, file.length],
    [112, 4096],
  ]) {
    view.setBigUint64(offset!, BigInt(value!), true);
  }
  file.set(code, HEADER);
  return file;
}

/** Counts down from 1000, says hi, exits with 7: 2 + 2000 + 8 instructions. */
const HELLO = elf((a) => {
  a.li(5, 1000).label('loop').imm('addi', 5, 5, -1).branch('bne', 5, 0, 'loop');
  a.imm('addi', 10, 0, 1).la(11, 'text').imm('addi', 12, 0, 3).ecall(64);
  a.imm('addi', 10, 0, 7).ecall(93).label('text').data(0x68, 0x69, 0x0a);
});
const LENGTH = 2 + 2000 + 6 + 3;

interface Run {
  readonly machine: Machine;
  readonly out: string[];
  readonly log: string[];
  readonly warnings: string[];
}

async function make(plugins: MachineOptions['plugins'], more: Partial<MachineOptions> = {}): Promise<Run> {
  const out: string[] = [];
  const log: string[] = [];
  const warnings: string[] = [];
  const text = new TextDecoder();
  const machine = await createMachine({
    program: HELLO,
    programPath: '/hello',
    cwd: '/',
    argv: ['hello'],
    env: [],
    machine: 'user',
    translator: translatorOf('new-tcg', { hotThreshold: 8 }),
    memoryBytes: 16 << 20,
    stdin: new Uint8Array(0),
    stdout: (bytes) => out.push(text.decode(bytes)),
    stderr: () => {},
    warn: (line) => warnings.push(line),
    files: 'overlay',
    log: { items: new Set(['plugin']), write: (line) => log.push(line) },
    plugins,
    ...more,
  });
  await machine.start();
  return { machine, out, log, warnings };
}

function windows(interval: number, seen: string[], during?: (icount: number) => Promise<void>): PluginModule {
  return {
    name: 'windows',
    apiVersion: API_VERSION,
    install(api) {
      api.onWindow(interval, async (icount) => {
        assert.is(icount, api.machine.icount);
        await during?.(icount);
        seen.push(`${icount}:${api.readRegister(0, 't0')}`);
      });
    },
  };
}

test('a program runs to its end, and a plugin says what it counted', async () => {
  const bb = await STANDARD_PLUGINS.insn!();
  const { machine, out, log, warnings } = await make([{ module: bb, args: ['inline'] }]);
  const end = await machine.runAsync();
  machine.finish();
  assert.equal(end, { kind: 'exit', code: 7 });
  assert.is(out.join(''), 'hi\n');
  assert.is(machine.icount, LENGTH);
  assert.is(log.join(''), `cpu 0 insns: ${LENGTH}\ntotal insns: ${LENGTH}\n`);
  assert.equal(warnings, []);
});

test('windows are exact multiples, each awaited before the guest goes on', async () => {
  const seen: string[] = [];
  let inside = false;
  const { machine } = await make([
    {
      module: windows(500, seen, async () => {
        assert.not.ok(inside);
        inside = true;
        await new Promise((resolve) => setTimeout(resolve, 2));
        inside = false;
      }),
      args: [],
    },
    { module: windows(700, seen), args: [] },
  ]);
  await machine.runAsync();
  // The loop has two instructions, and two stand before it.
  const at = (icount: number): string => `${icount}:${1000 - Math.ceil((icount - 2) / 2)}`;
  assert.equal(seen, [500, 700, 1000, 1400, 1500, 2000].map(at));
});

test('windows come again after a rollback, and a limit is kept between them', async () => {
  const seen: string[] = [];
  const { machine } = await make([{ module: windows(500, seen), args: [] }]);
  assert.equal(await machine.runAsync(300), { kind: 'limit' });
  assert.is(machine.icount, 300);
  const base = machine.checkpoint();
  await machine.runAsync(1200);
  machine.rollback(base);
  await machine.runAsync();
  assert.equal(
    seen.map((line) => Number(line.split(':')[0])),
    [500, 1000, 500, 1000, 1500, 2000],
  );
});

test('a plugin removed in a window leaves the windows of others', async () => {
  const seen: string[] = [];
  const { machine, warnings, out } = await make([
    {
      module: windows(500, [], async () => {
        throw new Error('boom');
      }),
      args: [],
    },
    { module: { ...windows(1000, seen), name: 'other' }, args: [] },
  ]);
  await machine.runAsync();
  assert.is(seen.length, 2);
  assert.is(out.join(''), 'hi\n');
  assert.is(warnings.length, 1);
  assert.match(warnings[0]!, /plugin windows failed in window: boom; it has been removed/);
  assert.equal(machine.failedPlugins, ['windows']);
});

test('wrong programs and sizes are refused with a remedy', async () => {
  const wrong = HELLO.slice();
  wrong[18] = 62;
  for (const [more, message] of [
    [{ program: wrong }, /is a program for .+, not for RISC-V/],
    [{ memoryBytes: 4096 }, /guest memory/],
    [{ memoryBytes: 2 ** 33 }, /guest memory/],
    [{ memoryBytes: Number.NaN }, /guest memory/],
  ] as const) {
    try {
      await make([], more);
      assert.unreachable(String(message));
    } catch (error) {
      assert.instance(error, UsageError);
      assert.match((error as UsageError).message, message);
      assert.ok((error as UsageError).remedy.length > 0);
    }
  }
});

test.run();
