// What the comparator does with a window that differs, as one conversation with both sides: pins the difference down, then,
// when somebody asks for it, goes on to the changes to blame or to a trace. Pure.

import { blame, type ListedChanges, listChanges } from './bisect/blame.ts';
import type { Blame } from './bisect/culprit.ts';
import type { TrialLog } from './bisect/journal.ts';
import type { Divergence } from './evidence.ts';
import { type Mismatch, type Pinned, pin } from './pin.ts';
import type { Asking } from './question.ts';
import { type Trace, traceAround } from './trace.ts';

/**
 * 'search': which changes are to blame. 'list': which changes the sides, started with a choice, have made. 'trace': what
 * both sides did around the divergence, for somebody who looks at it.
 */
export type Wanted = 'search' | 'list' | 'trace';

export type Finding = Pinned & { readonly blame?: Blame; readonly listed?: ListedChanges; readonly trace?: Trace };

/** Asks more about a divergence than the report needs, while both sides still stand at it. */
export type Capture = (divergence: Divergence) => Asking<void>;

export function* investigate(
  mismatch: Mismatch,
  wanted: Wanted | undefined,
  capture?: Capture,
  trials?: TrialLog,
): Asking<Finding> {
  const pinned = yield* pin(mismatch);
  if (pinned.kind === 'diverged' && capture) yield* capture(pinned.divergence);
  if (pinned.kind !== 'diverged' || wanted === undefined) return pinned;
  if (wanted === 'trace') {
    const { trace, notes } = yield* traceAround(mismatch, pinned.divergence);
    return { ...pinned, notes: [...pinned.notes, ...notes], trace };
  }
  if (wanted === 'list') return { ...pinned, listed: yield* listChanges(pinned.divergence) };
  return { ...pinned, blame: yield* blame(pinned.divergence, trials) };
}
