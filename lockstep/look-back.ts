// The comparator's half of a look back: both sides go back and compare every block up to a place that is known. By windows a
// value that is wrong for a while, steers nothing and is gone at the window's end is not seen; this finds it. Stretches are short,
// so that the one that differs is looked at as a window is (pin.ts). A conversation with both sides, like pinning. Pure.

import { must, SEAM_LIMIT, UsageError } from '../emulator/index.ts';
import { sameWindow } from './differences.ts';
import type { LookedBack } from './evidence.ts';
import { ObservationRows } from './observation-rows.ts';
import { type Mismatch, type Pinned, pin } from './pin.ts';
import { SIDES, type Summary } from './protocol.ts';
import { type AnswersOf, type Asking, ask } from './question.ts';

/** Instructions that a look back goes back, unless it is said otherwise: about a second's work. */
export const DEFAULT_LOOK_BACK = 1 << 23;
/** From the start of the run, however far that is. */
export const LOOK_BACK_ALL = Number.MAX_SAFE_INTEGER;
/** A stretch ends at the next multiple of so many instructions. Its blocks fit the log; a replay takes a moment. */
export const STRETCH = 1 << 18;

/** `all`, or a number of instructions. Throws a UsageError for anything else. */
export function parseLookBack(text: string): number {
  if (text === 'all') return LOOK_BACK_ALL;
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count)) return count;
  throw new UsageError(
    `a look back of ${text} instructions is not possible`,
    `Give a number of instructions, 0 for none, or all; the default is ${DEFAULT_LOOK_BACK}.`,
  );
}

/** Whoever wants to know how far it has come, and may end it. */
export interface Looking {
  readonly limit: number;
  /** Look no further. */
  readonly stopped: boolean;
  /** `looked` is what has been compared by now. */
  progress(looked: LookedBack): void;
  /** Something differs: it is looked at closely. */
  differs(): void;
}

export interface Looked {
  readonly looked: LookedBack;
  /** An earlier difference, while both sides stand at it. */
  readonly earlier?: {
    readonly mismatch: Mismatch;
    readonly pinned: Extract<Pinned, { kind: 'diverged' }>;
  };
  /** What differed once and does not in a replay. */
  readonly unexplained?: string;
  /** Both sides have gone back: they stand elsewhere than before. */
  readonly moved: boolean;
}

/** Looks at the run up to the instruction count `to`, at which both sides agree. `history` is for reports (Mismatch). */
export function* lookBack(to: number, history: number, looking: Looking): Asking<Looked> {
  const wanted = Math.max(0, to - looking.limit);
  const reach = to === 0 ? undefined : yield* ask({ t: 'reach', icount: wanted }, 'reaches');
  const from = Math.max(wanted, reach?.A.icount ?? 0, reach?.B.icount ?? 0);
  let looked: LookedBack = { from, to, compared: from, every: 'block', complete: from >= to, found: false };
  looking.progress(looked);
  if (looked.complete) return { looked: { ...looked, from: to }, moved: false };
  const start = yield* ask({ t: 'go-back', icount: from, latest: Math.min(from + SEAM_LIMIT, to) }, 'went-back');
  if (start.A.icount !== start.B.icount) {
    const unexplained = `sent back to instruction ${from} the sides came to ${start.A.icount} and ${start.B.icount}`;
    return { looked, moved: true, unexplained };
  }
  const blocks = { A: start.A.blocks, B: start.B.blocks };
  let at = start.A.icount;
  looked = { ...looked, from: at };
  while (at < to && !looking.stopped) {
    const icount = Math.min((Math.floor(at / STRETCH) + 1) * STRETCH, to);
    const { A, B } = yield* ask({ t: 'look', icount, latest: Math.min(icount + SEAM_LIMIT, to) }, 'looked');
    const windows = { A: summaryOf(A), B: summaryOf(B) };
    if (!sameWindow(windows.A, windows.B)) {
      looking.differs();
      const rows = { A: new ObservationRows(), B: new ObservationRows() };
      const mismatch: Mismatch = { windows, start: at, blocksBefore: { ...blocks }, rows, history };
      const pinned = yield* pin(mismatch, { t: 'pin-looked' });
      if (pinned.kind === 'diverged') {
        const compared = pinned.divergence.entry;
        return {
          looked: { ...looked, to: compared, compared, complete: true, found: true },
          earlier: { mismatch, pinned },
          moved: true,
        };
      }
      if (pinned.kind === 'unreproduced') {
        const where = `instructions ${at} to ${Math.max(A.icount, B.icount)}`;
        return { looked, moved: true, unexplained: `${where}, looked back at: ${pinned.reason}` };
      }
    }
    must(A.icount > at, 'a guest that ends before it has ended');
    if (A.places !== B.places) looked = { ...looked, every: 'transfer' };
    at = A.icount;
    for (const side of SIDES) blocks[side] += windows[side].blocks;
    looked = { ...looked, compared: at, complete: at >= to };
    looking.progress(looked);
  }
  return { looked, moved: true };
}

function summaryOf(looked: AnswersOf<'looked'>['A']): Summary {
  return { ...looked, t: 'summary' };
}
