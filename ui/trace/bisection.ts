// A search for the changes to blame, as it is looked at: what it has told so far. Plain data, and what becomes of it with each
// piece of news. Pure.

import type { SearchNews, SearchResult, TrialNews, VoteNews } from '../../lockstep/index.ts';

export interface Bisection {
  /** 'failed' and 'stopped' keep what was found out before. */
  readonly status: 'running' | 'done' | 'failed' | 'stopped';
  /** What is being done. */
  readonly doing: string;
  readonly vote: VoteNews | undefined;
  /** The latest trials; `dropped` were made before them. */
  readonly trials: readonly TrialNews[];
  readonly dropped: number;
  readonly result: SearchResult | undefined;
  /** Why it has failed. */
  readonly error: string;
  readonly seconds: number;
}

/** A search tells its news, then its result. */
export type SearchTold = SearchNews | ({ readonly t: 'result' } & SearchResult);

export const BEGUN: Bisection = {
  ...{ status: 'running', doing: 'starting', vote: undefined, trials: [], dropped: 0, result: undefined },
  ...{ error: '', seconds: 0 },
};

/** Trials that are kept; far more than most searches make. */
const KEPT = 512;

export function told(search: Bisection, news: SearchTold, seconds: number): Bisection {
  const next = { ...search, seconds };
  switch (news.t) {
    case 'step':
      return { ...next, doing: news.what };
    case 'vote':
      return { ...next, vote: news };
    case 'trial': {
      const trials = [...search.trials, news];
      const over = Math.max(0, trials.length - KEPT);
      return { ...next, trials: trials.slice(over), dropped: search.dropped + over };
    }
    case 'result': {
      const { t: _, ...result } = news;
      return { ...next, result };
    }
  }
}
