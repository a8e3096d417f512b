// How long windows are. Long ones cost next to nothing, but looking closely at one takes time and memory by its length:
// where a long one differs, both sides run it again in fine ones first.

import { OBSERVE_LIMIT, SEAM_LIMIT, UsageError } from '../emulator/index.ts';

export const MIN_WINDOW = 16;
export const DEFAULT_WINDOW = 1 << 23;
/** Longest that is looked at as it is. */
const MAX_PINNED = 1 << 21;
export const MAX_WINDOW = 1 << 26;
const FINE_WINDOW = 1 << 20;
/** Usual length where every block is recorded as it runs, which is kept until both sides agree; and the longest. */
export const RECORDING_WINDOW = 1 << 17;
export const MAX_RECORDED = OBSERVE_LIMIT - SEAM_LIMIT;

/** Length of windows where none is asked for. */
export function defaultWindow(stream: 'windows' | 'blocks'): number {
  return stream === 'blocks' ? RECORDING_WINDOW : DEFAULT_WINDOW;
}

/** A run that has been long in agreement is looked at less often: windows double when so many have passed, twice. */
const DOUBLES_AFTER = 8;

/**
 * Length of the window that begins at `icount`, at the seam behind a multiple of it, where the first has `window`
 * instructions. Those short enough to be looked at as they are stay as they are.
 */
export function windowAt(window: number, icount: number): number {
  if (window <= MAX_PINNED || icount < DOUBLES_AFTER * window) return window;
  return icount < 2 * DOUBLES_AFTER * window ? 2 * window : 4 * window;
}

/** A side waits at the end of a window that is so many beyond the last one it knows to be agreed, and one more. */
export const AHEAD = 8;

/**
 * An instruction count that no side has passed when both agree up to `agreed`, at which windows of every length end: a
 * multiple of the length they have there.
 */
export function aheadOf(window: number, agreed: number): number {
  let at = agreed;
  for (let windows = 0; windows <= AHEAD; windows++) {
    const length = windowAt(window, at);
    at = (Math.floor((at + SEAM_LIMIT) / length) + 1) * length;
  }
  return at;
}

/** Length of the windows a window is run again in: its own when it is looked at as it is. */
export function fineWindow(window: number): number {
  return window > MAX_PINNED ? FINE_WINDOW : window;
}

export function checkWindow(window: number, stream: 'windows' | 'blocks'): number {
  if (!Number.isSafeInteger(window) || window < MIN_WINDOW || window > MAX_WINDOW || window % fineWindow(window) !== 0)
    throw new UsageError(
      `a window of ${window} instructions is not possible`,
      `Give a number from ${MIN_WINDOW} to ${MAX_PINNED}, or a multiple of ${FINE_WINDOW} up to ${MAX_WINDOW}; the default is ${DEFAULT_WINDOW}.`,
    );
  if (stream === 'blocks' && window > MAX_RECORDED)
    throw new UsageError(
      `a window of ${window} instructions is too long for every block to be recorded`,
      `Give a number from ${MIN_WINDOW} to ${MAX_RECORDED}, or none.`,
    );
  return window;
}
