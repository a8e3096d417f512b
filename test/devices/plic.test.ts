// The PLIC: priorities, enables, thresholds, claim and complete, level-triggered sources, state.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createPlic } from '../../emulator/devices/plic.ts';
import { registers, wire } from './bench.ts';

const PENDING = 0x1000;
const ENABLE = 0x2000;
const CONTEXT = 0x200000;
const CLAIM = CONTEXT + 4;

function setup() {
  const contexts = [wire(), wire()];
  const plic = createPlic({ sources: 96, contexts: contexts.map((w) => w.line), sizeBytes: 0x600000 });
  return { plic, contexts, ...registers(plic, 4) };
}

test('a source interrupts when enabled with a priority above the threshold', () => {
  const { plic, contexts, get, set } = setup();
  plic.line(10)(true);
  assert.is(get(PENDING), 1 << 10);
  assert.not(contexts[0]!.level);
  set(ENABLE, 1 << 10);
  assert.not(contexts[0]!.level);
  set(4 * 10, 2);
  assert.ok(contexts[0]!.level);
  assert.not(contexts[1]!.level);
  set(CONTEXT, 2);
  assert.not(contexts[0]!.level);
  set(CONTEXT, 1);
  assert.ok(contexts[0]!.level);
});

test('a claim gives the highest priority, then the lowest number, and clears pending', () => {
  const { plic, contexts, get, set } = setup();
  for (const [source, priority] of [
    [40, 3],
    [11, 5],
    [70, 5],
  ] as const) {
    set(4 * source, priority);
    plic.line(source)(true);
  }
  set(ENABLE, 1 << 11);
  set(ENABLE + 4, 1 << 8);
  set(ENABLE + 8, 1 << 6);
  assert.equal([get(CLAIM), get(CLAIM), get(CLAIM), get(CLAIM)], [11, 70, 40, 0]);
  assert.not(contexts[0]!.level);
  assert.is(get(PENDING) | get(PENDING + 4) | get(PENDING + 8), 0);
});

test('the threshold does not stop a claim by polling', () => {
  const { plic, contexts, get, set } = setup();
  set(4 * 10, 1);
  set(ENABLE, 1 << 10);
  set(CONTEXT, 7);
  plic.line(10)(true);
  assert.not(contexts[0]!.level);
  assert.is(get(CLAIM), 10);
});

test('a claimed source is pending again only after completion with the line still high', () => {
  const { plic, contexts, get, set } = setup();
  set(4 * 10, 1);
  set(ENABLE, 1 << 10);
  plic.line(10)(true);
  assert.is(get(CLAIM), 10);
  plic.line(10)(false);
  plic.line(10)(true);
  assert.not(contexts[0]!.level);
  set(CLAIM, 10);
  assert.ok(contexts[0]!.level);
  assert.is(get(CLAIM), 10);
  plic.line(10)(false);
  set(CLAIM, 10);
  assert.not(contexts[0]!.level);
});

test('a line that falls before the claim takes the interrupt back', () => {
  const { plic, contexts, get, set } = setup();
  set(4 * 10, 1);
  set(ENABLE, 1 << 10);
  plic.line(10)(true);
  plic.line(10)(false);
  assert.not(contexts[0]!.level);
  assert.is(get(CLAIM), 0);
});

test('completion of what is not claimed or not enabled is ignored', () => {
  const { plic, contexts, get, set } = setup();
  set(4 * 10, 1);
  set(ENABLE, 1 << 10);
  plic.line(10)(true);
  assert.is(get(CLAIM), 10);
  for (const wrong of [0, 11, 95, 96, 0xffffffff]) set(CLAIM, wrong);
  set(CLAIM + 0x1000, 10); // context 1 has not enabled it
  assert.not(contexts[0]!.level);
  set(CLAIM, 10);
  assert.ok(contexts[0]!.level);
});

test('contexts are independent, a claim takes from both', () => {
  const { plic, contexts, get, set } = setup();
  set(4 * 10, 1);
  set(ENABLE, 1 << 10);
  set(ENABLE + 0x80, 1 << 10);
  plic.line(10)(true);
  assert.ok(contexts[0]!.level && contexts[1]!.level);
  assert.is(get(CLAIM + 0x1000), 10);
  assert.not(contexts[0]!.level || contexts[1]!.level);
  assert.is(get(CLAIM), 0);
});

test('registers keep what exists: three bits of priority, no source 0, nothing beyond the last', () => {
  const { get, set } = setup();
  for (const offset of [0, 4, 4 * 95, 4 * 96, ENABLE, ENABLE + 8, ENABLE + 12, CONTEXT, CONTEXT + 0x2000])
    set(offset, 0xffffffff);
  assert.equal(
    [0, 4, 4 * 95, 4 * 96, ENABLE, ENABLE + 8, ENABLE + 12, CONTEXT, CONTEXT + 0x2000].map(get),
    [0, 7, 7, 0, 0xfffffffe, 0xffffffff, 0, 7, 0],
  );
});

test('only aligned words are accepted', () => {
  const { plic } = setup();
  assert.ok(plic.accepts!(4, 4, true));
  assert.not(
    plic.accepts!(4, 1, true) ||
      plic.accepts!(8, 8, true) ||
      plic.accepts!(2, 4, false) ||
      plic.accepts!(0x600000, 4, false),
  );
});

test('saved state comes back', () => {
  const { plic, get, set } = setup();
  set(4 * 10, 3);
  set(4 * 33, 2);
  set(ENABLE, 1 << 10);
  set(ENABLE + 4, 2);
  set(CONTEXT, 1);
  plic.line(10)(true);
  plic.line(33)(true);
  assert.is(get(CLAIM), 10);
  const saved = structuredClone(plic.save());
  set(CLAIM, 10);
  plic.line(33)(false);
  plic.reset();
  plic.restore(saved);
  assert.equal([get(40), get(132), get(ENABLE), get(CONTEXT), get(PENDING + 4)], [3, 2, 1 << 10, 1, 2]);
  assert.is(get(CLAIM), 33);
  set(CLAIM, 10);
  assert.is(get(CLAIM), 10);
});

test.run();
