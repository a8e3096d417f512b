// How long windows are. Long ones cost next to nothing, but looking closely at one takes time and memory by its length:
// where a long one differs, both sides run it again in fine ones first.

import { UsageError } from '../emulator/index.ts';

export const MIN_WINDOW = 16;
export const DEFAULT_WINDOW = 1 << 23;
/** Longest that is looked at as it is. */
const MAX_PINNED = 1 << 21;
export const MAX_WINDOW = 1 << 26;
const FINE_WINDOW = 1 << 20;

/** Length of the windows a window is run again in: its own when it is looked at as it is. */
export function fineWindow(window: number): number {
  return window > MAX_PINNED ? FINE_WINDOW : window;
}

export function checkWindow(window: number): number {
  if (!Number.isSafeInteger(window) || window < MIN_WINDOW || window > MAX_WINDOW || window % fineWindow(window) !== 0)
    throw new UsageError(
      `a window of ${window} instructions is not possible`,
      `Give a number from ${MIN_WINDOW} to ${MAX_PINNED}, or a multiple of ${FINE_WINDOW} up to ${MAX_WINDOW}; the default is ${DEFAULT_WINDOW}.`,
    );
  return window;
}
