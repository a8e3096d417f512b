// Blocks kept between runs: a run that takes them is the run that translates, block for block; changed guest code,
// damaged bytes and other keys are not taken.

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Picture } from '../../emulator/exec/saved-blocks.ts';
import { createMachine, type Machine, type MachineOptions } from '../../emulator/machine.ts';
import type { Cell, PluginApi, PluginModule } from '../../emulator/plugin/api.ts';
import { translatorIdentity } from '../../emulator/translators/identity.ts';
import { translators } from '../../emulator/translators/index.ts';
import type { Translator } from '../../emulator/translators/translator.ts';
import { PF_X, PT_LOAD, parseElf } from '../../emulator/user/elf.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { mutants } from '../../scenarios/mutants/index.ts';
import { Random, testSeed } from '../guest/random.ts';
import { Asm, encode } from '../support/asm.ts';
import { CALL, translatorOf } from '../support/mini-machine.ts';
import { describe, snapshot, someConfigs, start } from './configs.ts';
import { bytesOf, CODE, type GuestProgram, PROGRAMS } from './programs.ts';
import { randomProgram } from './random-program.ts';

const test = suite('saved blocks');
const seed = testSeed();
const KEY = 'test';
const STOPS = [100, 1017, 20_000];

interface Run {
  readonly machine: Machine;
  /** Everything that must be the same. */
  readonly seen: readonly string[];
  /** Every block that has been made. */
  readonly made: ReadonlySet<string>;
  /** Rewrites asked for: none where nothing was translated. */
  readonly rewrites: number;
  readonly blocks: Uint8Array | undefined;
}

/** Started, and not run yet. */
async function machineOf(
  program: Uint8Array,
  translator: Translator,
  more: Partial<MachineOptions> = {},
): Promise<Machine> {
  const machine = await createMachine({
    program,
    programPath: '/guest',
    cwd: '/',
    argv: ['guest'],
    env: [],
    machine: 'auto',
    translator,
    memoryBytes: 64 << 20,
    stdin: new Uint8Array(0),
    stdout: () => {},
    stderr: () => {},
    warn: () => {},
    files: 'overlay',
    plugins: [],
    ...more,
  });
  await machine.start();
  return machine;
}

async function run(
  program: Uint8Array,
  saved: Uint8Array | undefined,
  translator: Translator,
  key = KEY,
  ...plugins: readonly PluginModule[]
): Promise<Run> {
  const out: Uint8Array[] = [];
  let rewrites = 0;
  const machine = await machineOf(program, translator, {
    stdout: (bytes) => out.push(bytes.slice()),
    stderr: (bytes) => out.push(bytes.slice()),
    changes: { record: () => rewrites++ },
    plugins: plugins.map((module) => ({ module, args: [] })),
  });
  machine.useSavedBlocks(key, saved && pictureOf(saved));
  const seen: string[] = [];
  const look = (): void => {
    const digests = [machine.stateDigest(), machine.memoryDigest(), machine.eventDigest()];
    seen.push(`${machine.icount} ${digests} at ${machine.cpus.map(({ pc }) => pc)}`);
  };
  for (const stop of STOPS) {
    machine.run(stop);
    look();
  }
  seen.push(JSON.stringify(await machine.runAsync()), Buffer.concat(out).toString('latin1'));
  look();
  const made = new Set<string>();
  for (let id = 1; ; id++) {
    const block = machine.block(id);
    if (!block) break;
    made.add(JSON.stringify({ ...block, id: undefined }));
  }
  return { machine, seen, made, rewrites, blocks: machine.blocksToSave() };
}

/** A picture in memory, of which no more than `most` bytes can be read. */
function pictureOf(bytes: Uint8Array, most = bytes.length): Picture & { closed: number } {
  return {
    size: bytes.length,
    closed: 0,
    read(into, at) {
      if (at + into.length > most) return false;
      into.set(bytes.subarray(at, at + into.length));
      return true;
    },
    close() {
      this.closed++;
    },
  };
}

/** How many blocks a picture holds. */
const entriesOf = (picture: Uint8Array): number => new DataView(picture.buffer, picture.byteOffset).getInt32(40, true);
const guest = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(scenarioPath(`scenarios/guests/nolibc/${name}.elf`)));
const QUICK = translatorOf('new-tcg', { hotThreshold: 16 });

for (const name of ['sha1-mini', 'samples', 'patch', 'atomics', 'fault-registers', 'far']) {
  test(`${name}: with the blocks of the first run the second is the same, block for block`, async () => {
    const first = await run(guest(name), undefined, QUICK);
    assert.ok(first.blocks, 'there are blocks to save');
    const second = await run(guest(name), first.blocks, QUICK);
    assert.equal(second.seen, first.seen);
    // What has been compiled before is there at once, the blocks it may never come to among it.
    assert.equal(
      [...first.made].filter((block) => !second.made.has(block)),
      [],
    );
    assert.ok(second.rewrites < first.rewrites, `${second.rewrites} rewrites after ${first.rewrites}`);
    // Where regions are there from the beginning, other blocks are left in their middle. Machine code may be new: when V8
    // makes some is its own affair.
    const blocks = second.blocks ?? first.blocks;
    const third = await run(guest(name), blocks, QUICK);
    assert.equal(third.seen, first.seen);
    assert.is(entriesOf(third.blocks ?? blocks), entriesOf(blocks), 'no new block to save');
    assert.is(third.rewrites, 0, 'cut and resumed blocks are kept as well');
  });
}

test('regions come with the blocks: nothing is optimised again', async () => {
  const program = guest('sha1-mini');
  const first = await run(program, undefined, QUICK);
  const second = await run(program, first.blocks, QUICK);
  assert.ok(second.rewrites * 4 < first.rewrites, `${second.rewrites} rewrites after ${first.rewrites}`);
  // Where regions are there from the beginning, other blocks become hot; theirs come with the next picture.
  if (second.blocks) {
    const third = await run(program, second.blocks, QUICK);
    assert.ok(third.rewrites * 50 < first.rewrites, `${third.rewrites} rewrites after ${first.rewrites}`);
  }
  const slow = await run(program, first.blocks, translatorOf('new-tcg', { hotThreshold: 64 }));
  assert.equal(slow.seen, first.seen);
  // Of a run that compiles nothing there are blocks, and no regions.
  const bare = await run(program, undefined, translatorOf('new-tcg', { hotThreshold: 1 << 20 }));
  const quick = await run(program, bare.blocks, QUICK);
  assert.ok(quick.rewrites > 0, 'regions are emitted of kept blocks');
  assert.equal(quick.seen, first.seen);
});

test('a picture that cannot be read to its end is not taken, and each is closed', async () => {
  const first = await run(guest('sha1-mini'), undefined, QUICK);
  const bytes = first.blocks!;
  const arena = new DataView(bytes.buffer, bytes.byteOffset).getInt32(20, true);
  for (const most of [0, 63, arena - 1, arena, bytes.length - 1, bytes.length]) {
    let rewrites = 0;
    const machine = await machineOf(guest('sha1-mini'), QUICK, { changes: { record: () => rewrites++ } });
    const picture = pictureOf(bytes, most);
    machine.useSavedBlocks(KEY, picture);
    assert.is(picture.closed, 1);
    await machine.runAsync();
    assert.is(rewrites * 4 < first.rewrites, most === bytes.length, `${most} of ${bytes.length} bytes`);
  }
});

test('guest code that has changed is translated', async () => {
  const program = guest('sha1-mini');
  const first = await run(program, undefined, QUICK);
  // The initial value of the digest's first word, `lui …, 0x67452`, somewhere in the code.
  const elf = parseElf(program);
  const changed = program.slice();
  let edits = 0;
  for (const { type, flags, offset, fileSize } of elf.programs) {
    if (type !== PT_LOAD || !(flags & PF_X)) continue;
    for (let at = offset; at + 4 <= offset + fileSize; at += 2) {
      const word = changed[at]! | (changed[at + 1]! << 8) | (changed[at + 2]! << 16) | (changed[at + 3]! << 24);
      if (word >>> 12 !== 0x67452 || (word & 0x7f) !== 0x37) continue;
      changed[at + 3]! ^= 1;
      edits++;
    }
  }
  assert.ok(edits > 0, 'the constant is in the code');
  const alone = await run(changed, undefined, QUICK);
  const given = await run(changed, first.blocks, QUICK);
  assert.not.equal(alone.seen, first.seen, 'the change matters');
  assert.equal(given.seen, alone.seen);
});

test('damaged bytes, other lengths and other keys are not taken', async () => {
  const program = guest('sha1-mini');
  const first = await run(program, undefined, QUICK);
  const blocks = first.blocks!;
  const refused = async (bytes: Uint8Array, key: string, why: string): Promise<void> => {
    const second = await run(program, bytes, QUICK, key);
    assert.is(second.rewrites, first.rewrites, why);
    assert.equal(second.seen, first.seen, why);
  };
  for (const at of [0, 4, 8, 17, 33, 41, 48, 60, blocks.length >> 1, blocks.length - 1]) {
    const damaged = blocks.slice();
    damaged[at]! ^= 0x10;
    // Words 5 to 7 are not used; everything else is checked.
    await refused(damaged, KEY, `byte ${at}`);
  }
  await refused(blocks.slice(0, blocks.length - 32), KEY, 'cut short');
  await refused(blocks.slice(0, 16), KEY, 'hardly a header');
  await refused(new Uint8Array(0), KEY, 'empty');
  await refused(new Uint8Array(4096), KEY, 'zeros');
  await refused(blocks, `${KEY}2`, 'other key');
});

/** Counts instructions in every block, each vCPU's in a cell of its registers. */
class Counter implements PluginModule {
  readonly name = 'counter';
  readonly apiVersion = 7;
  readonly steady: string | undefined;
  asked = 0;
  private readonly spare: boolean;
  private api: PluginApi | undefined;
  private cell: Cell | undefined;

  /** With `spare` its cell is not where it is otherwise. */
  constructor(steady: string | undefined, spare = false) {
    this.steady = steady;
    this.spare = spare;
  }
  install(api: PluginApi): void {
    this.api = api;
    if (this.spare) api.vcpuCell();
    const cell = api.vcpuCell();
    this.cell = cell;
    this.listen(cell);
  }
  private listen(cell: Cell): void {
    this.api!.onTbTrans(
      (tb) => {
        this.asked++;
        for (const insn of tb.insns()) insn.inlineAdd(cell, 1);
      },
      undefined,
      this.steady,
    );
  }
  get counted(): bigint {
    return this.cell!.get(0);
  }
}

test('blocks with steady hooks are kept, and count as before', async () => {
  for (const name of ['sha1-mini', 'patch', 'fault-registers']) {
    const counters = [
      new Counter('count'),
      new Counter('count'),
      new Counter('other'),
      new Counter('count', true),
      new Counter(undefined),
    ] as const;
    const first = await run(guest(name), undefined, QUICK, KEY, counters[0]);
    assert.ok(first.blocks, 'there are blocks to save');
    const again = [];
    for (const counter of counters.slice(1)) again.push(await run(guest(name), first.blocks, QUICK, KEY, counter));
    for (const each of again) assert.equal(each.seen, first.seen);
    for (const counter of counters) assert.is(counter.counted, counters[0].counted, name);
    const [asked, known, other, elsewhere, unsteady] = counters.map((counter) => counter.asked);
    assert.ok(known! < asked!, `asked ${known} times after ${asked}`);
    assert.equal(
      [other, elsewhere, unsteady],
      [asked, asked, asked],
      `${name}: neither other hooks, nor cells that lie elsewhere, nor unsteady hooks are in what is kept`,
    );
    assert.ok(again[3]!.blocks === undefined, 'and unsteady ones are not kept');
  }
});

test('what plugins want may change: nothing kept is used after a flush', async () => {
  const first = await run(guest('sha1-mini'), undefined, QUICK, KEY, new Counter('count'));
  const changing: PluginModule = {
    name: 'changing',
    apiVersion: 7,
    install(api) {
      api.onTbTrans(() => {}, undefined, 'count');
      api.onWindow(500, () => api.machine.flushCode());
    },
  };
  const second = await run(guest('sha1-mini'), first.blocks, QUICK, KEY, changing);
  assert.equal(second.seen.at(-1), first.seen.at(-1));
  assert.ok(second.blocks === undefined);
});

test('a later run adds to what is saved', async () => {
  const one = await run(guest('samples'), undefined, QUICK);
  const both = await run(guest('sha1-mini'), one.blocks, QUICK);
  assert.ok(both.blocks, 'new blocks are worth saving');
  for (const name of ['samples', 'sha1-mini']) {
    const alone = await run(guest(name), undefined, QUICK);
    const again = await run(guest(name), both.blocks, QUICK);
    assert.equal(again.seen, alone.seen, name);
    assert.ok(again.rewrites < alone.rewrites, name);
  }
});

/**
 * Patches an instruction with what it is and with another one in turn, and calls it each time from the same place: after an odd number of
 * `rounds` the code is what it was at the beginning.
 */
function patching(rounds: number): GuestProgram {
  const a = new Asm(CODE);
  const [t0, t1, t2, t3, s0, s1, s2, a0, a2] = [5, 6, 7, 28, 8, 9, 18, 10, 12] as const;
  a.la(s0, 'patched').la(s1, 'words').li(t0, 0).li(s2, rounds);
  a.label('loop').imm('andi', t1, t0, 1).imm('slli', t1, t1, 2).op('add', t1, t1, s1).load('lw', t2, t1, 0);
  // A jump is linked when it is made again.
  a.store('sw', t2, s0, 0).li(t3, 3);
  a.label('again').jal(1, 'patched').imm('addi', t3, t3, -1).branch('bne', t3, 0, 'again');
  a.imm('addi', t0, t0, 1).branch('bne', t0, s2, 'loop');
  a.imm('addi', a0, a2, 0).ecall(CALL.note).ecall(CALL.exit);
  a.label('patched').imm('addi', a0, a0, 1).op('add', a2, a2, a0).i('jalr', { rd: 0, rs1: 1, imm: 0 });
  a.label('words');
  for (const imm of [1, 77]) a.data(...bytesOf(encode('addi', { rd: a0, rs1: a0, imm })));
  return { name: `code patched ${rounds} times`, code: a.finish(), onFault: 'exit' };
}

test(`whatever a program does to its code, kept blocks and their links follow (seed ${seed})`, () => {
  const random = new Random(seed);
  for (const program of [...PROGRAMS, patching(2), patching(3), randomProgram(random, 60)])
    for (const config of [{ translator: 'new-tcg', tuning: { tier: 'interp' as const } }, ...someConfigs(random, 5)]) {
      if (config.translator === 'reference') continue;
      const texts: string[] = [];
      let blocks: Uint8Array | undefined;
      for (let round = 0; round < 4; round++) {
        const mini = start(config, program);
        mini.machine.useSavedBlocks(KEY, blocks && pictureOf(blocks));
        for (let at = 777; !mini.machine.ended && at < 40_000; at += 777) mini.machine.run(at);
        texts.push(snapshot(mini));
        blocks = mini.machine.blocksToSave() ?? blocks;
        mini.close();
      }
      assert.is(new Set(texts).size, 1, `${program.name} on ${describe(config)}`);
    }
});

test('only translators made of standard parts have an identity, and each its own', () => {
  const translating = translators.filter(({ tuning }) => tuning.tier !== 'reference');
  const identities = translating.map(translatorIdentity);
  assert.ok(identities.every((text) => text !== undefined));
  for (const other of translators) if (!translating.includes(other)) assert.is(translatorIdentity(other), undefined);
  assert.is(translatorIdentity({ ...QUICK, without: ['constant-fold/evaluate'] }), undefined);
  const shorter = translatorIdentity(translatorOf('new-tcg', { maxInsns: 3 }));
  const interpreted = translatorIdentity(translatorOf('new-tcg', { tier: 'interp' }));
  const all = [...identities, shorter, interpreted];
  assert.is(new Set(all).size, all.length);
  for (const { name, translator } of mutants) assert.is(translatorIdentity(translator), undefined, name);
});

test.run();
