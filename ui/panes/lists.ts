// Panes that do not depend on where one stands: events, what the guest wrote, notes.

import { endText, type RecordedSide, type Recording, sideBySide } from '../../lockstep/index.ts';
import { printable, span } from '../lines.ts';
import type { Position, RunView } from '../trace/run-view.ts';
import { hexText, type PaneContent, type PaneLine, type PaneOptions } from './pane.ts';

type Event = RecordedSide['events'][number];

export function events(view: RunView, at: Position, _options: PaneOptions): PaneContent {
  const { A, B } = view.recording;
  const left = A.events.map(eventText);
  const right = B.events.map(eventText);
  const rows = sideBySide(left, right);
  if (rows.length === 0)
    return {
      lines: [
        {
          line: [
            span(
              view.atHome ? 'no events between the last agreement and the difference' : 'no events in this trace',
              'dim',
            ),
          ],
        },
      ],
      data: { a: [], b: [] },
    };
  const lines: PaneLine[] = [];
  // Of sides apart they are not those of the same time.
  const differs = !view.apart;
  const mark = differs ? '≠' : ' ';
  let now = false;
  for (const row of rows) {
    const icount = Number(/^[\d,]+/.exec(row.left || row.right)?.[0].replaceAll(',', '') ?? 0);
    const here: boolean = !now && icount >= Math.min(at.A, at.B);
    now ||= here;
    if (row.mark === '=') lines.push({ line: [span(`   ${row.left}`)], here, differs: false });
    else {
      if (row.left) lines.push({ line: [span(`${mark} A ${row.left}`, differs ? 'diff' : 'plain')], here, differs });
      if (row.right) lines.push({ line: [span(`${mark} B ${row.right}`, differs ? 'diff' : 'plain')], here, differs });
    }
  }
  const data = (side: readonly Event[]) => side.map((event) => ({ ...event, detail: event.detail.map(hexText) }));
  return { lines, data: { a: data(A.events), b: data(B.events) } };
}

function eventText({ icount, cpu, kind, text }: Event): string {
  return printable(`${icount.toLocaleString('en-US')} ${cpu > 0 ? `cpu ${cpu} ` : ''}${kind} ${text}`);
}

export function serial(view: RunView, _at: Position, _options: PaneOptions): PaneContent {
  const { A, B } = view.recording;
  const texts = { a: outputText(A), b: outputText(B) };
  const rows = sideBySide(linesOf(texts.a), linesOf(texts.b));
  const lines: PaneLine[] = rows.flatMap((row) => {
    if (row.mark === '=') return [{ line: [span(`   ${printable(row.left)}`)], differs: false }];
    const sides: PaneLine[] = [];
    if (row.mark !== '>') sides.push({ line: [span(`≠ A ${printable(row.left)}`, 'diff')], differs: true });
    if (row.mark !== '<') sides.push({ line: [span(`≠ B ${printable(row.right)}`, 'diff')], differs: true });
    return sides;
  });
  for (const [name, side] of [
    ['A', A],
    ['B', B],
  ] as const)
    if (side.outputCut) lines.unshift({ line: [span(`… ${name} wrote more before this`, 'dim')] });
  if (lines.length === 0) lines.push({ line: [span('the guest has written nothing', 'dim')] });
  return { lines, data: { ...texts, cut: { a: A.outputCut, b: B.outputCut } } };
}

function outputText({ output }: RecordedSide): string {
  return new TextDecoder().decode(output);
}
function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\r\n/g, '\n').replace(/\n$/, '').split('\n');
}

/** The verdict in words, who is wrong, what QEMU would have said, notes, what to type next. */
export function notes(view: RunView, _at: Position, _options: PaneOptions): PaneContent {
  const { report, recording } = view;
  const lines: PaneLine[] = [];
  const put = (text: string, style: 'plain' | 'dim' | 'title' | 'bold' | 'diff' = 'plain') =>
    lines.push({ line: [span(printable(text), style)] });
  put(report.summary, 'bold');
  for (const [name, side] of [
    ['A', report.a],
    ['B', report.b],
  ] as const)
    if (side.end) put(`${name} ended in this window: ${endText(side.end)}`, 'diff');
  const { third } = report;
  if (third) put(`wrong, in the opinion of ${third.translator}: ${third.wrong}`);
  for (const note of report.notes) put(`note: ${note}`);
  if (report.event) {
    put('first event that differs', 'title');
    put(`  A ${report.event.a ? `${report.event.a.icount} ${report.event.a.kind} ${report.event.a.text}` : 'none'}`);
    put(`  B ${report.event.b ? `${report.event.b.icount} ${report.event.b.kind} ${report.event.b.text}` : 'none'}`);
  }
  if (report.qemu.length > 0) put('as QEMU says it', 'title');
  for (const line of report.qemu) put(`  ${line}`);
  if (report.next.length > 0) put('next', 'title');
  for (const line of report.next) put(`  ${line}`);
  put('recorded', 'title');
  for (const line of made(recording)) put(`  ${line}`, 'dim');
  return {
    lines,
    data: { summary: report.summary, notes: report.notes, qemu: report.qemu, next: report.next, made: made(recording) },
  };
}

function made({ madeBy, programHash, A, B }: Recording): string[] {
  const side = (name: string, { translator, moduleHash }: RecordedSide) =>
    `${name} ${translator}${moduleHash ? ` sha256 ${moduleHash}` : ''}`;
  return [`by lockstep ${madeBy}`, `program sha256 ${programHash}`, side('A', A), side('B', B)];
}
