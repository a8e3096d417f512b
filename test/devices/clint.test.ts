// The CLINT: software interrupts, mtime and its comparators at exact times, partial writes, state.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createClint } from '../../emulator/devices/clint.ts';
import { bench, wire } from './bench.ts';

const MTIMECMP = 0x4000;
const MTIME = 0xbff8;

function setup(harts = 2) {
  const { clock, to } = bench();
  const software = Array.from({ length: harts }, wire);
  const timer = Array.from({ length: harts }, wire);
  const clint = createClint({
    harts,
    clock,
    tickNs: 100n,
    software: software.map((w) => w.line),
    timer: timer.map((w) => w.line),
  });
  clint.reset();
  return { clint, clock, to, software, timer };
}

test('msip keeps bit 0 and drives the line of its hart', () => {
  const { clint, software } = setup();
  clint.write(4, 4, 0xffffffffn);
  assert.equal(
    software.map((w) => w.level),
    [false, true],
  );
  assert.is(clint.read(4, 4), 1n);
  clint.write(4, 4, 0xfffffffen);
  assert.not(software[1]!.level);
  clint.write(8, 4, 1n);
  assert.is(clint.read(8, 4), 0n);
});

test('mtime counts ticks of 100 ns', () => {
  const { clint, to } = setup();
  to(99);
  assert.is(clint.read(MTIME, 8), 0n);
  to(100);
  assert.is(clint.read(MTIME, 8), 1n);
  to(12_345_678);
  assert.is(clint.read(MTIME, 8), 123_456n);
  assert.is(clint.read(MTIME, 4), 123_456n);
  assert.is(clint.read(MTIME + 4, 4), 0n);
});

test('after reset the comparators are 0 and the timer interrupts are pending', () => {
  const { clint, timer } = setup();
  assert.ok(timer[0]!.level && timer[1]!.level);
  assert.is(clint.read(MTIMECMP, 8), 0n);
});

test('the timer line rises at the first nanosecond at which mtime reaches mtimecmp', () => {
  const { clint, clock, to, timer } = setup();
  to(250);
  clint.write(MTIMECMP, 8, 10n);
  clint.write(MTIMECMP + 8, 8, 11n);
  assert.not(timer[0]!.level);
  assert.is(clock.nextDeadline(), 1000);
  to(999);
  assert.not(timer[0]!.level);
  to(1000);
  assert.ok(timer[0]!.level);
  assert.not(timer[1]!.level);
  to(1100);
  assert.ok(timer[1]!.level);
  clint.write(MTIMECMP, 8, 0xffffffffffffffffn);
  assert.not(timer[0]!.level);
});

test('halves of mtimecmp are written apart', () => {
  const { clint, to, timer } = setup();
  clint.write(MTIMECMP + 4, 4, 0xffffffffn);
  clint.write(MTIMECMP, 4, 5n);
  assert.is(clint.read(MTIMECMP, 8), 0xffffffff00000005n);
  assert.not(timer[0]!.level);
  clint.write(MTIMECMP + 4, 4, 0n);
  to(500);
  assert.ok(timer[0]!.level);
});

test('writing mtime moves time for every comparator', () => {
  const { clint, to, timer } = setup();
  clint.write(MTIMECMP, 8, 1000n);
  to(200);
  clint.write(MTIME, 8, 998n);
  assert.is(clint.read(MTIME, 8), 998n);
  to(399);
  assert.not(timer[0]!.level);
  to(400);
  assert.ok(timer[0]!.level);
  clint.write(MTIME, 8, 0n);
  assert.not(timer[0]!.level);
  clint.write(MTIME + 4, 4, 1n);
  assert.is(clint.read(MTIME, 8), 1n << 32n);
  assert.ok(timer[0]!.level);
});

test('mtime wraps at 64 bits', () => {
  const { clint, to, timer } = setup();
  clint.write(MTIMECMP, 8, 3n);
  clint.write(MTIME, 8, 0xffffffffffffffffn);
  assert.ok(timer[0]!.level);
  to(100);
  assert.is(clint.read(MTIME, 8), 0n);
});

test('accesses that the bus refuses', () => {
  const { clint } = setup();
  const ok = (offset: number, size: number): boolean => clint.accepts!(offset, size, false);
  assert.ok(ok(0, 4) && ok(MTIMECMP, 8) && ok(MTIMECMP + 4, 4) && ok(MTIME, 8));
  assert.not(ok(0, 8) || ok(0, 2) || ok(MTIMECMP, 1) || ok(MTIMECMP + 4, 8) || ok(0xc000, 4));
});

test('saved state comes back, timers with the clock', () => {
  const { clint, clock, to, timer } = setup();
  clint.write(MTIMECMP, 8, 20n);
  clint.write(0, 4, 1n);
  clint.write(MTIME, 8, 5n);
  const saved = structuredClone({ clint: clint.save(), clock: clock.save() });
  clint.write(MTIMECMP, 8, 900n);
  clint.write(MTIME, 8, 500n);
  clint.write(0, 4, 0n);
  clint.restore(saved.clint);
  clock.restore(saved.clock);
  assert.is(clint.read(0, 4), 1n);
  assert.is(clint.read(MTIMECMP, 8), 20n);
  assert.is(clint.read(MTIME, 8), 5n);
  to(1499);
  assert.not(timer[0]!.level);
  to(1500);
  assert.ok(timer[0]!.level);
});

test.run();
