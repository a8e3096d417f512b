// What a table of keys is, wherever there is one: for reducers, footers, help pages and the documentation. And the keys that are the
// same in every view with panes.

import { columns, type Line, span } from './lines.ts';

export interface Binding<Action extends string> {
  readonly action: Action;
  readonly keys: readonly string[];
  /** How the keys are written for people. */
  readonly shown: string;
  /** In the footer, where there is room; those without are in the help alone. */
  readonly footer?: string;
  readonly help: string;
}

/** What the footer says of keys; where there is little room the last ones before help and quit are left out. */
export function footerLine(labels: readonly { readonly shown: string; readonly label: string }[], width: number): Line {
  const spans = labels.map(({ shown, label }): Line => [span(` ${shown}`, 'bold'), span(` ${label} `)]);
  const room = (line: Line) => line.reduce((sum, { text }) => sum + columns(text), 0);
  while (spans.length > ALWAYS && room(spans.flat()) > width) spans.splice(-ALWAYS - 1, 1);
  return spans.flat();
}

/** Help and quit, the last of every table. */
const ALWAYS = 2;

/** What a key means. */
export function actionsByKey<Action extends string>(
  bindings: readonly Binding<Action>[],
): (key: string) => Action | undefined {
  const known = new Map(bindings.flatMap(({ action, keys }) => keys.map((key) => [key, action] as const)));
  return (key) => known.get(key);
}

export type PaneAction =
  | 'nextPane'
  | 'previousPane'
  | 'down'
  | 'up'
  | 'pageDown'
  | 'pageUp'
  | 'zoom'
  | 'help'
  | 'suspend';

/** `footer`: which of them the view's footer has, under which names. */
export function paneKeys(
  footer: Readonly<Partial<Record<PaneAction, string>>>,
): Readonly<Record<PaneAction, Binding<PaneAction>>> {
  const key = (action: PaneAction, keys: readonly string[], shown: string, help: string): Binding<PaneAction> => {
    const label = footer[action];
    return { action, keys, shown, ...(label !== undefined && { footer: label }), help };
  };
  return {
    nextPane: key('nextPane', ['tab'], 'Tab', 'the next pane'),
    previousPane: key('previousPane', ['backtab'], 'Shift-Tab', 'the pane before'),
    down: key('down', ['j', 'down'], 'j ↓', 'a line down'),
    up: key('up', ['k', 'up'], 'k ↑', 'a line up'),
    pageDown: key('pageDown', ['^d', 'pagedown'], '^d', 'half a page down'),
    pageUp: key('pageUp', ['^u', 'pageup'], '^u', 'half a page up'),
    zoom: key('zoom', ['z'], 'z', 'this pane alone, or all again'),
    help: key('help', ['?'], '?', 'this page'),
    suspend: key('suspend', ['^z'], '^z', 'to the shell; fg comes back'),
  };
}
