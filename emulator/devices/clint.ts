// The SiFive core-local interruptor: software interrupts (msip), and the machine timer of each hart (mtime against
// mtimecmp). Timer lines change at the exact virtual time at which mtime reaches mtimecmp.
// Lines are re-evaluated on every write of mtime or mtimecmp and when the timer expires, never by polling.

import type { Clock, Timer } from '../sched/clock.ts';
import type { Device, InterruptLine } from './device.ts';
import { extractBits, insertBits } from './device.ts';

/** One word a hart; only bit 0 is kept. */
const MSIP = 0x0;
/** One double word a hart. */
const MTIMECMP = 0x4000;
const MTIME = 0xbff8;
export const CLINT_SIZE = 0xc000;

export interface ClintOptions {
  readonly harts: number;
  readonly clock: Clock;
  /** Nanoseconds a tick of mtime: 100 at 10 MHz. */
  readonly tickNs: bigint;
  /** Machine software interrupt, one a hart. */
  readonly software: readonly InterruptLine[];
  /** Machine timer interrupt, one a hart. */
  readonly timer: readonly InterruptLine[];
  /** Called after mtime was written: other timers of the board that compare with it must be set anew. */
  timeChanged?(): void;
}

export interface ClintState {
  readonly msip: readonly number[];
  readonly mtimecmp: readonly bigint[];
  /** mtime = virtual time in ticks + delta. */
  readonly delta: bigint;
}

export interface Clint extends Device<ClintState> {
  /** mtime, 64 bits unsigned. */
  time(): bigint;
  /** The virtual time in ns at which mtime is first at least `ticks`; now when it already is. */
  nsAt(ticks: bigint): bigint;
}

export function createClint(options: ClintOptions): Clint {
  const { harts, clock, tickNs } = options;
  let msip: number[] = new Array(harts).fill(0);
  let mtimecmp: bigint[] = new Array(harts).fill(0n);
  let delta = 0n;

  const timers: Timer[] = [];
  for (let hart = 0; hart < harts; hart++) timers.push(clock.timer(`mtimecmp${hart}`, () => compare(hart)));

  const time = (): bigint => BigInt.asUintN(64, clock.ns / tickNs + delta);

  function nsAt(ticks: bigint): bigint {
    const now = time();
    if (ticks <= now) return clock.ns;
    // delta counts modulo 2^64: the distance from now is what matters.
    return (clock.ns / tickNs + (ticks - now)) * tickNs;
  }

  function compare(hart: number): void {
    const reached = time() >= mtimecmp[hart]!;
    options.timer[hart]!(reached);
    if (reached) timers[hart]!.cancel();
    else timers[hart]!.arm(nsAt(mtimecmp[hart]!));
  }

  const compareAll = (): void => {
    for (let hart = 0; hart < harts; hart++) compare(hart);
  };

  const hartOf = (offset: number, base: number, stride: number): number => Math.floor((offset - base) / stride);

  return {
    name: 'clint',
    accepts(offset, size) {
      if (offset >= CLINT_SIZE || offset % size !== 0) return false;
      return size === 4 || (size === 8 && offset >= MTIMECMP);
    },
    read(offset, size) {
      if (offset >= MTIME) return extractBits(time(), (offset & 4) * 8, size);
      if (offset >= MTIMECMP) {
        const hart = hartOf(offset, MTIMECMP, 8);
        return hart < harts ? extractBits(mtimecmp[hart]!, (offset & 4) * 8, size) : 0n;
      }
      return BigInt(msip[hartOf(offset, MSIP, 4)] ?? 0);
    },
    write(offset, size, value) {
      if (offset >= MTIME) {
        delta = BigInt.asUintN(64, delta + insertBits(time(), value, (offset & 4) * 8, size) - time());
        compareAll();
        options.timeChanged?.();
      } else if (offset >= MTIMECMP) {
        const hart = hartOf(offset, MTIMECMP, 8);
        if (hart >= harts) return;
        mtimecmp[hart] = insertBits(mtimecmp[hart]!, value, (offset & 4) * 8, size);
        compare(hart);
      } else {
        const hart = hartOf(offset, MSIP, 4);
        if (hart >= harts) return;
        msip[hart] = Number(value & 1n);
        options.software[hart]!(msip[hart] === 1);
      }
    },
    reset() {
      msip = new Array(harts).fill(0);
      // Comparators start at 0: the timer interrupt is pending until the guest sets one.
      mtimecmp = new Array(harts).fill(0n);
      delta = BigInt.asUintN(64, -(clock.ns / tickNs));
      for (const line of options.software) line(false);
      compareAll();
    },
    time,
    nsAt,
    save: () => ({ msip: [...msip], mtimecmp: [...mtimecmp], delta }),
    restore(state) {
      msip = [...state.msip];
      mtimecmp = [...state.mtimecmp];
      delta = state.delta;
    },
  };
}
