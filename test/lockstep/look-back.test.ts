// The look back of the comparator, on hand-made streams: what is wrong for a while in a window that agrees at its end.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Outcome } from '../../lockstep/evidence.ts';
import { LOOK_BACK_ALL, parseLookBack } from '../../lockstep/look-back.ts';
import { type Asking, ask } from '../../lockstep/question.ts';
import { reportOf } from '../../lockstep/report/model.ts';
import { type FakeGuest, guest, type PlayOptions, play } from './streams.ts';

const a0 = (icount: number) => BigInt(icount);
/** Wrong from instruction 120 to 138, which no window's end shows. */
const FOR_A_WHILE = guest({ a0: (i) => a0(i) + (i >= 121 && i <= 138 ? 5n : 0n) });
/** And for good from 274 on. */
const TWICE = guest({ a0: (i) => FOR_A_WHILE.a0(i) + (i >= 275 ? 1n : 0n) });
const ALL: PlayOptions = { restartable: false, lookBack: LOOK_BACK_ALL };

type Diverged = Extract<Outcome, { verdict: 'diverged' }>;

function diverged(b: FakeGuest, options: PlayOptions): Diverged {
  const { outcome } = play(guest(), b, options);
  assert.is(outcome?.verdict, 'diverged');
  return outcome as Diverged;
}

test('the first block that differs is found, and the later one is told', () => {
  const { divergence, later, lookedBack } = diverged(TWICE, ALL);
  assert.equal([divergence.entry, divergence.after, divergence.insn?.icount], [120, 130, 120]);
  assert.equal([divergence.class, divergence.ordinals.A, later?.entry], ['transient', 12, 270]);
  const { found, complete, from, to } = lookedBack!;
  assert.equal({ found, complete, from, to }, { found: true, complete: true, from: 0, to: 120 });
  // Windows alone.
  const alone = diverged(TWICE, { restartable: false });
  assert.equal([alone.divergence.entry, alone.later, alone.lookedBack], [270, undefined, undefined]);
});

test('what leaves nothing at any end of a window is found when both agree to the end', () => {
  const { divergence, later, lookedBack } = diverged(FOR_A_WHILE, ALL);
  assert.equal([divergence.entry, later, lookedBack?.found], [120, undefined, true]);
  assert.is(play(guest(), FOR_A_WHILE).outcome?.verdict, 'same');
  // Longer than what may be looked at: only windows count, and nobody goes back.
  const { outcome, looks } = play(guest(), FOR_A_WHILE, { restartable: false, lookBack: 349 });
  assert.equal([outcome?.verdict, outcome?.lookedBack, looks], ['same', undefined, 0]);
});

test('nothing earlier: the divergence stays where it is, with what was compared', () => {
  const late = guest({ a0: (i) => a0(i) + (i >= 275 ? 1n : 0n) });
  const { divergence, later, lookedBack } = diverged(late, ALL);
  assert.equal([divergence.entry, later], [270, undefined]);
  assert.equal(lookedBack, { from: 0, to: 270, compared: 270, every: 'block', complete: true, found: false });
  const { outcome, looks } = play(guest(), guest(), ALL);
  assert.equal([outcome?.verdict, outcome?.lookedBack?.compared, looks], ['same', 350, 14]);
});

test('it goes back as far as it is told, and as both sides can', () => {
  // 100 instructions before the window that differs.
  const near = diverged(TWICE, { restartable: false, lookBack: 50 });
  assert.equal([near.divergence.entry, near.lookedBack?.from, near.lookedBack?.found], [270, 150, false]);
  const unable = diverged(guest({ ...TWICE, reaches: 140 }), ALL);
  assert.equal([unable.divergence.entry, unable.lookedBack?.from], [270, 140]);
  const none = diverged(guest({ ...TWICE, reaches: 200 }), ALL);
  assert.equal([none.divergence.entry, none.lookedBack?.from, none.lookedBack?.complete], [270, 200, true]);
});

test('sides that cut blocks differently differ in nothing by that', () => {
  const cuts = Array.from({ length: 70 }, (_, i) => i * 5);
  const { outcome } = play(guest(), guest({ cuts }), ALL);
  assert.equal(
    [outcome?.verdict, outcome?.lookedBack?.every, outcome?.lookedBack?.complete],
    ['same', 'transfer', true],
  );
});

test('it can be stopped: what is known by then is told, and all else is found out', () => {
  for (const wanted of ['trace', undefined] as const) {
    let stopped = 0;
    const { divergence, lookedBack } = diverged(TWICE, {
      ...ALL,
      ...(wanted && { capture: () => captured }),
      before(comparator, { t }) {
        if (t === 'looked' && comparator.stopLookingBack()) stopped++;
        return undefined;
      },
    });
    assert.equal([divergence.entry, stopped], [270, 1]);
    const { compared, complete } = lookedBack!;
    assert.equal({ compared, complete }, { compared: 50, complete: false });
  }
  assert.ok(captures > 0, 'a capture is made all the same');
});

let captures = 0;
function captured(): Asking<void> {
  captures++;
  return (function* () {
    yield* ask({ t: 'read-names', addresses: [] }, 'names');
  })();
}

test('time that is over, and a side that dies, cost no finding', () => {
  for (const end of ['giveUp', 'lost'] as const) {
    const options: PlayOptions = {
      ...ALL,
      before: (comparator, { t }) =>
        t !== 'looked'
          ? undefined
          : end === 'lost'
            ? comparator.lost('B', 'is gone')
            : comparator.giveUp('time is over'),
    };
    const { divergence, notes, lookedBack } = diverged(TWICE, options);
    assert.equal([divergence.entry, lookedBack?.complete], [270, false]);
    assert.match(notes.join(), /looking back was cut short: .*(is gone|time is over)/);
    const { outcome } = play(guest(), guest(), options);
    assert.equal([outcome?.verdict, outcome?.lookedBack?.complete], ['same', false]);
  }
});

test('what differs once, and not when it is looked at again, is no verdict', () => {
  const unsteady = guest({ ...FOR_A_WHILE, observedA0: a0 });
  const { outcome } = play(guest(), unsteady, ALL);
  assert.is(outcome?.verdict, 'inconclusive');
  assert.match((outcome as Extract<Outcome, { verdict: 'inconclusive' }>).reason, /looked back at/);
});

test('the report says what was compared', () => {
  const report = reportOf(diverged(TWICE, ALL));
  assert.equal([report.at?.icount, report.later?.icount, report.lookBack?.found], [120, 270, true]);
});

test('--look-back takes a number of instructions, or all', () => {
  assert.equal(['0', '5000', 'all'].map(parseLookBack), [0, 5000, LOOK_BACK_ALL]);
  for (const text of ['', '-1', 'some', '1e3', '99999999999999999'])
    assert.throws(() => parseLookBack(text), /look back/);
});

test.run();
