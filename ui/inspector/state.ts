// All that the inspector remembers beside the recording. Plain data; reduce.ts changes it, screen.ts draws it.

import type { Side } from '../../lockstep/index.ts';
import type { WhereTo } from '../../lockstep/travel/index.ts';
import type { Bisection } from '../trace/bisection.ts';
import type { Position, RunView } from '../trace/run-view.ts';
import type { Target } from '../trace/side-view.ts';

export const PANE_IDS = ['a', 'b', 'regs', 'bisect', 'code', 'memory', 'stack', 'events', 'serial', 'notes'] as const;
export type PaneId = (typeof PANE_IDS)[number];
/** The keys of the panes, in their order. */
export const PANE_KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'] as const;
export const LOWER: readonly PaneId[] = PANE_IDS.slice(3);

export const VIEWS = ['asm', 'ir', 'iropt', 'wasm', 'hex'] as const;
export type View = (typeof VIEWS)[number];

export interface State {
  readonly at: Position;
  readonly linked: boolean;
  readonly focus: PaneId;
  /** The pane shown below. */
  readonly lower: PaneId;
  readonly zoomed: boolean;
  readonly view: View;
  readonly onlyDifferences: boolean;
  readonly filters: Readonly<Partial<Record<PaneId, string>>>;
  /** Selected line of each pane; none: the current position. */
  readonly cursors: Readonly<Partial<Record<PaneId, number>>>;
  readonly search: string;
  readonly marks: Readonly<Record<string, number>>;
  readonly watched: readonly Target[];
  /** Where the memory pane begins; undefined: where it matters. */
  readonly address: number | undefined;
  readonly prompt: { readonly kind: ':' | '/' | 'f'; readonly text: string } | undefined;
  /** Waits for the letter of a mark. */
  readonly pending: 'mark' | 'toMark' | undefined;
  readonly help: boolean;
  readonly helpTop: number;
  readonly timeline: { readonly zoom: number; readonly center: number | undefined };
  readonly message: string;
  /** What the run is to be asked for; `reduce` makes an effect of it. */
  readonly wish?: Wish | undefined;
  /** It is being asked: where it is. */
  readonly journey?: string | undefined;
  /** The search for the changes to blame; undefined: nobody has asked. */
  readonly bisection: Bisection | undefined;
  readonly size: { readonly width: number; readonly height: number };
}

export function initialState(view: RunView, width: number, height: number): State {
  return {
    at: view.both(view.first),
    linked: true,
    focus: 'regs',
    lower: 'code',
    zoomed: false,
    view: 'iropt',
    onlyDifferences: false,
    filters: {},
    cursors: {},
    search: '',
    marks: {},
    watched: [],
    address: undefined,
    prompt: undefined,
    pending: undefined,
    help: false,
    helpTop: 0,
    timeline: { zoom: 0, center: undefined },
    message: '',
    bisection: undefined,
    size: { width, height },
  };
}

/** Something that lies beyond the trace. */
export type Wish = {
  /** The one that goes there; undefined: both, linked. */
  readonly side: Side | undefined;
} & (
  | { readonly kind: 'go'; readonly to: number }
  /** What is said when it is there, and when there is none. */
  | { readonly kind: 'find'; readonly whereTo: WhereTo; readonly message: string; readonly otherwise: string }
);

/** What the world outside has to do. */
export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'travel'; readonly wish: Wish }
  /** Call the journey off. */
  | { readonly kind: 'stay' }
  /** Name the changes to blame: on the block that differs, where that shows the difference, or in the whole run. */
  | { readonly kind: 'bisect'; readonly where: 'block' | 'run' }
  /** … or do not. */
  | { readonly kind: 'stopBisect' }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'export'; readonly path: string }
  | { readonly kind: 'save'; readonly path: string };

export interface Reduced {
  readonly state: State;
  readonly effect?: Effect;
}
