// What the comparator hands to the report: the outcome of a run with all that was found. Types only.

import type { ListedChanges } from './bisect/blame.ts';
import type { Blame } from './bisect/culprit.ts';
import type { Details, EndOfGuest, EventRecord, Side } from './protocol.ts';
import type { Trace } from './trace.ts';

/** skew: blocks cut differently, no divergence. transient: left and rejoined. real: went on differently. */
export type DivergenceClass = 'none' | 'skew' | 'transient' | 'real';
export type DivergenceKind = 'path' | 'data' | 'timing' | 'event';

export interface TracedBlock {
  /** Instructions begun before the block. */
  readonly icount: number;
  readonly pc: number;
  readonly insns: number;
}

/** An aligned doubleword of memory that differs; `undefined` = unmapped on that side. Little-endian values. */
export interface MemoryWord {
  readonly address: number;
  readonly a: bigint | undefined;
  readonly b: bigint | undefined;
}

/** How much of a run has been compared block by block beside the windows' ends. Reports carry it as it is. */
export interface LookedBack {
  /** Instruction counts: from here on; up to the known difference or the end, where all has been compared. */
  readonly from: number;
  readonly to: number;
  /** Up to here it has been compared. */
  readonly compared: number;
  /** 'transfer': the sides cut blocks differently, so that states were compared at control transfers alone. */
  readonly every: 'block' | 'transfer';
  /** False: it was ended before. */
  readonly complete: boolean;
  /** The divergence was found there: windows alone would not have shown it, or later. */
  readonly found: boolean;
}

export interface Divergence {
  readonly class: 'transient' | 'real';
  readonly kind: DivergenceKind;
  /** Seen in code that observes nothing alone: watched, both sides do the same. */
  readonly hidden: boolean;
  /** Where the window ended that differs, on the side that got further. */
  readonly windowEnd: number;
  /** Instruction counts at the last agreeing boundary (the bad block's entry) and at the first differing one. */
  readonly entry: number;
  readonly after: number;
  readonly pcAfter: Readonly<Record<Side, number>>;
  readonly cpu: number;
  /** Blocks that each side has run before the bad one. */
  readonly ordinals: Readonly<Record<Side, number>>;
  readonly insns: Readonly<Record<Side, number>>;
  /** Oldest first, ending before the bad block. */
  readonly history: readonly (TracedBlock & { readonly cpu: number })[];
  /** Blocks from the bad one on. */
  readonly trace: Readonly<Record<Side, readonly TracedBlock[]>>;
  /** The first bad instruction, when running the block one instruction at a time shows the difference. */
  readonly insn: { readonly index: number; readonly pc: number; readonly icount: number } | undefined;
  readonly event: { readonly a: EventRecord | undefined; readonly b: EventRecord | undefined } | undefined;
  readonly ends: Readonly<Record<Side, EndOfGuest | undefined>>;
  readonly details: Readonly<Record<Side, Details>>;
  readonly memory: readonly MemoryWord[];
  readonly memoryTruncated: boolean;
  readonly symbols: ReadonlyMap<number, string>;
}

interface Common {
  readonly isa: string;
  readonly program: string;
  /** SHA-256, in hexadecimal. */
  readonly programHash: string;
  readonly window: number;
  /** Windows agreed, and the instruction count up to which both agree. */
  readonly windows: number;
  readonly icount: number;
  readonly skewed: number;
  readonly sides: Readonly<Record<Side, { readonly translator: string; readonly blocks: number }>>;
  readonly notes: readonly string[];
  /** Undefined: nobody has looked back. */
  readonly lookedBack?: LookedBack | undefined;
}

export type Outcome =
  | (Common & { readonly verdict: 'same'; readonly end: EndOfGuest })
  | (Common & {
      readonly verdict: 'diverged';
      readonly divergence: Divergence;
      /** Where it shows first without a look back, or in registers and memory, when that is later. */
      readonly later?: Divergence | undefined;
      readonly blame?: Blame | undefined;
      readonly listed?: ListedChanges | undefined;
      readonly trace?: Trace | undefined;
    })
  | (Common & { readonly verdict: 'inconclusive'; readonly reason: string })
  | (Common & { readonly verdict: 'failed'; readonly message: string; readonly remedy: string });
