// What device tests connect a device to: a clock moved by hand, interrupt lines that remember their level.

import type { InterruptLine } from '../../emulator/devices/device.ts';
import type { IoRegion } from '../../emulator/memory/guest-memory.ts';
import { VirtualClock } from '../../emulator/sched/clock.ts';

export interface Bench {
  readonly clock: VirtualClock;
  /** Moves time forward to `ns`, with every timer on the way at its own time. */
  to(ns: number): void;
}

export function bench(): Bench {
  let now = 0;
  const clock = new VirtualClock(() => now, 0);
  return {
    clock,
    to(ns) {
      for (let next = clock.nextDeadline(); next <= ns; next = clock.nextDeadline()) {
        now = Math.max(now, next);
        clock.expire();
      }
      now = ns;
    },
  };
}

export interface Wire {
  readonly line: InterruptLine;
  readonly level: boolean;
}

export function wire(): Wire {
  let level = false;
  return {
    line: (high) => {
      level = high;
    },
    get level() {
      return level;
    },
  };
}

/** Register access in numbers. */
export function registers(
  region: IoRegion,
  size: number,
): { get(offset: number): number; set(offset: number, value: number): void } {
  return {
    get: (offset) => Number(region.read(offset, size)),
    set: (offset, value) => region.write(offset, size, BigInt(value)),
  };
}
