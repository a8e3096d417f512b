// The virtual clock of a machine: nanoseconds = (icount << shift) + what idling has skipped. Timers hang on it; their
// deadlines are given back as exact instruction counts, so that the instruction stream never depends on the host. A tool
// may take control of it: then it stands still but for what it is told, and for idling.
// Times are bigint: a guest may set a deadline centuries ahead. Callbacks may arm and cancel any timer.

import { must } from '../must.ts';

/** Devices see time through this: they may read it and hang timers on it, nothing more. */
export interface Clock {
  /** Virtual time in nanoseconds since the machine started. */
  readonly ns: bigint;
  /** Makes a timer, not armed. All timers are made while the machine is built, always in the same order. */
  timer(name: string, expired: () => void): Timer;
}

export interface Timer {
  /** Sets the time at which the timer expires, once. A time that has passed expires at the next opportunity. */
  arm(ns: bigint): void;
  cancel(): void;
  readonly deadlineNs: bigint | undefined;
}

export interface ClockState {
  readonly skippedNs: bigint;
  readonly controlledNs: bigint | undefined;
  /** One entry a timer, in the order of creation. */
  readonly deadlinesNs: readonly (bigint | undefined)[];
}

interface Entry {
  readonly name: string;
  readonly expired: () => void;
  deadlineNs: bigint | undefined;
}

export class VirtualClock implements Clock {
  private readonly icount: () => number;
  private readonly shift: bigint;
  private readonly entries: Entry[] = [];
  private skippedNs = 0n;
  /** The time, once somebody controls it. */
  private controlledNs: bigint | undefined;
  /** nextDeadline() as last computed; undefined after a change. */
  private cached: number | undefined;

  /** One instruction takes 2^shift ns; 0 ≤ shift ≤ 16. */
  constructor(icount: () => number, shift: number) {
    must(Number.isInteger(shift) && shift >= 0 && shift <= 16, 'clock shift out of range');
    this.icount = icount;
    this.shift = BigInt(shift);
  }

  get ns(): bigint {
    return this.controlledNs ?? (BigInt(this.icount()) << this.shift) + this.skippedNs;
  }

  /** From here on time stands still; what is returned moves it forward, never back. */
  control(): (ns: bigint) => void {
    this.controlledNs = this.ns;
    this.cached = undefined;
    return (ns) => {
      if (ns > this.controlledNs!) this.controlledNs = ns;
      this.cached = undefined;
    };
  }

  timer(name: string, expired: () => void): Timer {
    const entry: Entry = { name, expired, deadlineNs: undefined };
    this.entries.push(entry);
    const set = (ns: bigint | undefined): void => {
      entry.deadlineNs = ns;
      this.cached = undefined;
    };
    return {
      arm: (ns) => set(ns),
      cancel: () => set(undefined),
      get deadlineNs() {
        return entry.deadlineNs;
      },
    };
  }

  /** The first icount at which a timer has expired, or Infinity. May lie in the past: then `expire` is due now. */
  nextDeadline(): number {
    if (this.cached === undefined) {
      const first = this.earliest();
      this.cached = first === undefined ? Number.POSITIVE_INFINITY : this.icountAt(first.deadlineNs!);
    }
    return this.cached;
  }

  /** Calls back every timer whose time has come: earliest first, of equal ones the one made first. */
  expire(): void {
    const now = this.ns;
    // A callback may arm its timer for a time that has passed; it is called again, but not for ever.
    for (let left = this.entries.length * 4; left > 0; left--) {
      const first = this.earliest();
      if (first === undefined || first.deadlineNs! > now) return;
      first.deadlineNs = undefined;
      this.cached = undefined;
      first.expired();
    }
  }

  /** Skips to the next deadline without instructions and expires it; false when no timer is armed. */
  skip(): boolean {
    const first = this.earliest();
    if (first === undefined) return false;
    const distance = first.deadlineNs! - this.ns;
    if (distance > 0n) {
      if (this.controlledNs !== undefined) this.controlledNs += distance;
      else this.skippedNs += distance;
      this.cached = undefined;
    }
    this.expire();
    return true;
  }

  /** Stops all timers; time goes on. */
  cancelAll(): void {
    for (const entry of this.entries) entry.deadlineNs = undefined;
    this.cached = undefined;
  }

  save(): ClockState {
    return {
      skippedNs: this.skippedNs,
      controlledNs: this.controlledNs,
      deadlinesNs: this.entries.map((entry) => entry.deadlineNs),
    };
  }

  restore(state: ClockState): void {
    must(state.deadlinesNs.length === this.entries.length, 'clock state of another machine');
    this.skippedNs = state.skippedNs;
    this.controlledNs = state.controlledNs;
    this.entries.forEach((entry, i) => {
      entry.deadlineNs = state.deadlinesNs[i];
    });
    this.cached = undefined;
  }

  private earliest(): Entry | undefined {
    let best: Entry | undefined;
    for (const entry of this.entries) {
      if (entry.deadlineNs === undefined) continue;
      if (best === undefined || entry.deadlineNs < best.deadlineNs!) best = entry;
    }
    return best;
  }

  /** The first icount at which virtual time is at least `ns`, if nothing is skipped meanwhile. */
  private icountAt(ns: bigint): number {
    if (this.controlledNs !== undefined) return ns <= this.controlledNs ? 0 : Number.POSITIVE_INFINITY;
    const left = ns - this.skippedNs;
    if (left <= 0n) return 0;
    const icount = (left + (1n << this.shift) - 1n) >> this.shift;
    return icount > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(icount);
  }
}
