// The keys of the live view: one table for what they do, the footer, the help page and the documentation.

import { actionsByKey, type Binding, type PaneAction, paneKeys } from '../keys.ts';

export type LiveAction =
  | PaneAction
  | 'pause'
  | 'stop'
  | 'command'
  | 'top'
  | 'bottom'
  | 'pane'
  | 'back'
  | 'quit'
  | 'interrupt';

const PANES = paneKeys({ nextPane: 'pane', down: 'down', up: 'up', zoom: 'zoom', help: 'help' });

export const LIVE_BINDINGS: readonly Binding<LiveAction>[] = [
  { action: 'pause', keys: ['p', ' '], shown: 'p', footer: 'pause', help: 'hold the run where it is, or let it go on' },
  { action: 'stop', keys: ['x'], shown: 'x', help: 'end the run here; asks first' },
  { action: 'command', keys: [':'], shown: ':', footer: 'cmd', help: 'plugin load|unload|reload|ps …; Tab completes' },
  PANES.nextPane,
  PANES.previousPane,
  { action: 'pane', keys: ['1', '2', '3'], shown: '1–3', help: 'that pane' },
  PANES.down,
  PANES.up,
  PANES.pageDown,
  PANES.pageUp,
  { action: 'top', keys: ['g', 'home'], shown: 'g', help: 'to what is the oldest there is' },
  { action: 'bottom', keys: ['G', 'end'], shown: 'G', footer: 'follow', help: 'to the end, and follow it' },
  PANES.zoom,
  PANES.help,
  { action: 'back', keys: ['esc'], shown: 'Esc', help: 'back from this page, from a zoomed pane' },
  PANES.suspend,
  { action: 'quit', keys: ['q'], shown: 'q', footer: 'stop watching', help: 'watch no longer; the run goes on' },
  {
    action: 'interrupt',
    keys: ['^c'],
    shown: '^c',
    help: 'lockstep run: interrupt it; lockstep attach: watch no longer',
  },
];

export const liveActionOf: (key: string) => LiveAction | undefined = actionsByKey(LIVE_BINDINGS);
