// What a search tells while it goes on, for whoever follows it: the inspector, `lockstep bisect --ndjson`. Types, and how the
// search's own words become them. Pure.

import type { Side } from '../protocol.ts';
import type { Suffix } from './choice.ts';
import type { Aim } from './search.ts';
import type { PairAsked } from './sides.ts';

/** One trial that has been made. */
export interface TrialNews extends Aim {
  readonly t: 'trial';
  /** From 1 on, in the order they are made in one round. */
  readonly number: number;
  /** Whose changes are in question. */
  readonly side: 'a' | 'b';
  /** Where suspects are looked for: in the bad block, since the last agreed checkpoint, in the whole run. */
  readonly scope: 'block' | 'window' | 'run';
  /** Of the changes in question those whose ids end so in binary were made; '' is the end of every id. */
  readonly made: readonly Suffix[];
  /** … unless they end so. */
  readonly unmade: readonly Suffix[];
  /** The sides still differed. */
  readonly differs: boolean;
}

/** Something else has begun, in words. */
export interface StepNews {
  readonly t: 'step';
  readonly what: string;
}

/** Which side the reference model contradicts. */
export interface VoteNews {
  readonly t: 'vote';
  readonly wrong: 'a' | 'b' | 'both' | 'none';
  /** A sentence a side. */
  readonly text: readonly string[];
}

export type SearchNews = TrialNews | StepNews | VoteNews;

export function trialNews(
  number: number,
  { choices, side, phase, suspects }: PairAsked,
  scope: TrialNews['scope'],
  differs: boolean,
): TrialNews {
  const { made = [], unmade = [] } = choices[side] ?? {};
  return { t: 'trial', number, side: SMALL[side], phase, scope, suspects, made, unmade, differs };
}

const SMALL: Readonly<Record<Side, 'a' | 'b'>> = { A: 'a', B: 'b' };
