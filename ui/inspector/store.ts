// Holds the state outside React: keys in, a call when there is something to draw, effects out.

import type { Side } from '../../lockstep/index.ts';
import { type SearchTold, told } from '../trace/bisection.ts';
import type { RunView } from '../trace/run-view.ts';
import { meantForJourneys, reduce, resized } from './reduce.ts';
import { type Effect, initialState, type State } from './state.ts';
import { arrived } from './travel.ts';

export interface Store {
  /** What is looked at now: the run beyond its recording comes in pieces. */
  readonly view: RunView;
  get(): State;
  subscribe(changed: () => void): () => void;
  key(key: string): void;
  resize(width: number, height: number): void;
  say(message: string): void;
  /** The journey that `travel` began: where it is; that it has come to a place, or one side has; that it came to nothing. */
  onTheWay(where: string): void;
  arrive(view: RunView, to: number, message: string, side?: Side): void;
  stay(message: string): void;
  /** The search for the changes to blame: what it has found out since, after so many seconds; how it has ended. */
  searched(news: readonly SearchTold[], seconds: number): void;
  searchOver(status: 'done' | 'failed' | 'stopped', error?: string): void;
}

export function createStore(first: RunView, size: State['size'], effect: (effect: Effect) => void): Store {
  let view = first;
  let state = initialState(view, size.width, size.height);
  const listeners = new Set<() => void>();
  /** Keys pressed during a journey: for when it is over. */
  const ahead: string[] = [];
  const set = (next: State) => {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };
  const store: Store = {
    get view() {
      return view;
    },
    get: () => state,
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    key(key) {
      if (state.journey !== undefined && !meantForJourneys(key)) {
        if (ahead.length < MOST_AHEAD) ahead.push(key);
        return;
      }
      const reduced = reduce(view, state, key);
      set(reduced.state);
      if (reduced.effect) effect(reduced.effect);
    },
    resize: (width, height) => set(resized(state, width, height)),
    say: (message) => set({ ...state, message }),
    onTheWay(where) {
      if (state.journey !== undefined) set({ ...state, journey: where });
    },
    arrive(next, to, message, side) {
      const before = view;
      view = next;
      set(arrived(before, next, state, to, message, side));
      while (state.journey === undefined && ahead.length > 0) store.key(ahead.shift()!);
    },
    stay(message) {
      ahead.length = 0;
      set({ ...state, journey: undefined, message });
    },
    searched(news, seconds) {
      if (!state.bisection) return;
      set({ ...state, bisection: news.reduce((so, one) => told(so, one, seconds), state.bisection) });
    },
    searchOver(status, error = '') {
      if (!state.bisection) return;
      // What was found is at the top.
      const { bisect: _, ...cursors } = state.cursors;
      set({ ...state, cursors, bisection: { ...state.bisection, status, error } });
    },
  };
  return store;
}

const MOST_AHEAD = 64;
