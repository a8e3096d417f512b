// The inspector beyond the trace, while the run can still be made: steps over the edges, places far away, writers long ago,
// a journey that is called off. Both machines are real; the keys are those a person presses.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Recording, runSession } from '../../lockstep/index.ts';
import { BeyondProcess } from '../../lockstep/travel/index.ts';
import { travelling } from '../../ui/inspector/beyond.ts';
import { contentOf } from '../../ui/inspector/content.ts';
import { screenLines } from '../../ui/inspector/layout.ts';
import { createStore } from '../../ui/inspector/store.ts';
import { lineText } from '../../ui/lines.ts';
import { RunView } from '../../ui/trace/run-view.ts';
import { lateGuest } from '../lockstep/travel/guest.ts';
import { sessionOf } from '../support/session.ts';

const test = suite('inspector beyond the trace');
const ROUNDS = 200_000;
const guest = lateGuest(ROUNDS);
const dir = mkdtempSync(join(tmpdir(), 'lockstep-beyond-'));
const program = join(dir, 'late.elf');
writeFileSync(program, guest.program);
process.once('exit', () => rmSync(dir, { recursive: true, force: true }));

const options = sessionOf(program, { a: 'old-tcg', b: 'mutant:fold' }, ['late']);

let recorded: Promise<Recording> | undefined;
function record(): Promise<Recording> {
  recorded ??= new Promise((resolve, reject) => {
    runSession({ ...options, onRecording: resolve }).catch(reject);
  });
  return recorded;
}

/** The store of an open inspector, and a wait for journeys to end. */
const opened: BeyondProcess[] = [];
test.after.each(() => {
  for (const beyond of opened.splice(0)) beyond.close();
});

async function open(live = true, run: Partial<typeof options> = {}) {
  const recording = await record();
  const home = new RunView(recording);
  const view = live ? new RunView(recording, { first: home.first }) : home;
  const store = createStore(view, { width: 120, height: 40 }, (effect) => {
    if (effect.kind === 'travel') journeys.begin(effect.wish);
    if (effect.kind === 'stay') journeys.callOff();
  });
  const beyond = new BeyondProcess(recording, { ...options, cwd: '/', ...run });
  opened.push(beyond);
  const journeys = travelling(beyond, store, () => performance.now());
  const press = async (...keys: readonly string[]) => {
    for (const key of keys) {
      store.key(key === '\r' ? 'enter' : key);
      await settled();
    }
  };
  const settled = () =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (store.get().journey !== undefined) return;
        leave();
        resolve();
      };
      const leave = store.subscribe(look);
      look();
    });
  return { store, home, beyond, settled, press, type: (text: string) => press(...text) };
}

test('the divergence is where the guest has it, and its past is longer than the trace', async () => {
  const { home, store } = await open();
  assert.is(home.sides.A.step(home.first)!.pc, guest.addressOf('wrong'));
  assert.ok(home.start > 2 * ROUNDS - 1000);
  assert.is(store.get().at.A, home.first);
});

test('steps lead over the edges of the trace, there and back', async () => {
  const { store, home, press } = await open();
  await press('C');
  assert.is(store.get().at.A, home.start);
  await press('S');
  assert.is(store.get().at.A, home.start - 1);
  assert.ok(store.view.start < home.start - 50, 'another trace');
  assert.is(store.view.sides.A.step(home.start - 1)!.pc, guest.addressOf('first') + 4);
  await press('s');
  assert.is(store.get().at.A, home.start);
  await press('D');
  assert.is(store.get().at.A, home.first);
  assert.is(store.view.start, home.start, 'what was recorded is shown as it was recorded');
  await press('c', 's', 's');
  assert.is(store.get().at.A, home.last + 2);
});

test('keys pressed on the way are for when it is over', async () => {
  const { store, home, press } = await open();
  const comesTo = async (icount: number) => {
    for (let n = 0; store.get().at.A !== icount; n++) {
      assert.ok(n < 6000, `it never comes to ${icount}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await press('C');
  for (const key of ['S', 'S', 'S', ...':goto 9', 'enter']) store.key(key);
  assert.ok(store.get().journey);
  await comesTo(9);
  await press('D', 'C');
  for (const key of 'SSSss') store.key(key);
  await comesTo(home.start - 1);
});

test('any place can be gone to; both sides show their own', async () => {
  const { store, home, press, type } = await open();
  await type(':goto 5\r');
  assert.equal(store.get().at, { A: 5, B: 5 });
  const text = () => screenLines(store.view, store.get()).map(lineText).join('\n');
  assert.match(text(), /A 5 {2}B 5/);
  assert.is(store.view.start, 0);
  await press('C', 'S');
  assert.is(store.get().message, 'the run begins here');
  await type(':goto 999999999\r');
  assert.match(store.get().message, /the run ends before instruction 999,999,999/);
  assert.is(store.view.sides.A.insn(store.view.sides.A.step(store.get().at.A)!.pc)!.text, 'ecall');
  // Events are those of the trace: here the guest's end.
  for (const side of ['A', 'B'] as const)
    assert.equal(
      store.view.sides[side].record.events.map(({ text }) => text),
      ['exit with status 3'],
    );
  await press('8');
  assert.match(text(), /exit with status 3/);
  await type(`:goto ${home.first + 1000}\r`);
  assert.match(text(), /no events in this trace/);
  const a3 = store.view.registerNamed('a3')!;
  const values = (['A', 'B'] as const).map((side) => store.view.sides[side].registers(store.get().at.A)[a3]);
  assert.is.not(values[0], values[1], 'the sides still differ there');
});

test('a trace of another place is what single steps show', async () => {
  const { store, type } = await open();
  await type(':goto 1001\r');
  const { view } = store;
  const t0 = view.registerNamed('t0')!;
  for (const side of ['A', 'B'] as const)
    for (let at = view.start; at <= view.last; at++) {
      const { pc } = view.sides[side].step(at)!;
      const before = view.sides[side].registers(at - 1)[t0]!;
      const after = view.sides[side].registers(at)[t0]!;
      assert.is(after, pc === guest.addressOf('first') ? before - 1n : before, `${side} ${at}`);
    }
});

test('who wrote it, long ago', async () => {
  const { store, press, type } = await open();
  await type(`:mem 0x${guest.addressOf('word').toString(16)}\r`);
  await press('w');
  assert.is(store.view.sides.A.step(store.get().at.A)!.pc, guest.addressOf('store'));
  assert.match(store.get().message, /^writes 0x/);
  await press('w');
  assert.match(store.get().message, /^no write of 0x\w+ before this in the run$/);
  await type(':watch t1\r');
  await press('D', 'C');
  assert.is(store.get().at.A, 0, 'a run back stops at the write of what is watched');
});

test('who names it, and when it had a value, anywhere in the run', async () => {
  const { store, press, type } = await open();
  const pcAt = () => store.view.sides.A.step(store.get().at.A)!.pc;
  await type(':goto 100\r');
  // t0 counts down: it has the value once, far behind the trace.
  await type(`:find t0==${ROUNDS - 60_000}\r`);
  assert.match(store.get().message, /^t0 is 140000$/);
  const t0 = store.view.registerNamed('t0')!;
  for (const side of ['A', 'B'] as const) {
    const { registers } = store.view.sides[side];
    const of = (at: number) => registers.call(store.view.sides[side], at)[t0];
    assert.equal([of(store.get().at.A - 1), of(store.get().at.A)], [140001n, 140000n]);
  }
  await type(':find t0==0x123456789\r');
  assert.is(store.get().message, 't0 is never 0x123456789 after this in the run');
  await type('3ft1\r[');
  assert.is(store.get().message, 'accesses t1');
  assert.is(pcAt(), guest.addressOf('store'), 'the store names it');
  await type(`:goto ${2 * ROUNDS - 500}\r`);
  await press(']');
  assert.is(store.get().message, 'no access to t1 after this in the run');
});

test('what lies beside the trace is looked at before it is asked for; what is asked for elsewhere comes first', async () => {
  const { beyond, home } = await open();
  beyond.prepare();
  for (const icount of [home.start - 1, home.last + 1, 5, home.start - 1]) {
    const { start, A } = (await beyond.around(icount, {}))!;
    assert.ok(icount >= start! && icount < start! + A.trace!.steps.length, `${icount}`);
  }
});

test('a translator that hangs when the run is made again hangs nobody', async () => {
  const hanging = join(dir, 'hanging.mjs');
  const pass = "{ name: 'hang', summary: '', rules: {}, run() { for (;;); } }";
  writeFileSync(
    hanging,
    `export default { base: 'old-tcg', name: 'hanging', summary: '', passes: (base) => [${pass}, ...base] };\n`,
  );
  const { store, settled } = await open(true, { b: hanging });
  for (const key of ':goto 5') store.key(key);
  store.key('enter');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.ok(store.get().journey !== undefined, 'it is on its way');
  store.key('esc');
  await settled();
  assert.is(store.get().message, 'called off');
});

test('a journey is called off by Esc, and keys wait for it', async () => {
  const { store, settled } = await open();
  for (const key of ':goto 5') store.key(key);
  store.key('enter');
  assert.match(store.get().journey!, /Esc stays here/);
  const { at } = store.get();
  store.key('s');
  assert.is(store.get().at, at);
  store.key('esc');
  await settled();
  assert.is(store.get().message, 'called off');
  assert.is(store.get().at, at);
});

test('one side alone leaves the trace, back and forward; the other stays where it is', async () => {
  const { store, home, press } = await open();
  const text = () => screenLines(store.view, store.get()).map(lineText).join('\n');
  const registersOf = (side: 'A' | 'B') => store.view.sides[side].registers(store.get().at[side]);
  const stays = registersOf('B');
  await press('C', 'S');
  const there = registersOf('A');
  await press('D', 'a', '1', 'C', 'S');
  assert.equal(store.get().at, { A: home.start - 1, B: home.first });
  assert.is(store.get().linked, false);
  assert.is(store.view.sides.A.step(home.start - 1)!.pc, guest.addressOf('first') + 4);
  assert.equal(registersOf('A'), there, 'as both together show it');
  assert.equal(registersOf('B'), stays);
  const count = (n: number) => n.toLocaleString('en-US');
  assert.ok(text().includes(`A ${count(home.start - 1)}  B ${count(home.first)} (unlinked)`));
  assert.ok(text().includes('▶  1009c srl a3,a3,0x20'), 'the code of the other is still there');
  await press('s', 's');
  assert.equal(store.get().at, { A: home.start + 1, B: home.first });
  await press('2', 'c', 's');
  assert.equal(store.get().at, { A: home.start + 1, B: home.last + 1 });
  assert.is(store.view.sides.B.step(home.last + 1)!.pc, store.view.sides.B.step(home.last - 1)!.pc, 'a loop of two');
  await press('S', 'O', 'o');
  assert.ok(store.get().at.B > home.last - 2 && store.get().at.A === home.start + 1);
});

test('sides apart: who wrote it, places, marks, and the end are found for the one that moves', async () => {
  const { store, home, press, type } = await open();
  await press('a', '2', 'm', 'k');
  await type(`:goto ${ROUNDS}\r`);
  assert.equal(store.get().at, { A: home.first, B: ROUNDS });
  await type(`:find t0==${ROUNDS - 150_000}\r`);
  const t0 = store.view.registerNamed('t0')!;
  assert.is(store.view.sides.B.registers(store.get().at.B)[t0], 50_000n);
  await press("'", 'k');
  assert.equal(store.get().at, { A: home.first, B: home.first });
  await type('1:goto 999999999\r');
  assert.match(store.get().message, /the run ends before instruction 999,999,999/);
  assert.ok(store.get().at.A > 4 * ROUNDS && store.get().at.B === home.first);
  await type(`:mem 0x${guest.addressOf('word').toString(16)}\rw`);
  assert.is(store.view.sides.A.step(store.get().at.A)!.pc, guest.addressOf('store'));
  assert.is(store.get().at.B, home.first);
});

test('sides apart are compared only where both were traced', async () => {
  const { store, home, press, type } = await open();
  await press('a', '1');
  await type(':goto 1000\r');
  const { view } = store;
  assert.equal(
    view.counts.filter((icount) => view.differs(icount)),
    [],
  );
  const lines = contentOf(view, { ...store.get(), view: 'asm' }, 'code', 118, 20);
  assert.equal([lines.filter((line) => line.here).length, lines.some((line) => line.differs)], [2, false]);
  for (const side of ['a', 'b'] as const) {
    const of = view.sides[side === 'a' ? 'A' : 'B'];
    const counts = contentOf(view, store.get(), side, 40, 20).flatMap(({ icount }) => icount ?? []);
    assert.equal([counts[0], counts.at(-1)], [of.start, of.last]);
  }
  await press('n');
  assert.match(store.get().message, /no more differences/);
  await type(':goto first\r');
  assert.ok(view.sides.B.start === home.start && store.view.differs(home.first), 'at home again');
});

test('sides apart are linked again where the selected one is, when the run has been traced there', async () => {
  const { store, home, press, settled, type } = await open();
  await press('a', '2');
  await type(':goto 1000\r');
  await press('a');
  assert.equal([store.get().at, store.get().linked], [{ A: 1000, B: 1000 }, true]);
  assert.is(store.view.sides.A.start, store.view.sides.B.start);
  await press('S', 's', 's');
  assert.equal(store.get().at, { A: 1001, B: 1001 });
  await press('D', 'a');
  await type('1:goto 5\r');
  for (const key of ['a', 'esc']) store.key(key);
  await settled();
  assert.is(store.get().message, 'called off');
  assert.equal([store.get().at, store.get().linked], [{ A: 5, B: home.first }, false]);
  await press('s', 'D');
  assert.equal(store.get().at, { A: home.first, B: home.first });
});

test('from a file it says what is not there', async () => {
  const { store, home, press, type } = await open(false);
  await type(':goto 5\r');
  assert.is(store.get().message, `instruction 5 is not in the recording, which has ${home.start} to ${home.last}`);
  assert.is(store.get().at.A, home.start);
  await press('S');
  assert.is(store.get().message, 'the trace begins here');
});

test.run();
