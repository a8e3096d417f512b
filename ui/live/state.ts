// All that the live view remembers beside the run itself. Plain data; reduce.ts changes it, layout.ts draws it.

import type { ControlAction } from '../../lockstep/index.ts';

export const LIVE_PANES = ['sides', 'events', 'output'] as const;
export type LivePane = (typeof LIVE_PANES)[number];

export interface LiveState {
  readonly focus: LivePane;
  readonly zoomed: boolean;
  /** Lines from the end at which a pane stands still; none: it follows what is new. */
  readonly back: Readonly<Partial<Record<LivePane, number>>>;
  readonly help: boolean;
  readonly helpTop: number;
  /** A question that `y` answers. */
  readonly asking: 'stop' | undefined;
  /** A command that is being typed. */
  readonly typing: string | undefined;
  readonly message: string;
  readonly size: { readonly width: number; readonly height: number };
}

export function initialLive(width: number, height: number): LiveState {
  return {
    ...{
      focus: 'output',
      zoomed: false,
      back: {},
      help: false,
      helpTop: 0,
      asking: undefined,
      typing: undefined,
      message: '',
    },
    size: { width, height },
  };
}

/** What the world outside has to do. */
export type LiveEffect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'control'; readonly action: ControlAction }
  | { readonly kind: 'command'; readonly text: string };

export interface LiveReduced {
  readonly state: LiveState;
  readonly effect?: LiveEffect;
}
