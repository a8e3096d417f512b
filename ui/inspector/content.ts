// The lines of each pane for a state: the panes' own, filtered. Pure.

import { lineText } from '../lines.ts';
import { bisection } from '../panes/bisect.ts';
import { code, sideCode } from '../panes/code.ts';
import { PANES } from '../panes/index.ts';
import type { PaneLine } from '../panes/pane.ts';
import type { RunView } from '../trace/run-view.ts';
import { roomOf } from './geometry.ts';
import type { PaneId, State } from './state.ts';

export function contentOf(
  view: RunView,
  state: State,
  pane: PaneId,
  width: number,
  height: number,
): readonly PaneLine[] {
  const filter = state.filters[pane]?.toLowerCase();
  return linesOf(view, state, pane, width, height).filter(
    (line) =>
      (!state.onlyDifferences || line.differs === true || line.here === true) &&
      (filter === undefined || lineText(line.line).toLowerCase().includes(filter)),
  );
}

function linesOf(view: RunView, state: State, pane: PaneId, width: number, height: number): readonly PaneLine[] {
  const { at } = state;
  const options = { width, height, address: state.address };
  if (pane === 'a' || pane === 'b') return sideCode(view, pane === 'a' ? 'A' : 'B', at, state.view === 'hex');
  if (pane === 'code') {
    if (state.view === 'asm' || state.view === 'hex')
      return code(view, at, { ...options, hex: state.view === 'hex' }).lines;
    return PANES[state.view](view, at, options).lines;
  }
  if (pane === 'bisect') return state.bisection ? bisection(state.bisection, width).lines : [];
  return PANES[pane](view, at, options).lines;
}

/** The selected line: the cursor, else the one of the position, else the first. */
export function cursorOf(state: State, pane: PaneId, lines: readonly PaneLine[]): number {
  const known = state.cursors[pane];
  const here = known ?? lines.findIndex((line) => line.here);
  return Math.max(0, Math.min(lines.length - 1, here));
}

/** First line shown so that the selected one is in sight, not at the edge where possible. */
export function topOf(cursor: number, total: number, height: number): number {
  return Math.max(0, Math.min(total - height, cursor - Math.floor(height / 2)));
}

/** What the selected pane shows. */
export function focusedLines(view: RunView, state: State): readonly PaneLine[] {
  const { width, height } = roomOf(state, state.focus);
  return contentOf(view, state, state.focus, width, height);
}

/** The selected line; what it is about is asked of the last pane that had something. */
export function selected(view: RunView, state: State) {
  const lines = focusedLines(view, state);
  const line = lines[cursorOf(state, state.focus, lines)];
  if (line?.target) return { line, target: line.target };
  const registers = contentOf(view, state, 'regs', roomOf(state, 'regs').width, 1);
  return { line, target: registers[cursorOf(state, 'regs', registers)]?.target };
}
