// Registers after the instruction at the position, those that differ first. `≠` differs, `~` was changed just now; `w:-3`
// says how many instructions ago it was last written, within the trace.

import { type Line, type Span, span } from '../lines.ts';
import type { Position, RunView } from '../trace/run-view.ts';
import { hexText, type PaneContent, type PaneLine, type PaneOptions, valueText } from './pane.ts';

interface RegisterRow {
  readonly index: number;
  readonly name: string;
  readonly a: bigint;
  readonly b: bigint;
  readonly differs: boolean;
  readonly changed: boolean;
  /** Instructions since the last write on side A and B; undefined: not written in the trace. */
  readonly written: { readonly a: number | undefined; readonly b: number | undefined };
}

const ORDER = ['pc', 'integer', 'float', 'system', 'reservation'];

export function registerRows(view: RunView, at: Position): RegisterRow[] {
  const { A, B } = view.sides;
  const a = A.registers(at.A);
  const b = B.registers(at.B);
  const groupOf = (index: number) => view.recording.registers[index % view.registersPerCpu]?.group ?? '';
  const since = (side: typeof A, icount: number, index: number) => {
    const written = side.nearest(icount + 1, -1, (step) => side.writes(step, { kind: 'register', index }));
    return written === undefined ? undefined : icount - written;
  };
  const rows = Array.from({ length: Math.max(a.length, b.length) }, (_, index) => {
    const written = { a: since(A, at.A, index), b: since(B, at.B, index) };
    return {
      index,
      name: view.registerName(index),
      a: a[index] ?? 0n,
      b: b[index] ?? 0n,
      differs: (a[index] ?? 0n) !== (b[index] ?? 0n),
      changed: written.a === 0 || written.b === 0,
      written,
    };
  });
  const rank = (row: RegisterRow) =>
    (row.differs ? 0 : 10) + Math.floor(row.index / view.registersPerCpu) * 20 + ORDER.indexOf(groupOf(row.index));
  return rows
    .filter((row) => row.differs || row.changed || ['pc', 'integer'].includes(groupOf(row.index)) || row.a !== 0n)
    .sort((x, y) => rank(x) - rank(y) || x.index - y.index);
}

export function registers(view: RunView, at: Position, { width }: PaneOptions): PaneContent {
  const rows = registerRows(view, at);
  // Longer names are few: they push their values to the right.
  const names = 4;
  const oneLine = width >= names + 2 + 2 * 17 + 8;
  const lines: PaneLine[] = rows.flatMap((row) => {
    const target = { kind: 'register', index: row.index } as const;
    const mark = row.differs ? '≠' : row.changed ? '~' : ' ';
    const style = row.differs ? 'diff' : 'plain';
    const head = span(`${mark} ${row.name.padEnd(names)} `, style);
    const put = (line: Line): PaneLine => ({ line, target, differs: row.differs });
    if (!row.differs) return [put([head, span(valueText(row.a)), ago(row.written.a)])];
    const [a, b] = [valueText(row.a), valueText(row.b)];
    if (oneLine) return [put([head, span(`${a} `), ...marked(a, b), ago(latest(row.written))])];
    return [
      put([head, span(a), ago(row.written.a)]),
      put([span(`  ${' '.repeat(Math.max(names, row.name.length))} `), ...marked(a, b), ago(row.written.b)]),
    ];
  });
  return {
    lines,
    data: rows.map(({ name, a, b, differs, changed, written }) => ({
      name,
      a: hexText(a),
      b: hexText(b),
      differs,
      changed,
      writtenBefore: { a: written.a ?? null, b: written.b ?? null },
    })),
  };
}

function latest({ a, b }: RegisterRow['written']): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function ago(written: number | undefined): Span {
  return span(written === undefined ? '' : ` w:${written === 0 ? '0' : `-${written}`}`, 'dim');
}

/** The digits of `b` that are not those of `a` stand out. */
function marked(a: string, b: string): Span[] {
  return runs(b, (i) => a[i] !== b[i]).map(([text, differs]) => span(text, differs ? 'diff' : 'dim'));
}

export function runs(text: string, is: (index: number) => boolean): [string, boolean][] {
  const out: [string, boolean][] = [];
  for (let i = 0; i < text.length; i++) {
    const last = out.at(-1);
    if (last && last[1] === is(i)) last[0] += text[i];
    else out.push([text[i]!, is(i)]);
  }
  return out;
}
