// The Goldfish real-time clock: nanoseconds since the epoch in two words, and one alarm. It runs on virtual time
// from a fixed start, so that two runs read the same date at the same instruction.
// Reading TIME_LOW latches the high word.

import type { Clock } from '../sched/clock.ts';
import type { Device, InterruptLine } from './device.ts';
import { extractBits, wordOf } from './device.ts';

const TIME_LOW = 0x00;
const TIME_HIGH = 0x04;
/** Writing the low word arms the alarm with the high word written before. */
const ALARM_LOW = 0x08;
const ALARM_HIGH = 0x0c;
const IRQ_ENABLED = 0x10;
const CLEAR_ALARM = 0x14;
/** 1 while the alarm is armed. */
const ALARM_STATUS = 0x18;
const CLEAR_INTERRUPT = 0x1c;

export interface GoldfishRtcOptions {
  readonly clock: Clock;
  readonly line: InterruptLine;
  /** Date at virtual time 0, in nanoseconds since 1970. */
  readonly startNs: bigint;
}

export interface GoldfishRtcState {
  readonly offsetNs: bigint;
  readonly timeHigh: number;
  readonly alarmNs: bigint;
  readonly alarmHigh: number;
  readonly running: boolean;
  readonly pending: boolean;
  readonly enabled: boolean;
}

export function createGoldfishRtc(options: GoldfishRtcOptions): Device<GoldfishRtcState> {
  const { clock, line } = options;
  /** Date = virtual time + offset. */
  let offsetNs = options.startNs;
  let timeHigh = 0;
  let alarmNs = 0n;
  let alarmHigh = 0;
  let running = false;
  let pending = false;
  let enabled = false;

  const date = (): bigint => BigInt.asUintN(64, clock.ns + offsetNs);
  const updateLine = (): void => line(pending && enabled);
  const timer = clock.timer('goldfish-rtc', () => {
    running = false;
    pending = true;
    updateLine();
  });

  function setAlarm(): void {
    if (alarmNs <= date()) {
      timer.cancel();
      running = false;
      pending = true;
      updateLine();
    } else {
      running = true;
      timer.arm(alarmNs - offsetNs);
    }
  }

  function setDate(value: bigint): void {
    offsetNs = value - clock.ns;
    if (running) setAlarm();
  }

  function readWord(offset: number): number {
    switch (offset) {
      case TIME_LOW: {
        const now = date();
        timeHigh = Number(now >> 32n);
        return wordOf(now);
      }
      case TIME_HIGH:
        return timeHigh;
      case ALARM_LOW:
        return wordOf(alarmNs);
      case ALARM_HIGH:
        return alarmHigh;
      case IRQ_ENABLED:
        return Number(enabled);
      case ALARM_STATUS:
        return Number(running);
      default:
        return 0;
    }
  }

  function writeWord(offset: number, word: number): void {
    switch (offset) {
      case TIME_LOW:
        setDate(((date() >> 32n) << 32n) | BigInt(word));
        break;
      case TIME_HIGH:
        setDate((BigInt(word) << 32n) | (date() & 0xffffffffn));
        break;
      case ALARM_LOW:
        alarmNs = (BigInt(alarmHigh) << 32n) | BigInt(word);
        setAlarm();
        break;
      case ALARM_HIGH:
        alarmHigh = word;
        break;
      case IRQ_ENABLED:
        enabled = (word & 1) !== 0;
        updateLine();
        break;
      case CLEAR_ALARM:
        timer.cancel();
        running = false;
        break;
      case CLEAR_INTERRUPT:
        pending = false;
        updateLine();
        break;
    }
  }

  return {
    name: 'goldfish-rtc',
    accepts: (offset, size) => size >= 4 && offset % size === 0,
    read(offset, size) {
      const low = BigInt(readWord(offset));
      return size === 8 ? low | (BigInt(readWord(offset + 4)) << 32n) : low;
    },
    write(offset, size, value) {
      writeWord(offset, wordOf(value));
      if (size === 8) writeWord(offset + 4, wordOf(extractBits(value, 32, 4)));
    },
    reset() {
      timer.cancel();
      timeHigh = alarmHigh = 0;
      alarmNs = 0n;
      running = pending = enabled = false;
      updateLine();
    },
    save: () => ({ offsetNs, timeHigh, alarmNs, alarmHigh, running, pending, enabled }),
    restore(state) {
      ({ offsetNs, timeHigh, alarmNs, alarmHigh, running, pending, enabled } = state);
    },
  };
}
