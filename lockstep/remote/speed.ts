// Instructions per second of both sides, averaged over about a second. Pure but for what it keeps: the caller has the clock.

import type { Side } from '../protocol.ts';

export type Icounts = Readonly<Record<Side, { readonly icount: number }>>;
export type Speeds = Readonly<Record<Side, number>>;

/** Speeds are averages of about this long. */
const SPEED_MS = 1000;

export class SpeedMeter {
  private mark: Icounts | undefined;
  private markTime = 0;
  /** Zero until they are known. */
  speeds: Speeds = { A: 0, B: 0 };

  /** Where both sides are at `time`, in milliseconds. */
  update(at: Icounts, time: number): void {
    const { mark, markTime } = this;
    if (mark && time - markTime < SPEED_MS) return;
    if (mark) {
      const of = (side: Side) => Math.max(0, ((at[side].icount - mark[side].icount) * 1000) / (time - markTime));
      this.speeds = { A: of('A'), B: of('B') };
    }
    this.mark = at;
    this.markTime = time;
  }
}
