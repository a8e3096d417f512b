// The search for the changes to blame, as keys and commands begin and stop it. It goes on beside all else: the keys work. Pure.

import { BEGUN } from '../trace/bisection.ts';
import type { RunView } from '../trace/run-view.ts';
import type { Reduced, State } from './state.ts';

/** Begins it, in its pane; one that goes on is only shown. */
export function blame(view: RunView, state: State, where: 'block' | 'run'): Reduced {
  if (view.report.verdict !== 'diverged') return { state: { ...state, message: 'the sides do not differ' } };
  const shown: State = { ...state, focus: 'bisect', lower: 'bisect' };
  if (searching(state)) return { state: { ...shown, message: 'the search goes on; Esc in its pane stops it' } };
  const { bisect: _, ...cursors } = state.cursors;
  return { state: { ...shown, cursors, bisection: BEGUN }, effect: { kind: 'bisect', where } };
}

export function stopped(state: State): Reduced {
  if (!searching(state)) return { state: { ...state, message: 'nothing is being searched' } };
  return { state, effect: { kind: 'stopBisect' } };
}

export function searching({ bisection }: State): boolean {
  return bisection?.status === 'running';
}
