// The comparator on hand-made streams: what it calls the same, where it puts the blame, when it does not know.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Comparator } from '../../lockstep/comparator.ts';
import type { Divergence } from '../../lockstep/evidence.ts';
import { type FromSide, type Hello, other, PROTOCOL_VERSION, SIDES, type Side } from '../../lockstep/protocol.ts';
import { reportOf } from '../../lockstep/report/model.ts';
import { BASE, type FakeGuest, guest, play, SETUP } from './streams.ts';

const SUMMARY = {
  ...({ t: 'summary', window: 0, icount: 100, blocks: 1, path: 1n } as const),
  ...{ states: 0n, places: 0n, entries: 0n, state: 1n, memory: 1n, events: 1n },
};

function divergence(a: FakeGuest, b: FakeGuest): Divergence {
  const { outcome } = play(a, b);
  assert.is(outcome?.verdict, 'diverged');
  return (outcome as Extract<typeof outcome, { verdict: 'diverged' }>)!.divergence;
}

test('two equal streams are the same, window by window', () => {
  const { outcome, acks } = play(guest(), guest());
  assert.is(outcome?.verdict, 'same');
  assert.is(outcome?.icount, 350);
  assert.is(outcome?.windows, 4);
  assert.is(acks, 6, 'three windows acknowledged to both sides; the end needs none');
});

test('a run that is held compares nothing until it goes on', () => {
  const comparator = new Comparator({ restartable: false });
  const both = (message: FromSide) => SIDES.flatMap((side) => comparator.receive(side, message));
  both({
    ...{ t: 'hello', protocol: PROTOCOL_VERSION, isa: 'riscv64', system: false, translator: 't', program: 'p' },
    ...{ programHash: 'h', setup: SETUP, window: 100, stream: 'windows' },
  });
  const summary = (window: number, icount: number): FromSide => ({
    ...SUMMARY,
    window,
    icount,
  });
  assert.is(both(summary(0, 100)).length, 2, 'agreed');
  assert.equal(comparator.hold(true), []);
  assert.equal(both(summary(1, 200)), []);
  assert.equal(both(summary(2, 300)), []);
  assert.equal(comparator.progress.agreed, { windows: 1, icount: 100 });
  assert.is(comparator.progress.A.icount, 300);
  const acks = comparator.hold(false);
  assert.equal(
    acks.map((command) => command.kind === 'send' && command.side),
    ['A', 'B', 'A', 'B'],
  );
  assert.equal(comparator.progress.agreed, { windows: 3, icount: 300 });
  comparator.hold(true);
  assert.is(comparator.giveUp('enough')[0]?.kind, 'finish', 'a held run can be ended');
});

test('the same stream cut differently is skew, not divergence, and nothing is replayed for it', () => {
  const cuts = Array.from({ length: 70 }, (_, i) => i * 5);
  const { outcome, resumes } = play(guest(), guest({ cuts }));
  assert.is(outcome?.verdict, 'same');
  assert.is(resumes, 0);
  const report = reportOf(outcome as Extract<typeof outcome, { verdict: 'same' }>);
  assert.is(report.class, 'skew');
  assert.is(report.skewed, 4);
});

test('a path digest that differs over mere cuts is looked into, found to be skew, and both go on', () => {
  const cuts = Array.from({ length: 70 }, (_, i) => i * 5);
  const { outcome, resumes } = play(guest(), guest({ cuts, pathNoise: 2 }));
  assert.is(outcome?.verdict, 'same');
  assert.is(resumes, 2, 'window 2, on both sides');
  assert.is(outcome?.windows, 4);
  assert.is(outcome?.icount, 350);
  const last = play(guest(), guest({ cuts, pathNoise: 3 }));
  assert.is(last.outcome?.verdict, 'same', 'in the last window too');
});

test('a long window that differs is run again in fine ones; when none of them does, it does not reproduce', () => {
  for (const restartable of [true, false]) {
    const comparator = new Comparator({ restartable });
    const both = (message: FromSide) => SIDES.flatMap((side) => comparator.receive(side, message));
    both({
      ...{ t: 'hello', protocol: PROTOCOL_VERSION, isa: 'riscv64', system: false, translator: 't', program: 'p' },
      ...{ programHash: 'h', setup: SETUP, window: 1 << 23, stream: 'windows' },
    });
    const summary = (window: number, icount: number, state: bigint): FromSide => ({
      ...SUMMARY,
      window,
      icount,
      state,
    });
    comparator.receive('A', summary(0, 1 << 23, 1n));
    const until = 1 << 23;
    assert.equal(
      comparator.receive('B', summary(0, until, 2n)),
      SIDES.map((side) => ({ kind: 'send', side, message: { t: 'narrow', window: 0, until } })),
    );
    assert.equal(comparator.receive('B', summary(1, 2 * until, 3n)), [], 'sent before it had gone back');
    both({ t: 'narrowed', window: 0 });
    for (let fine = 0; fine < 7; fine++)
      assert.is(both(summary(fine, (fine + 1) << 20, 9n)).length, 2, 'acknowledged to both');
    const [last] = both(summary(7, until, 9n));
    if (restartable) assert.is(last?.kind, 'restart');
    else assert.is(last?.kind === 'finish' && last.outcome.verdict, 'inconclusive');
    assert.match(JSON.stringify(last), /window 0 differed \(registers\), but its replay agrees/);
  }
});

test('a window that is run again in fine ones is not run again a second time, however long its answers are', () => {
  const comparator = new Comparator({ restartable: false });
  const both = (message: FromSide) => SIDES.flatMap((side) => comparator.receive(side, message));
  both({
    ...{ t: 'hello', protocol: PROTOCOL_VERSION, isa: 'riscv64', system: false, translator: 't', program: 'p' },
    ...{ programHash: 'h', setup: SETUP, window: 1 << 23, stream: 'windows' },
  });
  // Both sides overshoot: what they send in place of a fine window is as long as the one before.
  const differ = (asked: string) => {
    const sent = SIDES.flatMap((side, n) =>
      comparator.receive(side, {
        ...SUMMARY,
        icount: 1 << 23,
        state: BigInt(n),
      }),
    );
    assert.equal(
      sent.map((command) => command.kind === 'send' && `${command.side} ${command.message.t}`),
      SIDES.map((side) => `${side} ${asked}`),
    );
  };
  differ('narrow');
  both({ t: 'narrowed', window: 0 });
  differ('pin');
});

test('a wrong value is pinned to its block and its instruction', () => {
  const d = divergence(guest(), guest({ a0: (i) => BigInt(i) + (i >= 237 ? 1n : 0n) }));
  assert.is(d.class, 'real');
  assert.is(d.kind, 'data');
  assert.is(d.entry, 230);
  assert.is(d.after, 240);
  assert.is(d.insns.A, 10);
  assert.equal(d.insn, { index: 6, pc: BASE + 4 * (236 % 50), icount: 236 });
  assert.equal(d.ordinals, { A: 23, B: 23 });
  assert.is(d.history.at(-1)?.icount, 220);
});

test('with different cuts the bad block starts at the last common boundary', () => {
  const cuts = Array.from({ length: 117 }, (_, i) => i * 3);
  const d = divergence(guest(), guest({ cuts, a0: (i) => BigInt(i) + (i >= 237 ? 1n : 0n) }));
  assert.is(d.entry, 210, '210 = 21 * 10 = 70 * 3 is the last boundary of both');
  assert.is(d.after, 240);
  assert.is(d.insn?.icount, 236);
});

test('going elsewhere is a path divergence', () => {
  const pc = (i: number) => (i >= 120 ? 0x20000 + 4 * (i % 50) : BASE + 4 * (i % 50));
  const d = divergence(guest(), guest({ pc }));
  assert.is(d.kind, 'path');
  assert.is(d.entry, 110);
  assert.equal(d.pcAfter, { A: BASE + 4 * 20, B: 0x20000 + 4 * 20 });
});

test('left and rejoined within the window is transient', () => {
  const d = divergence(guest(), guest({ pc: (i) => (i === 120 ? 0x20000 : BASE + 4 * (i % 50)) }));
  assert.is(d.class, 'transient');
  assert.is(d.kind, 'path');
  assert.is(d.entry, 110);
});

test('a wrong value in the last block shows at the end of the window', () => {
  const d = divergence(guest(), guest({ a0: (i) => BigInt(i) + (i >= 295 ? 1n : 0n) }));
  assert.is(d.entry, 290);
  assert.is(d.after, 300);
  assert.is(d.insn?.icount, 294);
});

test('bytes of memory that differ are found', () => {
  const d = divergence(guest(), guest({ word: (i) => BigInt(Math.floor(i / 100)) + (i >= 150 ? 0x41n : 0n) }));
  assert.is(d.kind, 'data');
  assert.is(d.entry, 140);
  assert.equal(d.memory, [{ address: 0x2008, a: 3n, b: 0x44n }]);
});

test('a difference that observations do not see is searched for until all agrees before', () => {
  const word = (i: number) => BigInt(Math.floor(i / 100));
  const b = guest({
    word: (i) => word(i) + (i >= 133 ? 0x41n : 0n),
    observedWord: word,
    a0: (i) => BigInt(i) + (i >= 185 ? 1n : 0n),
  });
  const d = divergence(guest({ observedWord: word }), b);
  assert.is(d.entry, 130);
  assert.is(d.after, 140);
  assert.is(d.insn?.icount, 132);
});

test('a register that observations do not see is traced back to where it went wrong', () => {
  const a0 = (i: number) => BigInt(i);
  const b = guest({ a0: (i) => a0(i) + (i >= 133 ? 1n : 0n), observedA0: (i) => a0(i) + (i >= 185 ? 1n : 0n) });
  const d = divergence(guest(), b);
  assert.equal([d.entry, d.after, d.insn?.icount], [130, 140, 132]);
});

test('what only watching shows is not blamed: the search goes on to where the state differs', () => {
  const b = guest({
    a0: (i) => BigInt(i) + (i >= 185 ? 1n : 0n),
    observedA0: (i) => BigInt(i) + (i >= 133 ? 1n : 0n),
  });
  const d = divergence(guest(), b);
  assert.equal([d.entry, d.after, d.insn?.icount], [180, 190, 184]);
  const { outcome } = play(guest(), b);
  assert.match(outcome?.notes.join() ?? '', /block 13 differed before: the translator changes the code that watches/);
});

test('an instruction that does not write what differs is not accused', () => {
  // Side B is wrong only when run to the end of the block: what differs was not written by its last instruction.
  const a = guest({ a0: () => 7n });
  const d = divergence(a, guest({ a0: (i) => (i >= 240 ? 8n : 7n) }));
  assert.is(d.entry, 230);
  assert.is(d.insn, undefined);
});

test('a guest that ends early on one side', () => {
  const d = divergence(guest(), guest({ length: 220 }));
  assert.is(d.kind, 'event');
  assert.is(d.after, 220);
  assert.equal(d.ends.B, { kind: 'exit', code: 0, reason: null });
  assert.is(d.ends.A, undefined);
});

test('guests that end alike but with different exit codes', () => {
  const d = divergence(guest(), guest({ exit: { kind: 'exit', code: 9 } }));
  assert.is(d.kind, 'event');
  assert.is(d.ends.B?.code, 9);
});

test('an event with another result is an event divergence; the same event at another time is timing', () => {
  const other = divergence(
    guest({ event: { icount: 155, detail: 1n } }),
    guest({ event: { icount: 155, detail: 2n } }),
  );
  assert.is(other.kind, 'event');
  assert.is(other.entry, 150);
  assert.is(other.event?.b?.detail[0], 2n);
  const late = divergence(guest({ event: { icount: 155, detail: 1n } }), guest({ event: { icount: 157, detail: 1n } }));
  assert.is(late.kind, 'timing');
});

test('what a replay does not show again is inconclusive, or asks for a restart where one is possible', () => {
  const flaky = guest({ a0: (i) => BigInt(i) + (i >= 237 ? 1n : 0n), replay: guest() });
  const { outcome } = play(guest(), flaky);
  assert.is(outcome?.verdict, 'inconclusive');
  assert.match((outcome as { reason: string }).reason, /window 2 .*registers/);
  const { restart } = play(guest(), flaky, { restartable: true });
  assert.is(restart?.window, 2);
  assert.ok(restart?.stateDiffered);
});

test('peers that do not belong together are told why', () => {
  for (const [changes, expected] of [
    [{ protocol: 99 }, /protocol/],
    [{ programHash: 'cd' }, /different programs/],
    [{ window: 7 }, /different windows/],
    [{ isa: 'aarch64' }, /different instruction sets/],
    [{ system: true }, /kinds of machine/],
    [{ setup: { ...SETUP, args: ['guest.elf', 'y'] } }, /arguments: \["guest.elf","x"\] and \["guest.elf","y"\]/],
    [{ setup: { ...SETUP, env: ['A=b'] } }, /environments/],
    [{ setup: { ...SETUP, cwd: '/tmp' } }, /working directories/],
    [{ setup: { ...SETUP, memoryBytes: 1 << 20 } }, /memory sizes: the default and 1048576/],
    [{ setup: { ...SETUP, seed: 7 } }, /seeds/],
    [{ setup: { ...SETUP, maxInsns: 7 } }, /instruction limits: the default and 7/],
  ] as const) {
    const comparator = new Comparator({ restartable: false });
    const hello = {
      t: 'hello',
      protocol: PROTOCOL_VERSION,
      isa: 'riscv64',
      system: false,
      translator: 'x',
      program: 'p',
      programHash: 'ab',
      setup: SETUP,
      window: 100,
      stream: 'windows',
    } as const;
    comparator.receive('A', hello);
    const [command] = comparator.receive('B', { ...hello, ...changes });
    assert.is(command?.kind, 'finish');
    const outcome = (command as Extract<typeof command, { kind: 'finish' }>).outcome;
    assert.is(outcome.verdict, 'failed');
    assert.match((outcome as { message: string }).message, expected);
  }
});

test('a program is computed a hash for only where one side found its file touched', () => {
  const hello: Hello = {
    ...{ t: 'hello', protocol: PROTOCOL_VERSION, isa: 'riscv64', system: false, translator: 'x', program: 'p' },
    ...{ programHash: '', setup: SETUP, window: 100, stream: 'windows' },
  };
  for (const [ofB, asked, agree] of [
    ['', 0, true],
    ['ab', 1, true],
    ['cd', 1, false],
  ] as const) {
    let computed = 0;
    const programHash = () => {
      computed++;
      return 'ab';
    };
    const comparator = new Comparator({ restartable: false, programHash });
    comparator.receive('A', hello);
    const [command] = comparator.receive('B', { ...hello, programHash: ofB });
    assert.equal([command?.kind, computed], [agree ? 'send' : 'finish', asked], ofB);
  }
});

test('what is wrong on both sides is said once, whoever is first; what is wrong on one, with its name', () => {
  const failed = (message: string) => ({ t: 'failed', message, remedy: 'r', usage: true }) as const;
  const said = (first: Side, second: Side, ofA: string, ofB: string) => {
    const comparator = new Comparator({ restartable: true });
    const words = { A: ofA, B: ofB };
    assert.equal(comparator.receive(first, failed(words[first])), [], 'the other side is heard too');
    assert.equal(comparator.lost(first, 'died'), [], 'a side that has failed goes away');
    const [command] = comparator.receive(second, failed(words[second]));
    const { outcome } = command as Extract<typeof command, { kind: 'finish' }>;
    return (outcome as { message: string }).message;
  };
  for (const first of SIDES) {
    assert.is(said(first, other(first), 'no program', 'no program'), 'no program');
    assert.is(said(first, other(first), 'no translator x', 'no translator y'), 'side A: no translator x');
  }
  const comparator = new Comparator({ restartable: true });
  comparator.receive('B', failed('no translator y'));
  assert.match(JSON.stringify(comparator.lost('A', 'died')), /side B: no translator y/);
});

test('a side that speaks out of turn or dies ends the run with a message, once', () => {
  const comparator = new Comparator({ restartable: false });
  const [command] = comparator.receive('B', { t: 'probes', rows: new Uint8Array(0) });
  assert.is(command?.kind, 'finish');
  assert.equal(comparator.lost('A', 'died'), []);
  const another = new Comparator({ restartable: false }).lost('A', 'was killed (SIGKILL)');
  assert.match(JSON.stringify(another), /side A was killed/);
});

test.run();
