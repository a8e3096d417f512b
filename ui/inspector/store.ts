// Holds the state outside React: keys in, a call when there is something to draw, effects out.

import type { RunView } from '../trace/run-view.ts';
import { reduce, resized } from './reduce.ts';
import { type Effect, initialState, type State } from './state.ts';

export interface Store {
  readonly view: RunView;
  get(): State;
  subscribe(changed: () => void): () => void;
  key(key: string): void;
  resize(width: number, height: number): void;
  say(message: string): void;
}

export function createStore(view: RunView, size: State['size'], effect: (effect: Effect) => void): Store {
  let state = initialState(view, size.width, size.height);
  const listeners = new Set<() => void>();
  const set = (next: State) => {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };
  return {
    view,
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
  };
}
