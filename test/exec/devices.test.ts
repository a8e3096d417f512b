// Accesses to devices happen once, in order, each at its exact instruction, whatever block they stand in; plugins see
// them as any other access, and the block around them once.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { IoRegion } from '../../emulator/memory/guest-memory.ts';
import { API_VERSION } from '../../emulator/plugin/api.ts';
import { Random, testSeed } from '../guest/random.ts';
import { Asm } from '../support/asm.ts';
import { CALL, type Mini } from '../support/mini-machine.ts';
import { BASELINE, type Config, describe, snapshot, someConfigs, start } from './configs.ts';
import { CODE, DATA, type GuestProgram } from './programs.ts';

const test = suite('devices');
const DEVICE = 0x90000;
const FAR = 100_000;
const seed = testSeed();

const PROGRAM: GuestProgram = (() => {
  const a = new Asm(CODE);
  a.li(8, DEVICE).li(9, 12).li(5, DATA);
  a.label('loop').imm('addi', 10, 10, 1).load('lw', 11, 8, 0).op('add', 10, 10, 11).store('sd', 10, 8, 8);
  a.store('sw', 11, 5, 0).load('lbu', 12, 8, 3).store('sb', 12, 8, 17).load('lh', 13, 8, 6);
  a.i('amoadd.w', { rd: 14, rs1: 8, rs2: 9 }).load('lw', 15, 5, 0);
  // The device refuses these, and they are misaligned: faults, which are skipped.
  a.load('ld', 11, 8, 64).store('sw', 9, 8, 68).load('lw', 11, 8, 2).store('sd', 9, 8, 4);
  a.op('add', 10, 10, 13).op('add', 10, 10, 14).op('add', 10, 10, 15);
  a.imm('addi', 9, 9, -1).branch('bne', 9, 0, 'loop').ecall(CALL.exit);
  return { name: 'device', code: a.finish(), onFault: 'skip' };
})();

interface Device extends IoRegion {
  readonly log: string[];
  value: bigint;
}

function attach(mini: Mini): Device {
  const log: string[] = [];
  const device: Device = {
    name: 'counter',
    log,
    value: 0n,
    accepts: (offset) => offset < 64,
    read(offset, size) {
      device.value += 3n;
      log.push(`${mini.machine.icount} read ${offset} ${size}`);
      return BigInt.asUintN(8 * size, device.value * 0x0102030405060708n);
    },
    write(offset, size, value) {
      log.push(`${mini.machine.icount} write ${offset} ${size} ${value}`);
      device.value ^= value;
    },
  };
  mini.memory.mapIo(DEVICE, 4096, device);
  return device;
}

async function run(config: Config, slice: number): Promise<{ text: string; counts: string; mem: string[] }> {
  const mini = start(config, PROGRAM);
  const device = attach(mini);
  const mem: string[] = [];
  let blocks = 0;
  let insns = 0;
  await mini.install({
    name: 'see',
    apiVersion: API_VERSION,
    install(api) {
      api.onTbTrans((tb) => {
        tb.onExec(() => blocks++);
        for (const insn of tb.insns()) {
          insn.onExec(() => insns++);
          insn.onMem('rw', (_cpu, info, address) => {
            mem.push(`${address.toString(16)} ${info.isStore ? 'w' : 'r'}${info.sizeBytes} ${info.value.toString(16)}`);
          });
        }
      });
    },
  });
  for (let at = slice; !mini.machine.ended && at <= FAR; at += slice) mini.machine.run(at);
  // The device's window has no bytes to take a snapshot of.
  mini.memory.unmap(DEVICE, 4096);
  const text = [...device.log, snapshot(mini)].join('\n');
  assert.is(insns, mini.machine.icount, `${describe(config)}: instructions`);
  mini.close();
  return { text, counts: `${blocks} ${insns}`, mem };
}

test(`the same accesses everywhere (seed ${seed})`, async () => {
  const random = new Random(seed);
  const want = await run(BASELINE, FAR);
  // 2 + 2 loads, 2 stores, an atomic's two: twelve times.
  assert.is(want.text.match(/ (read|write) /g)!.length, 12 * 7);
  assert.is(want.text.split('\n')[0], '8 read 0 4');
  assert.is(want.text.match(/ misaligned /g)!.length, 24);
  assert.is(want.mem.length, 12 * 9);
  for (const config of someConfigs(random, 25)) {
    const whole = await run(config, FAR);
    assert.is(whole.text, want.text, describe(config));
    assert.equal(whole.mem, want.mem, describe(config));
    const slice = 1 + random.below(30);
    assert.equal(await run(config, slice), whole, `${describe(config)} in slices of ${slice}`);
  }
});

test('accesses from outside never reach a device', () => {
  const mini = start(BASELINE, PROGRAM);
  const device = attach(mini);
  assert.is(mini.memory.read(DEVICE, 4), undefined);
  assert.is(mini.memory.peek(DEVICE, 4), undefined);
  assert.is(mini.memory.write(DEVICE, Uint8Array.of(1)), false);
  assert.is(mini.memory.poke(DEVICE - 2, Uint8Array.of(1, 2, 3)), false);
  assert.is(mini.memory.readU64(DEVICE), undefined);
  assert.equal(device.log, []);
  mini.close();
});

test.run();
