// Holds the state outside React: keys in, a call when there is something to draw, effects out.

import type { RunView } from '../trace/run-view.ts';
import { reduce, resized } from './reduce.ts';
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
  /** The journey that `travel` began: where it is; that it has come to a place; that it came to nothing. */
  onTheWay(where: string): void;
  arrive(view: RunView, to: number, message: string): void;
  stay(message: string): void;
}

export function createStore(first: RunView, size: State['size'], effect: (effect: Effect) => void): Store {
  let view = first;
  let state = initialState(view, size.width, size.height);
  const listeners = new Set<() => void>();
  const set = (next: State) => {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };
  return {
    get view() {
      return view;
    },
    get: () => state,
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    key(key) {
      const reduced = reduce(view, state, key);
      set(reduced.state);
      if (reduced.effect) effect(reduced.effect);
    },
    resize: (width, height) => set(resized(state, width, height)),
    say: (message) => set({ ...state, message }),
    onTheWay(where) {
      if (state.journey !== undefined) set({ ...state, journey: where });
    },
    arrive(next, to, message) {
      const before = view;
      view = next;
      set(arrived(before, next, state, to, message));
    },
    stay: (message) => set({ ...state, journey: undefined, message }),
  };
}
