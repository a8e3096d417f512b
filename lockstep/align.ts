// Lines up the block observations of two sides by instruction count. Only boundaries that both sides have are
// compared, so that the same stream cut differently is no difference. Pure.

import type { ObservationRows } from './observation-rows.ts';

/** What a side found at the end of the replayed window. */
export interface WindowEnd {
  readonly icount: number;
  readonly pc: number;
  readonly state: bigint;
  readonly memory: bigint;
}

export interface Alignment {
  /** Indices of the last boundary at which both agree; undefined when none precedes the difference. */
  readonly good: { readonly a: number; readonly b: number } | undefined;
  /** The first common boundary where they differ; an index of -1 is the end of the window. */
  readonly bad: { readonly icount: number; readonly a: number; readonly b: number } | undefined;
  /** After `bad` a later common boundary agrees again, and so does the end. */
  readonly rejoined: boolean;
  /** One side has a boundary the other has not, before the difference. */
  readonly cutsDiffer: boolean;
}

function sameEnd(a: WindowEnd, b: WindowEnd): boolean {
  return a.icount === b.icount && a.pc === b.pc && a.state === b.state && a.memory === b.memory;
}

export function align(a: ObservationRows, b: ObservationRows, endA: WindowEnd, endB: WindowEnd): Alignment {
  let i = 0;
  let j = 0;
  let good: Alignment['good'];
  let bad: Alignment['bad'];
  let cutsDiffer = false;
  while (i < a.length && j < b.length) {
    const at = a.icount(i);
    const gap = at - b.icount(j);
    if (gap !== 0) {
      if (gap < 0) i++;
      else j++;
      cutsDiffer = true;
      continue;
    }
    if (a.pc(i) === b.pc(j) && a.digest(i) === b.digest(j)) {
      good = { a: i, b: j };
    } else {
      bad = { icount: at, a: i, b: j };
      break;
    }
    i++;
    j++;
  }
  if (bad) return { good, bad, rejoined: sameEnd(endA, endB), cutsDiffer };
  if (i < a.length || j < b.length) cutsDiffer = true;
  // A guest that ended early has its end as its last boundary; the other side went on from the same place.
  if (!sameEnd(endA, endB)) bad = { icount: Math.min(endA.icount, endB.icount), a: -1, b: -1 };
  return { good, bad, rejoined: false, cutsDiffer };
}
