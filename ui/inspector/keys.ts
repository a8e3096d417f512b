// The one table of keys: what each does, for the reducer, the footer, the help page and the documentation.

import { actionsByKey, type Binding, type PaneAction, paneKeys } from '../keys.ts';

export type Action =
  | PaneAction
  | 'top'
  | 'bottom'
  | 'pane'
  | 'goHere'
  | 'step'
  | 'stepBack'
  | 'block'
  | 'blockBack'
  | 'run'
  | 'runBack'
  | 'first'
  | 'nextHit'
  | 'previousHit'
  | 'lastWriter'
  | 'nextWriter'
  | 'previousAccess'
  | 'nextAccess'
  | 'zoomIn'
  | 'zoomOut'
  | 'panLeft'
  | 'panRight'
  | 'mark'
  | 'toMark'
  | 'cycleView'
  | 'onlyDifferences'
  | 'link'
  | 'bisect'
  | 'search'
  | 'filter'
  | 'command'
  | 'copy'
  | 'export'
  | 'back'
  | 'quit'
  | 'suspend';

const PANES = paneKeys({ nextPane: 'pane', help: 'help' });

export const BINDINGS: readonly Binding<Action>[] = [
  { action: 'step', keys: ['s'], shown: 's', footer: 'step', help: 'the next instruction' },
  { action: 'stepBack', keys: ['S'], shown: 'S', footer: 'back', help: 'the instruction before' },
  { action: 'block', keys: ['o'], shown: 'o', help: 'the start of the next block' },
  { action: 'blockBack', keys: ['O'], shown: 'O', help: 'the start of this block, or of the one before' },
  {
    action: 'run',
    keys: ['c'],
    shown: 'c',
    footer: 'run',
    help: 'on to a mark, a write to what is watched, or the end',
  },
  { action: 'runBack', keys: ['C'], shown: 'C', help: 'the same backwards' },
  {
    action: 'first',
    keys: ['D'],
    shown: 'D',
    footer: 'first diff',
    help: 'the first instruction after which the sides differ',
  },
  {
    action: 'lastWriter',
    keys: ['w'],
    shown: 'w',
    footer: 'who wrote',
    help: 'the last writer of the selected register or byte',
  },
  { action: 'nextWriter', keys: ['W'], shown: 'W', help: 'its next writer' },
  {
    action: 'previousAccess',
    keys: ['['],
    shown: '[',
    help: 'the last instruction that names the selected register, or writes the byte',
  },
  { action: 'nextAccess', keys: [']'], shown: ']', help: 'the next one' },
  {
    action: 'nextHit',
    keys: ['n'],
    shown: 'n',
    help: 'next hit of the search; without one, next instruction that does not do the same',
  },
  { action: 'previousHit', keys: ['N'], shown: 'N', help: 'the hit before' },
  {
    action: 'bisect',
    keys: ['b'],
    shown: 'b',
    footer: 'blame',
    help: 'name the rewrite to blame (pane 4); Esc there stops the search',
  },
  PANES.down,
  PANES.up,
  PANES.pageDown,
  PANES.pageUp,
  { action: 'top', keys: ['g', 'home'], shown: 'g', help: 'to the top of the pane' },
  { action: 'bottom', keys: ['G', 'end'], shown: 'G', help: 'to its end' },
  {
    action: 'goHere',
    keys: ['enter'],
    shown: 'Enter',
    help: 'code: go to the selected line; registers: show the memory it points to',
  },
  PANES.nextPane,
  PANES.previousPane,
  { action: 'pane', keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'], shown: '1–9 0', help: 'that pane' },
  PANES.zoom,
  {
    action: 'cycleView',
    keys: ['v'],
    shown: 'v',
    footer: 'view',
    help: 'code as instructions, IR, optimised IR, Wasm, bytes',
  },
  {
    action: 'onlyDifferences',
    keys: ['='],
    shown: '=',
    footer: 'only ≠',
    help: 'only lines that differ, or all again',
  },
  { action: 'link', keys: ['a'], shown: 'a', help: 'move both sides together, or the one whose pane is selected' },
  { action: 'zoomIn', keys: ['+'], shown: '+', help: 'less of the run on the timeline' },
  { action: 'zoomOut', keys: ['-'], shown: '-', help: 'more of it' },
  { action: 'panLeft', keys: ['h', 'left'], shown: 'h ←', help: 'timeline: earlier' },
  { action: 'panRight', keys: ['l', 'right'], shown: 'l →', help: 'timeline: later' },
  { action: 'mark', keys: ['m'], shown: 'm x', help: 'mark this position with a letter' },
  { action: 'toMark', keys: ["'"], shown: "' x", help: 'to a mark' },
  {
    action: 'search',
    keys: ['/'],
    shown: '/',
    footer: 'search',
    help: 'search the code: instructions, names, addresses',
  },
  { action: 'filter', keys: ['f'], shown: 'f', help: 'only lines of this pane with a text; none: all' },
  { action: 'command', keys: [':'], shown: ':', footer: 'cmd', help: 'a command; Tab completes it' },
  { action: 'copy', keys: ['y'], shown: 'y', help: 'copy the selected line (OSC 52)' },
  { action: 'export', keys: ['e'], shown: 'e', help: 'write the report as text to lockstep-report.txt' },
  PANES.help,
  { action: 'back', keys: ['esc'], shown: 'Esc', help: 'back from a prompt, a search, a zoomed pane, this page' },
  PANES.suspend,
  { action: 'quit', keys: ['q', '^c'], shown: 'q', footer: 'quit', help: 'quit' },
];

export const actionOf: (key: string) => Action | undefined = actionsByKey(BINDINGS);

/** A table of docs/inspector.md. */
export function keysMarkdown(bindings: readonly Pick<Binding<string>, 'shown' | 'help'>[] = BINDINGS): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  return [
    '| Key | Does |',
    '|---|---|',
    ...bindings.map(({ shown, help }) => `| \`${cell(shown)}\` | ${cell(help)} |`),
  ].join('\n');
}
