// A traveller against plain straight runs and against single steps: the same state at any place, however one comes there;
// the same finds as by looking at every instruction; output once, input again.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMachine, type Machine, type MachineControl, parseTranslatorSpec } from '../../../emulator/index.ts';
import { createTraveller, type Hit, type Target, type TravelOptions } from '../../../lockstep/travel/index.ts';
import { scenarioPath } from '../../../scenarios/host-paths.ts';
import { Random, testSeed } from '../../guest/random.ts';
import { threadsGuest, wideGuest } from './guest.ts';

const test = suite('traveller');
const seed = testSeed();
const FAR = 1e9;

interface Written {
  text: string;
}

function options(program: Uint8Array, input: Uint8Array, translator: TravelOptions['translator'], out: Written) {
  const write = (bytes: Uint8Array) => {
    out.text += new TextDecoder().decode(bytes);
  };
  return {
    ...{ program, programPath: '/guest', cwd: '/', argv: ['guest'], env: [], machine: 'auto' as const, translator },
    ...{ stdin: input, stdout: write, stderr: write, warn: () => {}, memoryBytes: 64 << 20 },
  };
}

async function plain(program: Uint8Array, input: Uint8Array, translator: string): Promise<[Machine, Written]> {
  const out = { text: '' };
  const shared = options(program, input, await parseTranslatorSpec(translator, {}), out);
  const machine = await createMachine({ ...shared, files: 'overlay', plugins: [] });
  await machine.start();
  return [machine, out];
}

async function traveller(program: Uint8Array, input: Uint8Array, translator: string, limitBytes?: number) {
  const out = { text: '' };
  const shared = options(program, input, await parseTranslatorSpec(translator, {}), out);
  const made = await createTraveller({ ...shared, maxInsns: null, ...(limitBytes !== undefined && { limitBytes }) });
  return [made, out] as const;
}

const threads = threadsGuest('go back');
const GUESTS: readonly { readonly name: string; readonly program: Uint8Array; readonly input: Uint8Array }[] = [
  { name: 'two threads', ...threads },
  ...['nolibc/sha1-mini', 'nolibc/patch', 'nolibc/fault-registers', 'bare/echo', 'bare/timer'].map((name) => ({
    name,
    program: new Uint8Array(readFileSync(scenarioPath(`scenarios/guests/${name}.elf`))),
    input: new TextEncoder().encode('a line of input\n'),
  })),
];

/** Everything that two machines at the same place must agree on. */
function stateOf(machine: MachineControl): string {
  const hash = createHash('sha1');
  for (const { start, end } of machine.memory.ranges()) {
    hash.update(`${start} ${end}`);
    hash.update(machine.memory.peek(start, Math.min(end - start, 1 << 16)) ?? 'a device');
  }
  return `${machine.icount} ${machine.stateDigest()} ${JSON.stringify(machine.ended)} ${hash.digest('hex')}`;
}

for (const { name, program, input } of GUESTS)
  test(`${name}: any place is as in a plain run (seed ${seed})`, async () => {
    const random = new Random(seed);
    for (const translator of ['new-tcg', 'tci,max-insns=7']) {
      const [whole, wholeOut] = await plain(program, input, translator);
      whole.run(3e6);
      const length = whole.icount;
      const places: number[] = [];
      for (let n = 0; n < 16; n++) {
        const near = (places.at(-1) ?? 0) + random.below(40) - 20;
        places.push(n % 3 === 2 ? Math.min(length, Math.max(0, near)) : random.below(length + 1));
      }
      const expected = new Map<number, { state: string; text: string }>();
      const [straight, straightOut] = await plain(program, input, translator);
      for (const place of places.toSorted((x, y) => x - y)) {
        straight.run(place);
        expected.set(place, { state: stateOf(straight), text: straightOut.text });
      }
      const [t, out] = await traveller(program, input, translator);
      for (const place of places) {
        const where = `${translator}, from ${t.icount} to ${place}`;
        assert.is(await t.seek(place), 'there', where);
        assert.is(t.icount, place, where);
        assert.is(stateOf(t.machine), expected.get(place)!.state, where);
        assert.ok(out.text.startsWith(expected.get(place)!.text), `${where}: what has been written by then`);
      }
      await t.seek(length);
      assert.is(t.machine.stateDigest(), whole.stateDigest());
      assert.is(out.text, wholeOut.text, 'written once');
      assert.is(await t.seek(-5), 'begin');
      assert.is(t.icount, 0);
    }
  });

// --- finding ---------------------------------------------------------------------------------------------------------

/** What one instruction did, found by stepping: nothing of a traveller is in it. */
interface Step {
  readonly cpu: number;
  readonly pc: number;
  readonly wrote: ReadonlySet<number>;
  readonly changed: ReadonlySet<number>;
}
const WATCHED = [threads.addressOf('sum'), threads.addressOf('counter'), threads.addressOf('buffer')] as const;

/** Steps through the guest of two threads. Written registers and bytes are known only where their values change. */
async function steps(): Promise<Step[]> {
  const [machine] = await plain(threads.program, threads.input, 'tci');
  const { registers } = machine.isa;
  const list: Step[] = [];
  const look = () => ({
    values: machine.cpus.map((cpu) => registers.map(({ slot }) => cpu.read(slot))),
    words: WATCHED.map((at) => machine.memory.readU64(at)),
  });
  let before = look();
  while (!machine.ended) {
    const cpu = machine.nextCpu;
    const pc = machine.cpus[cpu]!.pc;
    machine.run(machine.icount + 1);
    const after = look();
    const wrote = new Set(WATCHED.filter((_, i) => after.words[i] !== before.words[i]));
    const changed = new Set(
      registers.filter((_, i) => after.values[cpu]?.[i] !== before.values[cpu]?.[i]).map(({ slot }) => slot),
    );
    list.push({ cpu, pc, wrote, changed });
    before = after;
  }
  return list;
}

test(`finds what single steps find, forward and backward (seed ${seed})`, async () => {
  const random = new Random(seed + 1);
  const list = await steps();
  const slotOf = (name: string) => GUEST_REGISTERS.find((register) => register.name === name)!.slot;
  for (const translator of ['new-tcg', 'reference']) {
    const [t] = await traveller(threads.program, threads.input, translator);
    const GOALS: readonly { target: Target; is: (step: Step) => boolean; name: string }[] = [
      ...['loop', 'store', 'got', 'done'].map((label) => {
        const pc = threads.addressOf(label);
        return {
          name: `breakpoint at ${label}`,
          target: { what: 'insn', pcs: new Set([pc]) } as const,
          is: (step: Step) => step.pc === pc,
        };
      }),
      ...WATCHED.map((at, i) => ({
        name: `write to word ${i}`,
        target: { what: 'access', access: 'w', start: at, end: at + 8 } as const,
        is: (step: Step) => step.wrote.has(at),
      })),
      ...(['a0', 's1', 't1'] as const).map((name) => ({
        name: `write to ${name}`,
        target: { what: 'register', cpu: 0, slot: slotOf(name) } as const,
        is: (step: Step) => step.cpu === 0 && step.changed.has(slotOf(name)),
      })),
      {
        name: 'the second thread',
        target: { what: 'cpu', cpu: 1 } as const,
        is: (step: Step) => step.cpu === 1,
      },
    ];
    for (const { name, target, is } of GOALS)
      for (let n = 0; n < (translator === 'new-tcg' ? 2 : 1); n++) {
        const here = random.below(list.length);
        await t.seek(here);
        for (const direction of ['forward', 'backward'] as const) {
          const hit: Hit | undefined = await t.find(direction, [target]);
          const where = `${translator}: ${name}, ${direction} from ${here}`;
          const strict = target.what === 'insn' || target.what === 'cpu' ? 1 : 0;
          const want =
            direction === 'forward'
              ? list.findIndex((step, at) => at >= here + strict && is(step))
              : list.findLastIndex((step, at) => at < here && is(step));
          if (target.what === 'register' && hit && hit.icount !== want) {
            // Written with what it held: steps do not show that, so the instruction must name the register as its first.
            const text = t.machine.disassemble(list[hit.icount]!.pc);
            const name = GUEST_REGISTERS.find(({ slot }) => slot === target.slot)!.name;
            assert.match(text, new RegExp(`^(\\S+ ${name}\\b|ecall)`), `${where}: ${text}`);
            assert.ok(want < 0 || (direction === 'forward' ? hit.icount < want : hit.icount > want), where);
          } else if (target.what === 'access' && hit && hit.icount !== want) {
            // A read that returned the byte there was, or a store of it.
            assert.match(t.machine.disassemble(list[hit.icount]!.pc), /^(s[bd]|ecall)/, where);
            assert.ok(want < 0 || (direction === 'forward' ? hit.icount < want : hit.icount > want), where);
          } else assert.is(hit?.icount ?? -1, want, where);
          if (hit?.pc !== undefined) assert.is(list[hit.icount]!.pc, hit.pc, where);
          if (hit && hit.pc !== undefined) assert.is(list[hit.icount]!.cpu, hit.cpu, where);
          await t.seek(here);
        }
      }
  }
});

const GUEST_REGISTERS = (await plain(threads.program, threads.input, 'tci'))[0].isa.registers;

test('reads are found, and both kinds of access', async () => {
  const [t] = await traveller(threads.program, threads.input, 'new-tcg');
  const sum = threads.addressOf('sum');
  const texts: string[] = [];
  for (const access of ['r', 'w', 'rw', 'rw'] as const) {
    const hit = await t.find('forward', [{ what: 'access', access, start: sum, end: sum + 1 }]);
    await t.seek(hit!.icount);
    texts.push(t.machine.disassemble(t.machine.cpus[hit!.cpu]!.pc).split(' ')[0]!);
    await t.seek(hit!.icount + 1);
  }
  assert.equal(texts, ['ld', 'sd', 'ld', 'sd']);
});

test('what is found ahead has not been written yet', async () => {
  const [t, out] = await traveller(threads.program, threads.input, 'new-tcg');
  const loop = threads.addressOf('loop');
  const hit = await t.find('forward', [{ what: 'insn', pcs: new Set([loop]) }]);
  await t.seek(hit!.icount);
  assert.is(out.text, '');
  const done = await t.find('forward', [{ what: 'insn', pcs: new Set([threads.addressOf('done')]) }]);
  assert.is(out.text, '', 'the search has been to the end, the run has not');
  await t.seek(done!.icount);
  assert.is(out.text.toLowerCase().replaceAll('\0', ' '), 'go back');
  assert.is(await t.find('forward', [{ what: 'insn', pcs: new Set([0x1234]) }]), undefined);
  assert.is(await t.seek(FAR), 'end');
  assert.is(t.ended?.kind, 'exit');
  assert.is(await t.find('backward', [{ what: 'insn', pcs: new Set([0x1234]) }]), undefined);
});

test('a journey can be called off, and says where it is', async () => {
  const [t] = await traveller(threads.program, threads.input, 'new-tcg,tier=interp');
  const stop = new AbortController();
  const seen: number[] = [];
  const arrival = await t.seek(FAR, {
    signal: stop.signal,
    onProgress(icount) {
      seen.push(icount);
      stop.abort();
    },
  });
  // The guest is short: it may be over with the first look around.
  assert.is(arrival, 'cancelled');
  assert.is(seen.length, 1);
  const [straight] = await plain(threads.program, threads.input, 'tci');
  straight.run(t.icount);
  assert.is(t.machine.stateDigest(), straight.stateDigest());
});

test('what is written by hand stays until one goes back behind it', async () => {
  const [t] = await traveller(threads.program, threads.input, 'new-tcg');
  const sum = threads.addressOf('sum');
  await t.seek(1003);
  t.machine.memory.poke(sum, Uint8Array.of(200));
  t.written();
  await t.seek(1004);
  assert.is(t.machine.memory.readUint(sum, 1), 200);
  await t.seek(2_000);
  await t.seek(1003);
  assert.is(t.machine.memory.readUint(sum, 1), 200);
  await t.seek(1002);
  await t.seek(1003);
  assert.is.not(t.machine.memory.readUint(sum, 1), 200);
});

test('little memory for undoing: the floor rises, and what is left is right', async () => {
  const [t, out] = await traveller(threads.program, threads.input, 'new-tcg', 0);
  await t.seek(20_000);
  assert.ok(t.forgetful);
  assert.ok(t.floor > 0);
  assert.is(await t.seek(0), 'begin');
  const [straight] = await plain(threads.program, threads.input, 'new-tcg');
  straight.run(t.icount);
  assert.is(stateOf(t.machine), stateOf(straight));
  await t.seek(20_000);
  straight.run(20_000);
  assert.is(stateOf(t.machine), stateOf(straight));
  await t.seek(FAR);
  assert.is(out.text.toLowerCase(), 'go\0back');
});

test(`a guest that writes much of its memory again and again keeps to the limit (seed ${seed})`, async () => {
  const PAGES = 4096;
  const guest = wideGuest(PAGES, 400);
  const wanted = new Map<number, bigint>();
  const random = new Random(seed + 3);
  const places = Array.from({ length: 6 }, () => random.below(6e6));
  const [straight] = await plain(guest.program, guest.input, 'new-tcg');
  for (const place of places.toSorted((x, y) => x - y)) {
    straight.run(place);
    wanted.set(place, digestOf(straight));
  }
  const once = PAGES * 4096;
  for (const [limitBytes, whole] of [
    [3 * once, true],
    [once / 2, false],
  ] as const) {
    const [t] = await traveller(guest.program, guest.input, 'new-tcg', limitBytes);
    await t.seek(6e6);
    assert.is(t.forgetful, !whole);
    assert.is(t.floor === 0, whole);
    assert.ok(t.machine.undoBytes <= Math.max(limitBytes, once), `${t.machine.undoBytes} of ${limitBytes}`);
    for (const place of places) {
      const arrived = await t.seek(place);
      if (whole) assert.is(arrived, 'there');
      if (arrived === 'there') assert.is(digestOf(t.machine), wanted.get(place), `to ${place}`);
      assert.ok(t.machine.undoBytes <= Math.max(limitBytes, once), `${t.machine.undoBytes} of ${limitBytes}`);
    }
  }
});

/** Registers, and what the guest's words hold. */
function digestOf(machine: MachineControl): bigint {
  let digest = machine.stateDigest();
  for (const { start, end, prot } of machine.memory.ranges())
    if (prot === 3 && end - start >= 1 << 20)
      for (let at = start; at < end; at += 4096) digest = digest * 31n + (machine.memory.readU64(at) ?? 0n);
  return BigInt.asUintN(64, digest);
}

test.run();
