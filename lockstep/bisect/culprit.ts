// What a search ends with. Types only.

import type { Side } from '../protocol.ts';

/** A change without which the sides agree. */
export interface Culprit {
  readonly side: Side;
  /** 48 bits; `without=` of a translator spec takes it as 12 hexadecimal digits. */
  readonly id: number;
  readonly pass: string;
  readonly rule: string;
  readonly pc: number;
  /** The guest instruction at `pc`. */
  readonly text: string;
  readonly symbol: string | null;
}

/** A culprit of a whole bisection, with the places where the same rule was to blame afterwards. */
export interface RepeatedCulprit extends Culprit {
  /** In the order they showed. The last one stands for all others: from there on the rule was left out altogether. */
  readonly again: readonly Culprit[];
}

export interface Blame {
  /**
   * 'culprits': found. 'elsewhere': the sides differ without any change too, so it is not a change that is wrong.
   * 'gone': a trial from the checkpoint does not show the difference.
   */
  readonly kind: 'culprits' | 'elsewhere' | 'gone';
  readonly wrong: 'a' | 'b' | 'both' | 'unknown';
  /** Together they make the difference; the list is minimal. */
  readonly culprits: readonly Culprit[];
  /** Without the culprits, with all other changes, the sides agree. */
  readonly agrees: boolean;
  /** Where suspects were looked for: in the bad block, since the last agreed checkpoint, in the whole run. */
  readonly scope: 'block' | 'window' | 'run' | null;
  readonly trials: number;
}
