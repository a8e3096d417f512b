// Code that was run, one line an instruction, both sides on one line by instruction count; blocks begin with their name.

import type { Side } from '../../lockstep/index.ts';
import { type Line, printable, type Span, span } from '../lines.ts';
import type { Position, RunView } from '../trace/run-view.ts';
import { addressText, hexText, type PaneContent, type PaneLine, type PaneOptions } from './pane.ts';

interface CodeCell {
  readonly pc: number;
  readonly text: string;
  readonly bytes: string;
  readonly symbol: string | null;
  readonly blockStart: boolean;
}
export interface CodeRow {
  readonly icount: number;
  readonly differs: boolean;
  readonly A: CodeCell | undefined;
  readonly B: CodeCell | undefined;
}

export function codeRows(view: RunView): CodeRow[] {
  return view.counts.map((icount) => ({
    ...{ icount, differs: view.differs(icount) },
    ...{ A: cellAt(view, 'A', icount), B: cellAt(view, 'B', icount) },
  }));
}

function cellAt(view: RunView, side: Side, icount: number): CodeCell | undefined {
  const of = view.sides[side];
  const step = of.step(icount);
  if (!step) return undefined;
  const insn = of.insn(step.pc);
  return {
    pc: step.pc,
    text: printable(insn?.text ?? '?'),
    bytes: insn?.bytes ?? '',
    symbol: insn?.symbol ? printable(insn.symbol) : null,
    blockStart: of.isBlockStart(icount),
  };
}

/**
 * One side's code, as the inspector shows it beside the other's: the same row is at the same place in both. Of sides apart
 * only what this one ran.
 */
export function sideCode(view: RunView, side: Side, at: Position, hex: boolean): PaneLine[] {
  const rows = codeRows(view).filter((row) => !view.apart || row[side]);
  // No more digits than the longest address has: there is little room.
  const digits = Math.max(...rows.map((row) => hexText(row[side]?.pc ?? 0).length - 2), 1);
  return rows.flatMap((row) => {
    const lines: PaneLine[] = [];
    if (row.A?.blockStart || row.B?.blockStart) lines.push({ line: headOf(row[side]), differs: row.differs });
    const here = row.icount === at[side];
    lines.push({
      line: cellLine(row, row[side], { here, hex, digits }),
      icount: row.icount,
      here,
      differs: row.differs,
    });
    return lines;
  });
}

function headOf(cell: CodeCell | undefined): Line {
  return cell?.blockStart ? [span(`${cell.symbol ?? addressText(cell.pc)}:`, 'title')] : [];
}

function cellLine(
  row: CodeRow,
  cell: CodeCell | undefined,
  { here, hex, digits }: { readonly here: boolean; readonly hex: boolean; readonly digits: number },
): Line {
  const marks = `${here ? '▶' : ' '}${row.differs ? '≠' : ' '}`;
  if (!cell) return [span(`${marks} (ended)`, 'dim')];
  const style = row.differs ? 'diff' : 'plain';
  const address = hexText(cell.pc).slice(2).padStart(digits, '0');
  return [span(`${marks} ${address} `, style), span(hex ? cell.bytes : cell.text, here ? 'here' : style)];
}

export function code(view: RunView, at: Position, { width, hex = false }: PaneOptions): PaneContent {
  const rows = codeRows(view);
  const cellText = (cell: CodeCell | undefined) =>
    cell ? `${addressText(cell.pc)} ${hex ? cell.bytes : cell.text}` : view.apart ? '' : '(ended)';
  const wide = Math.max(24, Math.floor((width - 20) / 2));
  const lines: PaneLine[] = rows.flatMap((row) => {
    const here = row.icount === at.A || row.icount === at.B;
    const list: PaneLine[] = [];
    if (row.A?.blockStart || row.B?.blockStart)
      list.push({ line: [span(`${' '.repeat(17)}${pad(headText(row.A), wide)} │ ${headText(row.B)}`, 'title')] });
    const style = row.differs ? 'diff' : here ? 'bold' : 'plain';
    const spans: Span[] = [
      span(`${here ? '▶' : ' '}${row.differs ? '≠' : ' '}`, style),
      span(` ${row.icount.toLocaleString('en-US').padStart(13)} `, 'dim'),
      span(`${pad(cellText(row.A), wide)} │ ${cellText(row.B)}`, style),
    ];
    list.push({ line: spans, icount: row.icount, here, differs: row.differs });
    return list;
  });
  return { lines, data: rows.map((row) => ({ ...row, A: cellData(row.A), B: cellData(row.B) })) };
}

const headText = (cell: CodeCell | undefined) => (cell?.blockStart ? `${cell.symbol ?? addressText(cell.pc)}:` : '');
const cellData = (cell: CodeCell | undefined) => (cell ? { ...cell, pc: hexText(cell.pc) } : null);

function pad(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
