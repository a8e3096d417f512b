// Memory hooks seen one by one: address, value, size, sign and direction of each access of a program written out here,
// rings in order and past their end, and the observation log of a replay.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BlockObservation } from '../../emulator/exec/machine-control.ts';
import type { PluginModule, Ring } from '../../emulator/plugin/api.ts';
import { API_VERSION } from '../../emulator/plugin/api.ts';
import { type Config, describe, someConfigs, start } from '../exec/configs.ts';
import { CODE, DATA, type GuestProgram, NOWHERE, PROGRAMS } from '../exec/programs.ts';
import { randomProgram } from '../exec/random-program.ts';
import { Random, testSeed } from '../guest/random.ts';
import { Asm } from '../support/asm.ts';
import { CALL } from '../support/mini-machine.ts';

const test = suite('memory hooks');
const FAR = 2_000_000;
const seed = testSeed();

const ACCESSES: GuestProgram = (() => {
  const a = new Asm(CODE);
  // s0 two bytes before the end of the first data page, s1 eight-aligned after it.
  a.li(8, DATA + 4094)
    .li(9, DATA + 4096 + 64)
    .li(10, NOWHERE)
    .li(5, 0x12345678)
    .li(6, -2)
    .li(7, 3);
  a.label('loop');
  a.store('sb', 6, 8, 0).load('lb', 11, 8, 0).load('lbu', 11, 8, 0);
  a.store('sh', 6, 8, 0).load('lh', 11, 8, 0).load('lhu', 11, 8, 0);
  // Across the page boundary.
  a.store('sw', 5, 8, 0).load('lw', 11, 8, 0).load('lwu', 11, 8, 0).store('sd', 5, 8, 0).load('ld', 0, 8, 0);
  a.store('sd', 6, 9, 0).i('amoadd.d', { rd: 12, rs1: 9, rs2: 5 }).i('amomaxu.w', { rd: 12, rs1: 9, rs2: 6 });
  a.i('lr.d', { rd: 13, rs1: 9 }).i('sc.d', { rd: 14, rs1: 9, rs2: 7 }).i('sc.d', { rd: 14, rs1: 9, rs2: 7 });
  // These fault: nothing is reported.
  a.load('ld', 11, 10, 0).store('sd', 11, 10, 0).i('amoadd.w', { rd: 11, rs1: 10, rs2: 5 });
  // A load that overwrites its own base.
  a.imm('addi', 15, 9, 0).load('ld', 15, 15, 0).imm('addi', 15, 9, -8).load('ld', 15, 15, 8);
  a.imm('addi', 7, 7, -1).branch('bne', 7, 0, 'loop').ecall(CALL.exit);
  return { name: 'accesses', code: a.finish(), onFault: 'skip' };
})();

function expectedAccesses(): string[] {
  const out: string[] = [];
  const edge = DATA + 4094;
  const atomic = DATA + 4096 + 64;
  const add = (how: string, address: number, value: bigint): void => {
    out.push(`${how} ${address.toString(16)} ${value.toString(16)}`);
  };
  for (let t2 = 3n; t2 > 0n; t2--) {
    add('wu1', edge, 0xfen);
    add('rs1', edge, 0xfen);
    add('ru1', edge, 0xfen);
    add('wu2', edge, 0xfffen);
    add('rs2', edge, 0xfffen);
    add('ru2', edge, 0xfffen);
    add('wu4', edge, 0x12345678n);
    add('rs4', edge, 0x12345678n);
    add('ru4', edge, 0x12345678n);
    add('wu8', edge, 0x12345678n);
    add('ru8', edge, 0x12345678n);
    const minus2 = BigInt.asUintN(64, -2n);
    add('wu8', atomic, minus2);
    add('ru8', atomic, minus2);
    const sum = BigInt.asUintN(64, minus2 + 0x12345678n);
    add('wu8', atomic, sum);
    add('rs4', atomic, sum & 0xffffffffn);
    add('wu4', atomic, 0xfffffffen);
    const now = (sum & ~0xffffffffn) | 0xfffffffen;
    add('ru8', atomic, now);
    // The reservation holds: read again, then written. The second store-conditional touches nothing.
    add('ru8', atomic, now);
    add('wu8', atomic, t2);
    add('ru8', atomic, t2);
    add('ru8', atomic, t2);
  }
  return out;
}

const CONFIGS: readonly Config[] = someConfigs(new Random(seed), 14);

test('every access, in order, with its value', async () => {
  const want = expectedAccesses();
  for (const config of CONFIGS) {
    const lines: string[] = [];
    const readsOnly: string[] = [];
    const stored: bigint[] = [];
    const mini = start(config, ACCESSES);
    await mini.install({
      name: 'log',
      apiVersion: API_VERSION,
      install(api) {
        const last = api.scoreboard(8).u64();
        api.onTbTrans((tb) => {
          for (const insn of tb.insns()) {
            insn.onMem('rw', (_cpu, info, address) => {
              assert.is(info.sizeBytes, 1 << info.sizeShift);
              assert.is(info.bigEndian, false);
              const how = `${info.isStore ? 'w' : 'r'}${info.signExtended ? 's' : 'u'}${info.sizeBytes}`;
              lines.push(`${how} ${address.toString(16)} ${info.value.toString(16)}`);
            });
            insn.inlineMemStore('w', last, insn.pc);
            insn.onMem('r', (_cpu, info) => readsOnly.push(info.isStore ? 'w' : 'r'));
            const at = BigInt(insn.pc);
            insn.onMem('w', () => stored.push(last.get(0) - at));
          }
        });
      },
    });
    mini.machine.run(FAR);
    const where = describe(config);
    assert.equal(mini.warnings, [], where);
    assert.equal(lines, want, where);
    assert.is(readsOnly.join(''), 'r'.repeat(want.filter((line) => line.startsWith('r')).length), where);
    assert.equal(stored, new Array(want.filter((line) => line.startsWith('w')).length).fill(0n), where);
    mini.close();
  }
});

test('a ring holds what was put, in order; past its end the oldest is lost', async () => {
  for (const config of CONFIGS) {
    const mini = start(config, PROGRAMS[0]!);
    const called: number[] = [];
    let ring: Ring | undefined;
    let small: Ring | undefined;
    await mini.install({
      name: 'ring',
      apiVersion: API_VERSION,
      install(api) {
        ring = api.ring(3000);
        small = api.ring(5);
        api.onTbTrans((tb) => {
          const { id } = tb;
          tb.onExec(() => called.push(id));
          tb.ringPut(ring!, id);
          tb.ringPut(small!, id);
        });
      },
    });
    const where = describe(config);
    const drained: number[] = [];
    for (let at = 50; !mini.machine.ended; at += 50) {
      mini.machine.run(at);
      assert.is(small!.length, called.length);
    }
    assert.is(ring!.length, called.length, where);
    ring!.drain((records) => drained.push(...records));
    assert.equal(drained, called, where);
    assert.is(ring!.length, 0);
    ring!.drain(() => assert.unreachable('an empty ring has nothing to drain'));
    const tail: number[] = [];
    small!.drain((records) => tail.push(...records));
    assert.equal(tail, called.slice(-8), `${where}: eight of five asked for`);
    small!.clear();
    assert.is(small!.length, 0);
    mini.close();
  }
});

function observer(): PluginModule {
  return {
    name: 'observer',
    apiVersion: API_VERSION,
    install(api) {
      api.onTbTrans((tb) => tb.observe());
    },
  };
}

async function observe(config: Config, program: GuestProgram, slice: number): Promise<BlockObservation[]> {
  const mini = start(config, program);
  try {
    const entered: string[] = [];
    await mini.install(observer());
    await mini.install({
      name: 'entries',
      apiVersion: API_VERSION,
      install: (api) =>
        api.onTbTrans((tb) => {
          const { pc, insnCount } = tb;
          tb.onExec((cpu) => entered.push(`${api.machine.icount} ${pc} ${insnCount} ${cpu}`));
        }),
    });
    mini.machine.observations.clear();
    if (slice) for (let at = slice; !mini.machine.ended && at < FAR; at += slice) mini.machine.run(at);
    mini.machine.run(FAR);
    const list = mini.machine.observations.drain();
    assert.equal(
      list.map((o) => `${o.icount} ${o.pc} ${o.insns} ${o.cpu}`),
      entered,
      'one record a block, as it is entered',
    );
    assert.equal(mini.machine.observations.drain(), []);
    return list;
  } finally {
    mini.close();
  }
}

test(`observations: the same digest at the same instruction, whatever the blocks (seed ${seed})`, async () => {
  const random = new Random(seed);
  const programs = [PROGRAMS[1]!, PROGRAMS[3]!, PROGRAMS[7]!, randomProgram(new Random(seed), 40)];
  for (const program of programs) {
    const every = await observe({ translator: 'tci', tuning: { maxInsns: 1 } }, program, 0);
    const at = new Map(every.map((o) => [o.icount, o]));
    for (const config of someConfigs(random, 8)) {
      for (const slice of [0, 1 + random.below(40)]) {
        for (const o of await observe(config, program, slice)) {
          const want = at.get(o.icount);
          const where = `${program.name} on ${describe(config)} at ${o.icount}`;
          assert.is(o.pc, want?.pc, where);
          assert.is(o.digest, want?.digest, where);
        }
      }
    }
  }
});

test('observation may begin in the middle of a block', async () => {
  // Cut at an odd place, go back there, and observe from then on: the stores of the block's rest belong to the digest.
  const at = new Map<number, bigint>();
  for (const [n, maxInsns] of [1, 64, 2, 512].entries()) {
    const mini = start({ translator: 'new-tcg', tuning: { maxInsns, tier: n % 2 ? 'wasm' : 'interp' } }, PROGRAMS[1]!);
    mini.machine.run(27);
    const base = mini.machine.checkpoint();
    mini.machine.run(200);
    await mini.install(observer());
    mini.machine.flushCode();
    mini.machine.rollback(base);
    mini.machine.observations.clear();
    mini.machine.run(200);
    let common = 0;
    for (const o of mini.machine.observations.drain()) {
      if (maxInsns === 1) at.set(o.icount, o.digest);
      assert.is(o.digest, at.get(o.icount), `at ${o.icount} with max-insns=${maxInsns}`);
      common++;
    }
    assert.ok(common > 3);
    mini.close();
  }
});

test.run();
