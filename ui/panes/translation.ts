// The block at the position as each translator makes it: IR, optimised IR, Wasm; side by side, lines that differ marked, and
// in IR where the ops of the position's instruction begin.

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
    const [startA, startB] = [startOf(view.sides.A, at.A), startOf(view.sides.B, at.B)];
    const place = rows.findIndex(({ left, right }) => startA?.test(left) || startB?.test(right));
    // Where only the block as a whole goes wrong, the position is its end, which tells nothing.
    const whole = at.A === view.first && !view.report.at?.insn;
    const inSight = whole ? rows.findIndex(({ mark }) => mark !== '=') : place;
    const lines: PaneLine[] = rows.map(({ mark, left, right }, i) => {
      const sign = mark !== '=' ? mark : i === place ? '▶' : ' ';
      const text = `${sign} ${cell(printable(left), wide)} │ ${printable(right)}`;
      const style = mark !== '=' ? 'diff' : i === place ? 'bold' : 'plain';
      return { line: [span(text, style)], differs: mark !== '=', here: i === inSight };
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

/** The line of IR with which the instruction at the position begins. */
function startOf(side: SideView, icount: number): RegExp | undefined {
  const step = side.step(icount);
  return step && new RegExp(`^ *insn_start \\d+ ${hexText(step.pc)}$`);
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n+$/, '').split('\n');
}

function cell(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
