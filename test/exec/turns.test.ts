// vCPUs take turns at exact instruction counts, code may be flushed at any time, and a slice may be as short as one
// instruction: none of it changes what the guest does.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { API_VERSION } from '../../emulator/plugin/api.ts';
import { Random, testSeed } from '../guest/random.ts';
import { Asm } from '../support/asm.ts';
import { CALL } from '../support/mini-machine.ts';
import { BASELINE, CONFIGS, describe, snapshot, someConfigs, start } from './configs.ts';
import { CODE, DATA, type GuestProgram, PROGRAMS } from './programs.ts';
import { randomProgram } from './random-program.ts';

const test = suite('turns and flushes');
const FAR = 2_000_000;
const seed = testSeed();

/** Three vCPUs add to one counter without and with atomics; the last to finish ends the run. */
const THREE: GuestProgram = (() => {
  const a = new Asm(CODE);
  a.la(10, 'work').li(11, 1).ecall(CALL.addCpu).la(10, 'work').li(11, 2).ecall(CALL.addCpu);
  a.li(10, 3);
  a.label('work').li(8, DATA).li(9, 9000).imm('addi', 7, 0, 1);
  // A plain read-modify-write loses additions wherever a turn ends inside it: how many depends on the turns alone.
  a.label('loop').load('ld', 5, 8, 0).op('add', 5, 5, 10).store('sd', 5, 8, 0);
  a.i('amoadd.d', { rd: 6, rs1: 8, rs2: 10 }).imm('addi', 8, 8, 8).i('amoadd.w', { rd: 0, rs1: 8, rs2: 7 });
  a.imm('addi', 8, 8, -8).imm('addi', 9, 9, -1).branch('bne', 9, 0, 'loop');
  a.imm('addi', 8, 8, 16).i('amoadd.d', { rd: 6, rs1: 8, rs2: 7 }).imm('addi', 6, 6, -2);
  a.label('wait').branch('bne', 6, 0, 'wait').ecall(CALL.exit);
  return { name: 'three', code: a.finish(), onFault: 'exit' };
})();

test(`three vCPUs on every configuration, stopped anywhere (seed ${seed})`, () => {
  const random = new Random(seed);
  const base = start(BASELINE, { ...THREE });
  base.memory.poke(DATA, new Uint8Array(64));
  base.machine.run(FAR);
  const final = snapshot(base);
  assert.is(base.memory.readUint(DATA + 8, 4), 27000, 'every atomic addition counts');
  assert.ok(Number(base.memory.readU64(DATA)) < 2 * 9000 * 6, 'some plain ones are lost');
  const length = base.machine.icount;
  base.close();
  const limits = Array.from({ length: 60 }, () => random.below(length)).sort((x, y) => x - y);
  const states = new Map<number, bigint>();
  for (const config of [BASELINE, ...someConfigs(random, 12)]) {
    const mini = start(config, THREE);
    mini.memory.poke(DATA, new Uint8Array(64));
    for (const limit of limits) {
      mini.machine.run(limit);
      const digest = mini.machine.stateDigest();
      assert.is(digest, states.get(limit) ?? digest, `${describe(config)} at ${limit}`);
      states.set(limit, digest);
    }
    mini.machine.run(FAR);
    assert.is(snapshot(mini), final, describe(config));
    mini.close();
  }
});

test(`checkpoints between turns (seed ${seed})`, () => {
  const random = new Random(seed);
  for (const config of someConfigs(random, 4)) {
    const mini = start(config, THREE);
    const { machine } = mini;
    machine.run(3);
    const early = machine.checkpoint();
    machine.run(10000 + random.below(30000));
    const middle = snapshot(mini);
    const late = machine.checkpoint();
    machine.run(FAR);
    const final = snapshot(mini);
    const limit = Number(/icount (\d+)/.exec(middle)![1]);
    machine.rollback(late);
    assert.is(snapshot(mini), middle);
    machine.run(FAR);
    assert.is(snapshot(mini), final);
    machine.rollback(early);
    machine.run(limit);
    assert.is(snapshot(mini), middle, `${describe(config)}: from before the other vCPUs`);
    machine.run(FAR);
    assert.is(snapshot(mini), final);
    mini.close();
  }
});

/** Two vCPUs hand a word to and fro, waiting for it by giving up their turns. */
const YIELDING: GuestProgram = (() => {
  const a = new Asm(CODE);
  a.la(10, 'work').li(11, 1).ecall(CALL.addCpu).li(10, 0);
  a.label('work').li(8, DATA).li(9, 100).imm('addi', 11, 10, 0).imm('xori', 12, 11, 1);
  a.label('loop').load('ld', 5, 8, 0).branch('beq', 5, 11, 'mine').ecall(CALL.yield).jal(0, 'loop');
  a.label('mine').store('sd', 12, 8, 0).imm('addi', 9, 9, -1).branch('bne', 9, 0, 'loop').ecall(CALL.exit);
  return { name: 'yielding', code: a.finish(), onFault: 'exit' };
})();

test('a vCPU that gives up its turn does not spin through it', () => {
  const ends = new Set<string>();
  for (const config of [BASELINE, ...someConfigs(new Random(seed), 8)]) {
    const mini = start(config, YIELDING);
    mini.memory.poke(DATA, new Uint8Array(64));
    mini.machine.run(FAR);
    assert.equal(mini.machine.ended?.kind, 'exit', describe(config));
    assert.ok(mini.machine.icount < 4000, `${mini.machine.icount} instructions`);
    ends.add(snapshot(mini));
    mini.close();
  }
  assert.is(ends.size, 1);
});

/** vCPU 1 waits 300 instructions of vCPU 0, three times; vCPU 0 works, waits alone, and ends the run. */
const WAITING: GuestProgram = (() => {
  const a = new Asm(CODE);
  a.la(10, 'other').ecall(CALL.addCpu).li(9, 25000).label('work').imm('addi', 9, 9, -1).branch('bne', 9, 0, 'work');
  a.li(10, 50).ecall(CALL.wait).li(10, 3).ecall(CALL.exit);
  a.label('other').li(8, 3).label('again').li(10, 300).ecall(CALL.wait);
  a.imm('addi', 8, 8, -1).branch('bne', 8, 0, 'again').li(10, 1000000).ecall(CALL.wait).ecall(CALL.exit);
  return { name: 'waiting', code: a.finish(), onFault: 'exit' };
})();

test('waiting vCPUs: plugins hear of it at exact places', async () => {
  const runs = new Set<string>();
  for (const config of [BASELINE, ...someConfigs(new Random(seed), 8)]) {
    for (const slice of [FAR, 11]) {
      const mini = start(config, WAITING);
      mini.platform.kind = 'system';
      const lines: string[] = [];
      await mini.install({
        name: 'waits',
        apiVersion: API_VERSION,
        install(api) {
          api.onVcpuIdle((cpu) => lines.push(`${api.machine.icount} idle ${cpu}`));
          api.onVcpuResume((cpu) => lines.push(`${api.machine.icount} resume ${cpu}`));
        },
      });
      for (let at = slice; !mini.machine.ended; at += slice) mini.machine.run(at);
      assert.equal(mini.machine.ended, { kind: 'exit', code: 3 });
      runs.add([...lines, `${mini.machine.icount} ${mini.machine.stateDigest()}`].join('\n'));
      mini.close();
    }
  }
  assert.is(runs.size, 1, [...runs].join('\n---\n'));
  const lines = [...runs][0]!.split('\n');
  assert.is(lines.filter((line) => line.endsWith('idle 1')).length, 4);
  assert.is(lines.filter((line) => line.endsWith('resume 1')).length, 3);
  assert.is(lines.filter((line) => line.endsWith('idle 0')).length, 1);
});

test(`code flushed between slices (seed ${seed})`, () => {
  const random = new Random(seed + 1);
  for (const program of [...PROGRAMS, randomProgram(new Random(seed), 50)]) {
    const base = start(BASELINE, program);
    base.machine.run(FAR);
    const final = snapshot(base);
    base.close();
    for (let n = 0; n < 3; n++) {
      const config = random.pick(CONFIGS);
      const mini = start(config, program);
      for (let at = 1; !mini.machine.ended; at += 1 + random.below(60)) {
        mini.machine.run(at);
        mini.machine.flushCode();
      }
      assert.is(snapshot(mini), final, `${program.name} on ${describe(config)}`);
      mini.close();
    }
  }
});

test(`code flushed from callbacks; counts stay (seed ${seed})`, async () => {
  const random = new Random(seed + 2);
  for (const program of [...PROGRAMS, randomProgram(new Random(seed + 1), 50)]) {
    const base = start(BASELINE, program);
    base.machine.run(FAR);
    const final = snapshot(base);
    base.close();
    const config = random.pick(CONFIGS);
    const seen: string[] = [];
    for (const every of [0, 1, 7]) {
      const mini = start(config, program);
      let blocks = 0;
      let insns = 0;
      let flushes = 0;
      await mini.install({
        name: 'flusher',
        apiVersion: API_VERSION,
        install(api) {
          api.onFlush(() => flushes++);
          api.onTbTrans((tb) => {
            tb.onExec(() => {
              blocks++;
              if (every && blocks % every === 0) mini.machine.flushCode();
            });
            for (const insn of tb.insns()) insn.onExec(() => insns++);
          });
        },
      });
      mini.machine.run(FAR);
      assert.is(snapshot(mini), final, `${program.name} on ${describe(config)} flushed every ${every}`);
      assert.ok(every === 0 || flushes > 0, `${flushes} flushes`);
      assert.equal(mini.warnings, []);
      seen.push(`${blocks} ${insns}`);
      mini.close();
    }
    assert.is(new Set(seen).size, 1, `${program.name} on ${describe(config)}: ${seen.join(', ')}`);
  }
});

test.run();
