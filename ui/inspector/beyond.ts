// Journeys beyond the trace: what the reducer wishes for is asked of the run, one thing at a time, and what it gives is shown.
// The person sees where the run is meanwhile, and may call it off.

import type { Recording } from '../../lockstep/index.ts';
import type { WhereTo } from '../../lockstep/travel/index.ts';
import { RunView } from '../trace/run-view.ts';
import type { Wish } from './state.ts';
import type { Store } from './store.ts';

interface Journey {
  readonly signal?: AbortSignal;
  onProgress?(icount: number): void;
}

/** A run that can still be made. */
export interface BeyondTrace {
  /** A recording whose trace is around an instruction count; undefined when called off. */
  around(icount: number, journey: Journey): Promise<Recording | undefined>;
  /** The nearest instruction that is one of those wanted; undefined: none, or called off. */
  find(whereTo: WhereTo, journey: Journey): Promise<number | undefined>;
}

export interface Journeys {
  begin(wish: Wish): void;
  callOff(): void;
}

const SHOW_EVERY_MS = 100;
const CALLED_OFF = 'called off';

export function travelling(beyond: BeyondTrace, store: Store, now: () => number): Journeys {
  let current: AbortController | undefined;
  const go = async (wish: Wish, signal: AbortSignal) => {
    let shown = now();
    const journey: Journey = {
      signal,
      onProgress(icount) {
        if (now() - shown < SHOW_EVERY_MS) return;
        shown = now();
        store.onTheWay(`on the way, at instruction ${icount.toLocaleString('en-US')} (Esc stays here)`);
      },
    };
    const { side } = wish;
    const { first } = store.view;
    const to = wish.kind === 'go' ? wish.to : await beyond.find(wish.whereTo, journey);
    if (signal.aborted) return store.stay(CALLED_OFF);
    if (to === undefined) return store.stay(wish.kind === 'find' ? wish.otherwise : '');
    const recording = await beyond.around(to, journey);
    if (!recording || signal.aborted) return store.stay(CALLED_OFF);
    const there = new RunView(recording, { first });
    const held = (side ? there.sides[side] : there).holds(to);
    const end = held ? '' : `the run ends before instruction ${to.toLocaleString('en-US')}`;
    // One side may have ended long before what was traced of the other.
    if (side && there.sides[side].steps.length === 0) return store.stay(end);
    const view = side ? store.view.withSide(side, there) : there;
    store.arrive(view, to, end || (wish.kind === 'find' ? wish.message : ''), side);
  };
  return {
    begin(wish) {
      current = new AbortController();
      go(wish, current.signal).catch((error: Error) => store.stay(error.message));
    },
    callOff: () => current?.abort(),
  };
}
