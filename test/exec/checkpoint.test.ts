// Checkpoints: going back restores everything, and running again repeats everything, on every configuration, with code
// that changes itself and mappings that come and go; nothing leaks over many rounds.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random, testSeed } from '../guest/random.ts';
import { createMini, type Mini } from '../support/mini-machine.ts';
import { BASELINE, type Config, describe, snapshot, someConfigs, start } from './configs.ts';
import { CODE, DATA, type GuestProgram, PROGRAMS } from './programs.ts';
import { randomProgram } from './random-program.ts';

const test = suite('checkpoints');
const FAR = 2_000_000;
const seed = testSeed();

function digests({ machine }: Mini): string {
  const pages = machine.dirtyPages().map((page) => page.toString(16));
  return `memory ${machine.memoryDigest().toString(16)} events ${machine.eventDigest().toString(16)} pages ${pages}`;
}

interface Whole {
  readonly final: string;
  readonly length: number;
}

function whole(program: GuestProgram): Whole {
  const mini = start(BASELINE, program);
  mini.machine.run(FAR);
  const result = { final: snapshot(mini), length: mini.machine.icount };
  mini.close();
  return result;
}

/** Two nested checkpoints, both gone back to, everything compared. Returns the digests seen on the way. */
function goAndReturn(program: GuestProgram, config: Config, want: Whole, first: number, second: number): string {
  const mini = start(config, program);
  const { machine } = mini;
  const where = `${program.name} on ${describe(config)}, checkpoints at ${first} and ${second}`;
  try {
    machine.run(first);
    const atFirst = snapshot(mini);
    const outer = machine.checkpoint();
    assert.is(machine.memoryDigest(), 0n, `${where}: nothing written yet`);
    assert.equal(machine.dirtyPages(), []);
    machine.run(second);
    const atSecond = snapshot(mini);
    const written = digests(mini);
    const inner = machine.checkpoint();
    machine.run(FAR);
    const rest = digests(mini);
    assert.is(snapshot(mini), want.final, where);
    for (let round = 0; round < 2; round++) {
      machine.rollback(inner);
      assert.is(snapshot(mini), atSecond, `${where}: back at the second`);
      machine.run(FAR);
      assert.is(snapshot(mini), want.final, `${where}: again from the second`);
      assert.is(digests(mini), rest, `${where}: same digests from the second`);
    }
    for (let round = 0; round < 2; round++) {
      machine.rollback(outer);
      assert.is(snapshot(mini), atFirst, `${where}: back at the first`);
      machine.run(second);
      assert.is(snapshot(mini), atSecond, `${where}: at the second again`);
      assert.is(digests(mini), written, `${where}: same digests from the first`);
    }
    assert.throws(() => machine.rollback(inner), /no such checkpoint/, 'a later checkpoint is released');
    machine.release(outer);
    assert.throws(() => machine.rollback(outer), /no such checkpoint/);
    machine.run(FAR);
    assert.is(snapshot(mini), want.final, `${where}: to the end`);
    return `${written}\n${rest}`;
  } finally {
    mini.close();
  }
}

for (const program of PROGRAMS) {
  test(`${program.name} (seed ${seed})`, () => {
    const random = new Random(seed);
    const want = whole(program);
    for (let n = 0; n < 3; n++) {
      const first = random.below(want.length - 2);
      const second = first + 1 + random.below(want.length - first - 1);
      const seen = new Set(someConfigs(random, 5).map((config) => goAndReturn(program, config, want, first, second)));
      assert.is(
        seen.size,
        1,
        `${program.name} ${first} ${second}: digests are the same everywhere\n${[...seen].join('\n')}`,
      );
    }
  });
}

test(`random programs (seed ${seed})`, () => {
  const random = new Random(seed + 5);
  for (let n = 0; n < 10; n++) {
    const at = random.bits();
    const program = { ...randomProgram(new Random(at), 10 + random.below(50)), name: `random ${at}` };
    const want = whole(program);
    const first = random.below(want.length - 2);
    const second = first + 1 + random.below(want.length - first - 1);
    const seen = new Set(someConfigs(random, 4).map((config) => goAndReturn(program, config, want, first, second)));
    assert.is(seen.size, 1, `${program.name} ${first} ${second}`);
  }
});

test('a sliding row of checkpoints, as lockstep keeps it', () => {
  for (const config of someConfigs(new Random(seed), 6)) {
    const program = PROGRAMS[10]!;
    const want = whole(program);
    const mini = start(config, program);
    const { machine } = mini;
    const row: { id: number; text: string }[] = [];
    let back = 0;
    for (let at = 20; at < want.length; at += 20) {
      machine.run(at);
      row.push({ id: machine.checkpoint(), text: snapshot(mini) });
      if (row.length > 4) machine.release(row.shift()!.id);
      if (at % 100 === 0) {
        const to = row[1]!;
        machine.rollback(to.id);
        assert.is(snapshot(mini), to.text);
        row.length = 2;
        machine.run(at);
        back++;
      }
    }
    assert.ok(back > 1);
    machine.run(FAR);
    assert.is(snapshot(mini), want.final, describe(config));
    mini.close();
  }
});

test(`checkpoints dropped from between others leave those as they were (seed ${seed})`, () => {
  for (const program of [PROGRAMS[1]!, PROGRAMS[7]!, PROGRAMS[10]!]) {
    const want = whole(program);
    for (const config of someConfigs(new Random(seed), 4)) {
      const random = new Random(seed + 1);
      const mini = start(config, program);
      const { machine, memory, runtime } = mini;
      let kept: { id: number; text: string }[] = [];
      for (let round = 0; round < 60; round++) {
        const what = random.below(8);
        if (what < 4 || kept.length < 3) {
          machine.run(Math.min(want.length, machine.icount + random.below(40)));
          kept.push({ id: machine.checkpoint(), text: snapshot(mini) });
        } else if (what < 7) {
          const [gone] = kept.splice(1 + random.below(kept.length - 2), 1);
          machine.drop(gone!.id);
          assert.throws(() => machine.rollback(gone!.id), /no such checkpoint/);
        } else {
          const to = random.below(kept.length);
          machine.rollback(kept[to]!.id);
          assert.is(snapshot(mini), kept[to]!.text, `${program.name} on ${describe(config)}, round ${round}`);
          kept = kept.slice(0, to + 1);
        }
        assert.is(runtime.getFramesUsed() * 4096 - machine.undoBytes, memory.bytesInUse, 'every copy is accounted for');
      }
      machine.run(FAR);
      assert.is(snapshot(mini), want.final);
      for (const { id, text } of kept.reverse()) {
        machine.rollback(id);
        assert.is(snapshot(mini), text);
      }
      const [first] = kept.slice(-1);
      machine.release(first!.id);
      assert.is(machine.undoBytes, 0);
      mini.close();
    }
  }
});

test(`blocks are not cut by runBlocks, and what runs on from there is the same (seed ${seed})`, () => {
  const random = new Random(seed + 2);
  for (const program of PROGRAMS) {
    const want = whole(program);
    const exact = start(BASELINE, program);
    const mini = start({ translator: 'new-tcg', tuning: { hotThreshold: 2, maxInsns: 1 } }, program);
    const long = start({ translator: 'new-tcg', tuning: { hotThreshold: 2 } }, program);
    let stayed = 0;
    for (let at = 0; at < want.length; ) {
      at += 1 + random.below(20);
      const before = long.machine.icount;
      const stopped = long.machine.runBlocks(at);
      mini.machine.runBlocks(at);
      assert.ok(long.machine.icount <= at);
      assert.is(mini.machine.icount, Math.min(at, want.length), 'blocks of one instruction always fit');
      if (long.machine.icount === before) stayed++;
      if (stopped.kind === 'limit') {
        exact.machine.run(long.machine.icount);
        assert.is(snapshot(long), snapshot(exact), `${program.name} at ${long.machine.icount}`);
      }
    }
    long.machine.run(FAR);
    assert.is(snapshot(long), want.final, `${program.name}, held back ${stayed} times`);
    for (const each of [exact, mini, long]) each.close();
  }
});

test('no frame is lost over many rounds', () => {
  for (const program of [PROGRAMS[1]!, PROGRAMS[7]!, PROGRAMS[10]!]) {
    const mini = start({ translator: 'new-tcg', tuning: { hotThreshold: 2 } }, program);
    const { machine, memory, runtime } = mini;
    machine.run(60);
    const base = machine.checkpoint();
    const frames: number[] = [];
    const bytes: number[] = [];
    for (let round = 0; round < 40; round++) {
      machine.run(150);
      const inner = machine.checkpoint();
      machine.run(FAR);
      if (round % 3 === 0) machine.rollback(inner);
      else if (round % 3 === 1) {
        machine.rollback(inner);
        machine.run(160);
        machine.checkpoint();
        machine.run(FAR);
      }
      machine.rollback(base);
      frames.push(runtime.getFramesUsed());
      bytes.push(memory.bytesInUse);
    }
    assert.is(new Set(frames).size, 1, `${program.name}: ${frames}`);
    assert.is(new Set(bytes).size, 1, `${program.name}: ${bytes}`);
    machine.run(FAR);
    machine.release(base);
    assert.is(runtime.getFramesUsed() * 4096, memory.bytesInUse, 'without a checkpoint there are no copies');
    mini.close();
  }
});

test('mappings and bytes changed from outside are restored, and translated code follows', () => {
  for (const config of someConfigs(new Random(seed), 12)) {
    const mini = start(config, PROGRAMS[0]!);
    const { machine, memory, cpu } = mini;
    machine.run(40);
    const before = snapshot(mini);
    const base = machine.checkpoint();
    machine.run(FAR);
    const final = snapshot(mini);
    for (let round = 0; round < 3; round++) {
      machine.rollback(base);
      assert.is(snapshot(mini), before, `${describe(config)} round ${round}`);
      if (round === 0) {
        memory.unmap(DATA, 4096);
        memory.map(DATA + 0x10000, 8192, 3);
        memory.poke(DATA + 0x10000, Uint8Array.of(1, 2, 3));
        memory.protect(CODE, 4096, 1);
      } else if (round === 1) {
        // The loop's first instruction becomes a jump to itself; then the whole page something else.
        memory.poke(cpu.pc, Uint8Array.of(0x6f, 0, 0, 0));
        machine.run(100);
        memory.map(CODE, 4096, 7);
        machine.run(200);
      }
    }
    machine.run(FAR);
    assert.is(snapshot(mini), final, describe(config));
    mini.close();
  }
});

test('vCPUs made after a checkpoint are gone behind it', () => {
  const mini = createMini();
  const { machine, memory, cpu } = mini;
  memory.map(CODE, 4096, 7);
  memory.poke(CODE, Uint8Array.of(0x6f, 0, 0, 0));
  cpu.pc = CODE;
  machine.run(100);
  const digest = machine.stateDigest();
  const base = machine.checkpoint();
  const other = machine.addCpu()!;
  other.pc = CODE;
  machine.run(30000);
  assert.is.not(machine.stateDigest(), digest);
  machine.rollback(base);
  assert.is(machine.stateDigest(), digest);
  machine.run(30000);
  assert.is(cpu.pc, CODE);
  assert.is(machine.addCpu()!.index, 1, 'the place is free again');
  mini.close();
});

test('an undo log that was too small is said, and the next checkpoint is whole again', () => {
  const quota = 64 * 4096;
  const mini = createMini({ memoryBytes: quota, frameBytes: 12 * 4096 });
  const { machine, memory } = mini;
  memory.map(DATA, 8 * 4096, 3);
  const page = (n: number, value: number): boolean => memory.write(DATA + n * 4096, Uint8Array.of(value));
  for (let n = 0; n < 8; n++) page(n, 1);
  const lost = machine.checkpoint();
  for (let n = 0; n < 8; n++) page(n, 2);
  assert.throws(() => machine.rollback(lost), /undo log/);
  machine.release(lost);
  const next = machine.checkpoint();
  for (const n of [0, 7]) page(n, 3);
  assert.equal(machine.dirtyPages(), [DATA, DATA + 7 * 4096]);
  machine.rollback(next);
  for (let n = 0; n < 8; n++) assert.equal(memory.read(DATA + n * 4096, 1), Uint8Array.of(2), `page ${n}`);
  // One after another without a release in between.
  const third = machine.checkpoint();
  for (let n = 0; n < 8; n++) page(n, 4);
  const fourth = machine.checkpoint();
  machine.release(third);
  page(5, 5);
  machine.rollback(fourth);
  for (let n = 0; n < 8; n++) assert.equal(memory.read(DATA + n * 4096, 1), Uint8Array.of(4), `page ${n}`);
  mini.close();
});

test('a page written back to what it held does not change the digest', () => {
  const mini = createMini();
  const { machine, memory } = mini;
  memory.map(DATA, 4 * 4096, 3);
  memory.write(DATA, Uint8Array.of(9));
  machine.checkpoint();
  memory.write(DATA, Uint8Array.of(8));
  const changed = machine.memoryDigest();
  assert.is.not(changed, 0n);
  memory.write(DATA, Uint8Array.of(9));
  assert.is(machine.memoryDigest(), 0n);
  memory.write(DATA + 4096, Uint8Array.of(8));
  assert.is.not(machine.memoryDigest(), changed, 'the address counts');
  mini.close();
});

test.run();
