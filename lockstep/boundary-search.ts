// Finds the block boundary from which on the whole state differs. Observations are quick but not the whole truth: they
// cover the vCPU that runs and stores, and code that observes may itself be translated wrongly. Here registers of all
// vCPUs and memory are measured at boundaries common to both sides, many places a replay. Pure.

import type { ObservationRows, Probe } from './observation-rows.ts';
import { unpackProbes } from './observation-rows.ts';
import type { Side } from './protocol.ts';
import { type Asking, ask } from './question.ts';

/** Places measured in one replay. */
const MEASURED_AT_ONCE = 31;

type How = 'visit' | 'bare';

/** All agrees at `entry`, something differs at `after`, and no boundary lies between them. */
export interface Step {
  readonly entry: number;
  readonly after: number;
}

/** Boundaries of both sides with `from` ≤ icount ≤ `to`, ascending. */
export function commonBoundaries(rows: Readonly<Record<Side, ObservationRows>>, from: number, to: number): number[] {
  const { A, B } = rows;
  const common: number[] = [];
  for (let i = A.firstFrom(from); i < A.length && A.icount(i) <= to; i++) {
    const icount = A.icount(i);
    if (icount !== common.at(-1) && B.indexAt(icount) >= 0) common.push(icount);
  }
  return common;
}

/** All agrees at `agreed` and something differs at the last of `places` (ascending, not empty): the step between. */
export function* firstBadStep(agreed: number, places: readonly number[], how: How = 'visit'): Asking<Step> {
  let low = -1;
  let high = places.length - 1;
  while (high - low > 1) {
    const step = Math.ceil((high - low) / (MEASURED_AT_ONCE + 1));
    const tried: number[] = [];
    for (let i = low + step; i < high; i += step) tried.push(i);
    const differing = yield* firstDiffering(
      tried.map((i) => places[i]!),
      how,
    );
    if (differing > 0) low = tried[differing - 1]!;
    if (differing < 0) low = tried.at(-1)!;
    else high = tried[differing]!;
  }
  return { entry: low < 0 ? agreed : places[low]!, after: places[high]! };
}

/** Index of the first of these places where registers of any vCPU or memory differ; -1 when they agree at all. */
export function* firstDiffering(icounts: readonly number[], how: How = 'visit'): Asking<number> {
  const rows = yield* ask({ t: 'measure', icounts, how }, 'measured');
  const a = unpackProbes(rows.A.rows);
  const b = unpackProbes(rows.B.rows);
  return icounts.findIndex((_, i) => !sameState(a[i], b[i]));
}

export function sameState(a: Probe | undefined, b: Probe | undefined): boolean {
  return a !== undefined && b !== undefined && a.state === b.state && a.memory === b.memory;
}
