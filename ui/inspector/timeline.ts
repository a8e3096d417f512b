// The run as one line: where one stands, where the sides part, marks, what was traced. Pure.

import { type Line, span } from '../lines.ts';
import type { RunView } from '../trace/run-view.ts';
import type { State } from './state.ts';

/** `█` here, `▲` the first difference, a letter a mark, `═` traced, `─` the rest of the run. */
export function timeline(view: RunView, state: State, width: number): Line {
  const { zoom, center } = state.timeline;
  const { A, B } = view.sides;
  const total = Math.max(1, view.last + 1, view.report.instructions);
  const label = ` zoom ×${2 ** Math.min(zoom, 40)}  █here ▲first ═traced`;
  const room = Math.max(10, width - label.length - 3);
  const length = Math.max(room, total / 2 ** zoom);
  const middle = center ?? state.at.A;
  const from = Math.max(0, Math.min(Math.max(0, total - length), middle - length / 2));
  const columnOf = (icount: number) => Math.floor(((icount - from) * room) / length);
  const cells: string[] = Array.from({ length: room }, (_, i) => {
    const at = from + (i * length) / room;
    const next = from + ((i + 1) * length) / room;
    if (at >= total) return ' ';
    const traced = view.traced && [A, B].some((side) => next > side.start && at <= side.last);
    return traced ? '═' : '─';
  });
  const put = (icount: number, sign: string) => {
    const column = columnOf(icount);
    if (column >= 0 && column < room) cells[column] = sign;
  };
  for (const [letter, icount] of Object.entries(state.marks)) put(icount, letter);
  if (view.traced) put(view.first, '▲');
  if (view.traced) put(state.at.A, '█');
  if (!state.linked) put(state.at.B, '▓');
  const [before, after] = [from > 0 ? '┄' : '├', from + length < total ? '┄' : '┤'];
  return [span(` ${before}`, 'dim'), span(cells.join('')), span(after, 'dim'), span(label, 'dim')];
}
