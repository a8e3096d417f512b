// What a debugger is attached to: one machine that can be travelled, and what is known of the run it is a side of.

import type { Traveller } from '../travel/index.ts';

export interface GdbSide {
  /** `side A`, or `the guest`. */
  readonly name: string;
  readonly translator: string;
  readonly traveller: Traveller;
  /** The machine has a privileged state. */
  readonly system: boolean;
  /** Registers and memory may be written. */
  readonly allowWrite: boolean;
  /** Instructions before the first one that does not do the same on both sides. */
  readonly first?: number;
  readonly peer?: GdbSide;
  /** What the person should know at the start. */
  readonly notes: readonly string[];
}
