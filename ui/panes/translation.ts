// The block at the position as each translator makes it: IR, optimised IR, Wasm; side by side, lines that differ marked.

import { sideBySide } from '../../lockstep/index.ts';
import { printable, span } from '../lines.ts';
import type { Position, RunView } from '../trace/run-view.ts';
import type { SideView } from '../trace/side-view.ts';
import { hexText, type PaneContent, type PaneLine, type PaneOptions } from './pane.ts';

export type Form = 'ir' | 'irOptimised' | 'wasm';
const NAMES: Readonly<Record<Form, string>> = { ir: 'IR', irOptimised: 'optimised IR', wasm: 'Wasm' };

export function translation(form: Form) {
  return (view: RunView, at: Position, { width }: PaneOptions): PaneContent => {
    const a = textOf(view.sides.A, at.A, form);
    const b = textOf(view.sides.B, at.B, form);
    const rows = sideBySide(linesOf(a.text), linesOf(b.text));
    const wide = Math.max(16, Math.floor((width - 7) / 2));
    const head: PaneLine = {
      line: [span(`  ${cell(`A ${a.title}`, wide)} │ B ${b.title}: ${NAMES[form]}`, 'title')],
      differs: true,
    };
    const lines: PaneLine[] = rows.map(({ mark, left, right }) => {
      const text = `${mark === '=' ? ' ' : mark} ${cell(printable(left), wide)} │ ${printable(right)}`;
      return { line: [span(text, mark === '=' ? 'plain' : 'diff')], differs: mark !== '=' };
    });
    return { lines: [head, ...lines], data: { form, a: { pc: a.pc, text: a.text }, b: { pc: b.pc, text: b.text } } };
  };
}

function textOf(side: SideView, icount: number, form: Form) {
  const block = side.block(icount);
  if (!block) return { title: 'this block was not recorded', pc: null, text: '' };
  const pc = hexText(block.pc);
  const text = block[form];
  return { title: text === '' ? `${pc} has none` : `${pc} ${side.symbol(block.pc) ?? ''}`.trim(), pc, text };
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n+$/, '').split('\n');
}

function cell(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
