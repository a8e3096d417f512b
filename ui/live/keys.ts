// The keys of the live view: one table for what they do, the footer, the help page and the documentation.

export type LiveAction =
  | 'pause'
  | 'stop'
  | 'command'
  | 'down'
  | 'up'
  | 'pageDown'
  | 'pageUp'
  | 'top'
  | 'bottom'
  | 'nextPane'
  | 'previousPane'
  | 'pane'
  | 'zoom'
  | 'help'
  | 'back'
  | 'suspend'
  | 'quit'
  | 'interrupt';

export interface LiveBinding {
  readonly action: LiveAction;
  readonly keys: readonly string[];
  readonly shown: string;
  readonly footer?: string;
  readonly help: string;
}

export const LIVE_BINDINGS: readonly LiveBinding[] = [
  { action: 'pause', keys: ['p', ' '], shown: 'p', footer: 'pause', help: 'hold the run where it is, or let it go on' },
  { action: 'stop', keys: ['x'], shown: 'x', help: 'end the run here; asks first' },
  { action: 'command', keys: [':'], shown: ':', footer: 'cmd', help: 'plugin load|unload|reload|ps …; Tab completes' },
  { action: 'nextPane', keys: ['tab'], shown: 'Tab', footer: 'pane', help: 'the next pane' },
  { action: 'previousPane', keys: ['backtab'], shown: 'Shift-Tab', help: 'the pane before' },
  { action: 'pane', keys: ['1', '2', '3'], shown: '1–3', help: 'that pane' },
  { action: 'down', keys: ['j', 'down'], shown: 'j ↓', footer: 'down', help: 'a line down' },
  { action: 'up', keys: ['k', 'up'], shown: 'k ↑', footer: 'up', help: 'a line up' },
  { action: 'pageDown', keys: ['^d', 'pagedown'], shown: '^d', help: 'half a page down' },
  { action: 'pageUp', keys: ['^u', 'pageup'], shown: '^u', help: 'half a page up' },
  { action: 'top', keys: ['g', 'home'], shown: 'g', help: 'to what is the oldest there is' },
  { action: 'bottom', keys: ['G', 'end'], shown: 'G', footer: 'follow', help: 'to the end, and follow it' },
  { action: 'zoom', keys: ['z'], shown: 'z', footer: 'zoom', help: 'this pane alone, or all again' },
  { action: 'help', keys: ['?'], shown: '?', footer: 'help', help: 'this page' },
  { action: 'back', keys: ['esc'], shown: 'Esc', help: 'back from this page, from a zoomed pane' },
  { action: 'suspend', keys: ['^z'], shown: '^z', help: 'to the shell; fg comes back' },
  { action: 'quit', keys: ['q'], shown: 'q', footer: 'stop watching', help: 'watch no longer; the run goes on' },
  {
    action: 'interrupt',
    keys: ['^c'],
    shown: '^c',
    help: 'lockstep run: interrupt it; lockstep attach: watch no longer',
  },
];

const BY_KEY: ReadonlyMap<string, LiveAction> = new Map(
  LIVE_BINDINGS.flatMap(({ action, keys }) => keys.map((key) => [key, action] as const)),
);

export function liveActionOf(key: string): LiveAction | undefined {
  return BY_KEY.get(key);
}
