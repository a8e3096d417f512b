// Runs the search for the changes to blame beside the inspector: what it tells is shown a few times a second, however fast it
// comes, and the time it takes also when nothing comes.

import type { SearchTold } from '../trace/bisection.ts';
import type { Store } from './store.ts';

/** Searches elsewhere, so that keys are answered meanwhile. Rejects with why it could not. */
export type BlameSearch = (
  where: 'block' | 'run',
  tell: (news: SearchTold) => void,
  signal: AbortSignal,
) => Promise<void>;

export interface Bisecting {
  begin(where: 'block' | 'run'): void;
  callOff(): void;
}

const SHOW_EVERY_MS = 100;

export function bisecting(search: BlameSearch, store: Store, now: () => number): Bisecting {
  let current: AbortController | undefined;
  return {
    begin(where) {
      const controller = new AbortController();
      const { signal } = controller;
      current = controller;
      const started = now();
      let waiting: SearchTold[] = [];
      const show = () => {
        const news = waiting;
        waiting = [];
        store.searched(news, (now() - started) / 1000);
      };
      const timer = setInterval(show, SHOW_EVERY_MS);
      const over = (status: 'done' | 'failed', error?: string) => {
        clearInterval(timer);
        show();
        store.searchOver(signal.aborted ? 'stopped' : status, error);
      };
      search(where, (news) => waiting.push(news), signal).then(
        () => over('done'),
        (error: Error) => over('failed', error.message),
      );
    },
    callOff: () => current?.abort(),
  };
}
