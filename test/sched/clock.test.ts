// The virtual clock: exact deadlines, order of expiry, skipping, state.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VirtualClock } from '../../emulator/sched/clock.ts';

function clockAt(shift: number): { clock: VirtualClock; set: (icount: number) => void } {
  let icount = 0;
  return {
    clock: new VirtualClock(() => icount, shift),
    set: (value) => {
      icount = value;
    },
  };
}

test('time is the instruction count shifted', () => {
  const { clock, set } = clockAt(3);
  assert.is(clock.ns, 0n);
  set(5);
  assert.is(clock.ns, 40n);
  set(2 ** 40);
  assert.is(clock.ns, 1n << 43n);
});

test('a deadline is the first icount at which the time has come', () => {
  for (const shift of [0, 1, 3, 10]) {
    for (const ns of [1n, 7n, 8n, 9n, 1000n, 1023n, 1024n, 1025n]) {
      const { clock, set } = clockAt(shift);
      clock.timer('t', () => {}).arm(ns);
      const deadline = clock.nextDeadline();
      set(deadline);
      assert.ok(clock.ns >= ns, `shift ${shift}, ${ns} ns: too early`);
      set(deadline - 1);
      assert.ok(clock.ns < ns, `shift ${shift}, ${ns} ns: too late`);
    }
  }
});

test('no timer, and one for the end of time, have no deadline', () => {
  const { clock } = clockAt(0);
  assert.is(clock.nextDeadline(), Number.POSITIVE_INFINITY);
  const timer = clock.timer('t', () => {});
  timer.arm(1n << 70n);
  assert.is(clock.nextDeadline(), Number.POSITIVE_INFINITY);
  timer.arm(12n);
  assert.is(clock.nextDeadline(), 12);
  timer.cancel();
  assert.is(clock.nextDeadline(), Number.POSITIVE_INFINITY);
});

test('timers expire once, the earliest first, of equal ones the first made', () => {
  const { clock, set } = clockAt(0);
  const order: string[] = [];
  const make = (name: string): ReturnType<VirtualClock['timer']> => clock.timer(name, () => order.push(name));
  const [a, b, c, d] = [make('a'), make('b'), make('c'), make('d')];
  a.arm(20n);
  b.arm(10n);
  c.arm(10n);
  d.arm(21n);
  set(20);
  clock.expire();
  assert.equal(order, ['b', 'c', 'a']);
  clock.expire();
  assert.is(order.length, 3);
  assert.is(a.deadlineNs, undefined);
  assert.is(clock.nextDeadline(), 21);
});

test('a timer that is armed in the past again and again does not hang the machine', () => {
  const { clock, set } = clockAt(0);
  let calls = 0;
  const timer = clock.timer('t', () => {
    calls++;
    timer.arm(0n);
  });
  timer.arm(0n);
  set(1);
  clock.expire();
  assert.ok(calls > 0 && calls < 100);
});

test('skipping goes to the next deadline without instructions', () => {
  const { clock, set } = clockAt(2);
  const hits: bigint[] = [];
  const timer = clock.timer('t', () => hits.push(clock.ns));
  assert.not(clock.skip());
  set(10);
  timer.arm(1001n);
  assert.ok(clock.skip());
  assert.equal(hits, [1001n]);
  set(11);
  assert.is(clock.ns, 1005n);
  timer.arm(1010n);
  assert.is(clock.nextDeadline(), 13);
});

test('a timer that is due is not made later by skipping', () => {
  const { clock, set } = clockAt(0);
  let fired = false;
  clock
    .timer('t', () => {
      fired = true;
    })
    .arm(5n);
  set(9);
  assert.ok(clock.skip());
  assert.is(clock.ns, 9n);
  assert.ok(fired);
});

test('saved state brings time and timers back, any number of times', () => {
  const { clock, set } = clockAt(0);
  const timer = clock.timer('t', () => {});
  timer.arm(100n);
  clock.skip();
  timer.arm(150n);
  const saved = structuredClone(clock.save());
  for (let i = 0; i < 2; i++) {
    clock.skip();
    set(7);
    assert.is.not(clock.ns, 100n);
    clock.restore(saved);
    set(0);
    assert.is(clock.ns, 100n);
    assert.is(clock.nextDeadline(), 50);
    assert.is(timer.deadlineNs, 150n);
  }
});

test.run();
