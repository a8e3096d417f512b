// What the comparator does with a window that differs, as one conversation with both sides: pins the difference down, looks
// back for an earlier one, then, when somebody asks for it, goes on to the changes to blame or to a trace. Pure.

import { blame, type ListedChanges, listChanges } from './bisect/blame.ts';
import type { Blame } from './bisect/culprit.ts';
import type { TrialLog } from './bisect/journal.ts';
import type { Divergence, LookedBack } from './evidence.ts';
import { type Looked, type Looking, lookBack } from './look-back.ts';
import { type Mismatch, type Pinned, pin } from './pin.ts';
import { type Asking, ask } from './question.ts';
import { type Trace, traceAround } from './trace.ts';

/**
 * 'search': which changes are to blame. 'list': which changes the sides, started with a choice, have made. 'trace': what
 * both sides did around the divergence, for somebody who looks at it.
 */
export type Wanted = 'search' | 'list' | 'trace';

type Diverged = Extract<Pinned, { kind: 'diverged' }>;

export type Finding =
  | Exclude<Pinned, Diverged>
  | (Diverged & {
      readonly lookedBack?: LookedBack;
      /** Where windows alone have placed it, when something was wrong before. */
      readonly later?: Divergence | undefined;
      readonly blame?: Blame;
      readonly listed?: ListedChanges;
      readonly trace?: Trace;
    });

/** What a look back at two sides that agree to the end finds. */
export type AtEnd = Extract<Finding, Diverged> | { readonly kind: 'agreed'; readonly looked: Looked };

/** Asks more about a divergence than the report needs, while both sides still stand at it. */
export type Capture = (divergence: Divergence) => Asking<void>;

/** Gives it once its code is loaded. */
export type LoadCapture = () => Capture | Promise<Capture>;

export interface Inquiry {
  readonly wanted?: Wanted | undefined;
  readonly capture?: Capture | undefined;
  readonly trials?: TrialLog | undefined;
  /** Compare every block before, too. */
  readonly looking?: LookingBack | undefined;
}

/** A look back, told what it knows to be a divergence before it begins. */
export interface LookingBack extends Looking {
  located(pinned: Diverged | undefined): void;
  over(): void;
}

export function* investigate(mismatch: Mismatch, { looking, ...inquiry }: Inquiry): Asking<Finding> {
  const { window } = mismatch.windows.A;
  const pinned = yield* pin(mismatch, { t: 'pin', window });
  if (pinned.kind !== 'diverged') return pinned;
  // Observing hides it: looking closely at what lies before would show no more.
  if (!looking || pinned.divergence.hidden) return yield* goInto(mismatch, pinned, inquiry);
  looking.located(pinned);
  const { looked, earlier, moved, unexplained } = yield* lookBack(mismatch.start, mismatch.history, looking);
  looking.over();
  if (earlier) {
    const found = yield* goInto(earlier.mismatch, earlier.pinned, inquiry);
    return { ...found, lookedBack: looked, later: pinned.divergence };
  }
  const further = inquiry.wanted !== undefined || inquiry.capture !== undefined;
  if (further && moved) yield* ask({ t: 'return', icount: mismatch.start, window }, 'returned');
  const found = yield* goInto(mismatch, pinned, inquiry);
  // The pinned window has been compared block by block up to there.
  const { entry } = pinned.divergence;
  const lookedBack = looked.complete ? { ...looked, to: entry, compared: entry } : looked;
  return { ...found, notes: [...found.notes, ...(unexplained ? [unexplained] : [])], lookedBack };
}

/** Both sides agree to the end, `icount`: whether they did so all the way. */
export function* investigateEnd(
  icount: number,
  history: number,
  looking: LookingBack,
  inquiry: Omit<Inquiry, 'looking'>,
): Asking<AtEnd> {
  looking.located(undefined);
  const looked = yield* lookBack(icount, history, looking);
  looking.over();
  if (!looked.earlier) return { kind: 'agreed', looked };
  const found = yield* goInto(looked.earlier.mismatch, looked.earlier.pinned, inquiry);
  return { ...found, lookedBack: looked.looked };
}

/** What is wanted beyond the report, while both sides stand at the divergence. */
function* goInto(
  mismatch: Mismatch,
  pinned: Diverged,
  { wanted, capture, trials }: Omit<Inquiry, 'looking'>,
): Asking<Extract<Finding, Diverged>> {
  const found = { ...pinned, later: pinned.visible };
  // Who wants to see an effect looks where there is one.
  const visible = pinned.visible ?? pinned.divergence;
  if (capture) yield* capture(visible);
  if (wanted === undefined) return found;
  if (wanted === 'trace') {
    const { trace, notes } = yield* traceAround(mismatch, pinned.divergence);
    return { ...found, notes: [...pinned.notes, ...notes], trace };
  }
  if (wanted === 'list') return { ...found, listed: yield* listChanges(visible) };
  return { ...found, blame: yield* blame(visible, trials) };
}
