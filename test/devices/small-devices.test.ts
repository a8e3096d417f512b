// The test finisher and the real-time clock.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createGoldfishRtc } from '../../emulator/devices/goldfish-rtc.ts';
import { createTestFinisher } from '../../emulator/devices/test-finisher.ts';
import { bench, registers, wire } from './bench.ts';

test('the finisher knows pass, fail and reset', () => {
  const log: (number | 'reset')[] = [];
  const finisher = createTestFinisher({ exit: (code) => log.push(code), reset: () => log.push('reset') });
  const { get, set } = registers(finisher, 4);
  for (const word of [0x5555, 0x3333, 0x2a3333, 0x1ff3333, 0x7777, 0x1234, 0]) set(0, word);
  set(4, 0x5555);
  assert.equal(log, [0, 0, 42, 255, 'reset']);
  assert.is(get(0), 0);
  assert.not(finisher.accepts!(0, 8, true) || finisher.accepts!(0, 1, true));
});

const START = 1_700_000_000_000_000_000n;
const [TIME_LOW, TIME_HIGH, ALARM_LOW, ALARM_HIGH, IRQ_ENABLED, CLEAR_ALARM, ALARM_STATUS, CLEAR_INTERRUPT] = [
  0, 4, 8, 12, 16, 20, 24, 28,
];

function setup() {
  const { clock, to } = bench();
  const interrupt = wire();
  const rtc = createGoldfishRtc({ clock, line: interrupt.line, startNs: START });
  const { get, set } = registers(rtc, 4);
  const date = (): bigint => {
    const low = get(TIME_LOW);
    return (BigInt(get(TIME_HIGH)) << 32n) | BigInt(low);
  };
  const alarm = (ns: bigint): void => {
    set(ALARM_HIGH, Number(ns >> 32n));
    set(ALARM_LOW, Number(ns & 0xffffffffn));
  };
  return { rtc, clock, to, interrupt, get, set, date, alarm };
}

test('the date follows virtual time; reading the low word latches the high one', () => {
  const { to, get, date } = setup();
  assert.is(date(), START);
  to(12345);
  assert.is(date(), START + 12345n);
  get(TIME_LOW);
  const high = get(TIME_HIGH);
  to(2 ** 33);
  assert.is(get(TIME_HIGH), high);
  get(TIME_LOW);
  assert.is(get(TIME_HIGH), high + 2);
});

test('an alarm interrupts at its nanosecond when enabled', () => {
  const { to, interrupt, get, set, alarm } = setup();
  set(IRQ_ENABLED, 1);
  alarm(START + 1000n);
  assert.is(get(ALARM_STATUS), 1);
  to(999);
  assert.not(interrupt.level);
  to(1000);
  assert.ok(interrupt.level);
  assert.is(get(ALARM_STATUS), 0);
  set(CLEAR_INTERRUPT, 1);
  assert.not(interrupt.level);
});

test('an alarm in the past is pending at once; disabled ones wait', () => {
  const { to, interrupt, get, set, alarm } = setup();
  to(5000);
  alarm(START);
  assert.not(interrupt.level);
  assert.is(get(ALARM_STATUS), 0);
  set(IRQ_ENABLED, 1);
  assert.ok(interrupt.level);
});

test('a cleared alarm never comes', () => {
  const { to, interrupt, get, set, alarm } = setup();
  set(IRQ_ENABLED, 1);
  alarm(START + 10n);
  set(CLEAR_ALARM, 1);
  to(100);
  assert.not(interrupt.level);
  assert.is(get(ALARM_STATUS), 0);
});

test('setting the date moves the alarm with it', () => {
  const { to, interrupt, set, alarm, date } = setup();
  set(IRQ_ENABLED, 1);
  alarm(START + 10_000n);
  const next = START + 9_000n;
  set(TIME_HIGH, Number(next >> 32n));
  set(TIME_LOW, Number(next & 0xffffffffn));
  assert.is(date(), next);
  to(999);
  assert.not(interrupt.level);
  to(1000);
  assert.ok(interrupt.level);
});

test('double words reach both halves', () => {
  const { rtc, get } = setup();
  assert.is(rtc.read(TIME_LOW, 8), START);
  rtc.write(ALARM_LOW, 8, 0x0000000200000001n);
  assert.equal([get(ALARM_LOW), get(ALARM_HIGH)], [1, 2]);
  assert.not(rtc.accepts!(0, 1, false) || rtc.accepts!(4, 8, false));
});

test('saved state comes back', () => {
  const { rtc, clock, to, interrupt, set, get, alarm } = setup();
  set(IRQ_ENABLED, 1);
  alarm(START + 700n);
  const saved = structuredClone({ rtc: rtc.save(), clock: clock.save() });
  rtc.reset();
  assert.is(get(ALARM_STATUS), 0);
  rtc.restore(saved.rtc);
  clock.restore(saved.clock);
  assert.is(get(ALARM_STATUS), 1);
  to(699);
  assert.not(interrupt.level);
  to(700);
  assert.ok(interrupt.level);
});

test.run();
