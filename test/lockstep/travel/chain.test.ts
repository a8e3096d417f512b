// Which checkpoints of a long run are kept: few, and never far behind any place near where one stands.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { leastMissed, NEAR, superfluous } from '../../../lockstep/travel/chain.ts';
import { Random, testSeed } from '../../guest/random.ts';

interface Place {
  readonly icount: number;
  readonly pinned: boolean;
}

function thinned(icounts: Iterable<number>): Place[] {
  const marks: Place[] = [];
  for (const icount of icounts) {
    marks.push({ icount, pinned: false });
    for (let i = superfluous(marks); i >= 0; i = superfluous(marks)) marks.splice(i, 1);
  }
  return marks;
}

function* every(step: number, until: number): Generator<number> {
  for (let at = 0; at <= until; at += step) yield at;
}

const seed = testSeed();

test('a hundred million instructions keep a few dozen checkpoints, those of the recent past close together', () => {
  const marks = thinned(every(1 << 20, 100e6));
  assert.ok(marks.length < 60, `${marks.length}`);
  assert.is(marks[0]!.icount, 0);
  const newest = marks.at(-1)!.icount;
  for (let i = 1; i < marks.length; i++) {
    const gap = marks[i]!.icount - marks[i - 1]!.icount;
    const distance = newest - marks[i]!.icount;
    assert.ok(gap <= Math.max(NEAR, distance / 4, 1 << 20), `a gap of ${gap} at a distance of ${distance}`);
  }
});

test(`steps of any length keep few, the oldest and the newest among them (seed ${seed})`, () => {
  const random = new Random(seed);
  for (let n = 0; n < 50; n++) {
    let at = 0;
    const places = [0];
    for (let i = 0; i < 300; i++) {
      at += 1 + random.below(10 ** (1 + random.below(6)));
      places.push(at);
    }
    const marks = thinned(places);
    assert.is(marks[0]!.icount, 0);
    assert.is(marks.at(-1)!.icount, at);
    assert.ok(marks.length < 100, `${marks.length} of 301`);
  }
});

test('pinned ones stay; none of them may go for want of memory either', () => {
  const marks = [0, 1, 2, 3].map((icount) => ({ icount, pinned: true }));
  assert.is(superfluous(marks), -1);
  assert.is(leastMissed(marks), -1);
  const loose = marks.map((mark, i) => ({ ...mark, pinned: i === 1 }));
  assert.is(superfluous(loose), 2);
  assert.is(leastMissed(loose), 2);
});

test('for want of memory the one goes that lengthens the way back least', () => {
  const marks = [0, 100, 110, 4000, 10_000].map((icount) => ({ icount, pinned: false }));
  assert.is(leastMissed(marks), 1);
  assert.is(leastMissed([{ icount: 0, pinned: false }]), -1);
});

test.run();
