// The report for people. The class comes first, then where, what differs, the code, how it came there, what to type
// next. Colour only ever repeats what a sign or a word says. Pure: gives the text, prints nothing.

import type { LookedBack } from '../evidence.ts';
import { type Row, sideBySide } from './columns.ts';
import type { Report, ReportEnd } from './model.ts';

export interface TextOptions {
  readonly color: boolean;
  /** Columns the reader has. */
  readonly width: number;
}

interface Ink {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly dim: (text: string) => string;
}

function ink(color: boolean): Ink {
  const wrap = (open: number, close: number) => (text: string) => (color ? `\x1b[${open}m${text}\x1b[${close}m` : text);
  return { bold: wrap(1, 22), red: wrap(31, 39), green: wrap(32, 39), yellow: wrap(33, 39), dim: wrap(2, 22) };
}

/** With commas between thousands. By hand: a formatter of the engine's takes 15 ms to make. */
const NUMBER = { format: (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',') };

export function reportText(report: Report, options: TextOptions): string {
  const pen = ink(options.color);
  const lines: string[] = [];
  if (report.verdict === 'same') same(report, pen, lines);
  else if (report.verdict === 'inconclusive') inconclusive(report, pen, lines);
  else diverged(report, pen, lines, options.width);
  for (const note of report.notes) lines.push(`${pen.yellow('note:')} ${note}`);
  if (report.next.length > 0) {
    lines.push('', 'next:');
    for (const command of report.next) lines.push(`  ${command}`);
  }
  return `${lines.join('\n')}\n`;
}

function same(report: Report, pen: Ink, lines: string[]): void {
  lines.push(pen.green(pen.bold('No divergence :-)')));
  lines.push(
    `${sides(report)}: ${plural(report.instructions, 'instruction')}, ${plural(report.windows, 'window')}, ` +
      `blocks ${NUMBER.format(report.a.blocks)} and ${NUMBER.format(report.b.blocks)}; ${endText(report.end)}`,
  );
  if (report.lookBack) lines.push(lookBackText(report.lookBack));
  if (report.class === 'skew')
    lines.push(`~ skew: the same stream was cut into different blocks in ${plural(report.skewed, 'window')}`);
}

function inconclusive(report: Report, pen: Ink, lines: string[]): void {
  lines.push(pen.yellow(pen.bold('INCONCLUSIVE')));
  lines.push(report.summary.replace(/^Inconclusive: /, ''));
  lines.push(`${sides(report)}: both agree for ${NUMBER.format(report.instructions)} instructions`);
}

function diverged(report: Report, pen: Ink, lines: string[], width: number): void {
  const at = report.at!;
  lines.push(`${pen.red(pen.bold(`DIVERGED (${report.class})`))}: ${report.kind}`);
  lines.push(`${sides(report)} in ${report.program}`);
  lines.push('');
  lines.push(
    `≠ block ${pen.bold(at.pc)}${at.symbol ? ` ${at.symbol}` : ''}, ${plural(at.insns, 'instruction')}, ` +
      `entered after ${NUMBER.format(at.icount)} instructions${at.cpu > 0 ? ` on cpu ${at.cpu}` : ''} with equal state`,
  );
  if (at.insn)
    lines.push(
      `▶ instruction ${at.insn.index + 1} of it, ${pen.bold(at.insn.pc)}${at.insn.text ? `: ${pen.bold(at.insn.text)}` : ''}`,
    );
  for (const [name, side] of [
    ['A', report.a],
    ['B', report.b],
  ] as const)
    if (side.end) lines.push(`  ${name} ended in this window: ${endText(side.end)}`);
  lines.push(...lookBackLines(report));
  if (report.third) lines.push(thirdText(report, pen));
  section(lines, pen, 'as QEMU says it');
  lines.push(...report.qemu);
  differences(report, pen, lines);
  code(report, pen, lines, width);
  if (report.history.length > 0) {
    section(lines, pen, 'blocks before, oldest first');
    for (const block of report.history)
      lines.push(
        `  ${NUMBER.format(block.icount).padStart(15)}  ${block.pc}/${block.insns}${block.symbol ? `  ${block.symbol}` : ''}`,
      );
  }
  if (report.notes.length > 0) lines.push('');
}

/** What was compared block by block before the divergence, and where less would have shown it. */
function lookBackLines({ lookBack, later }: Report): string[] {
  const lines = lookBack ? [lookBackText(lookBack)] : [];
  if (later)
    lines.push(
      `  first seen ${lookBack?.found ? 'at the end of a window' : 'in registers and memory'} later: ` +
        `block ${later.pc}${later.symbol ? ` ${later.symbol}` : ''}, after ${NUMBER.format(later.icount)} instructions`,
    );
  else if (lookBack?.found) lines.push('  at the ends of windows nothing differs');
  return lines;
}

function lookBackText({ from, to, compared, every, complete, found }: LookedBack): string {
  const what = every === 'block' ? 'every block' : 'the state at every control transfer';
  if (!complete)
    return `  ${what} compared from instruction ${NUMBER.format(from)} to ${NUMBER.format(compared)}, not to ${NUMBER.format(to)}`;
  return `  ${what} compared from instruction ${NUMBER.format(from)} on${found ? ': this is the first that differs' : ''}`;
}

function thirdText({ a, b, third }: Report, pen: Ink): string {
  const { translator, wrong } = third!;
  const said = {
    a: `agrees with B: ${pen.red(`A ${a.translator} is wrong`)}`,
    b: `agrees with A: ${pen.red(`B ${b.translator} is wrong`)}`,
    both: `agrees with neither: ${pen.red('both are wrong')}, or it is`,
    unknown: 'cannot tell which is wrong',
  };
  return `⚖ wrong: ${wrong}. ${translator} ${said[wrong]}`;
}

function differences(report: Report, pen: Ink, lines: string[]): void {
  if (report.event) {
    section(lines, pen, 'first event that differs');
    for (const [name, event] of [
      ['A', report.event.a],
      ['B', report.event.b],
    ] as const)
      lines.push(`  ${name}  ${event ? `${NUMBER.format(event.icount)}  ${event.kind}  ${event.text}` : 'none'}`);
  }
  if (report.registers.length > 0) {
    section(lines, pen, 'registers that differ after the block');
    const several = report.registers.some((register) => register.cpu > 0);
    const names = report.registers.map((register) => (several ? `${register.name}@${register.cpu}` : register.name));
    const wide = Math.max(...names.map((name) => name.length), 4);
    lines.push(pen.dim(`  ${''.padEnd(wide)}  ${'before'.padEnd(18)}  ${'A'.padEnd(18)}  B`));
    report.registers.forEach((register, i) => {
      lines.push(
        `${pen.red('≠')} ${names[i]!.padEnd(wide)}  ${full(register.before)}  ${full(register.a)}  ${pen.red(full(register.b))}`,
      );
    });
  }
  if (report.memory.length > 0) {
    section(lines, pen, 'memory that differs');
    lines.push(pen.dim(`  ${'address'.padEnd(18)}  ${'A'.padEnd(18)}  B`));
    for (const word of report.memory)
      lines.push(
        `${pen.red('≠')} ${full(word.address)}  ${full(word.a).padEnd(18)}  ${pen.red(full(word.b))}${word.symbol ? `  ${word.symbol}` : ''}`,
      );
    if (report.memoryTruncated) lines.push('  … and more');
  }
}

function code(report: Report, pen: Ink, lines: string[], width: number): void {
  const block = report.a.block ?? report.b.block;
  if (!block) return;
  section(lines, pen, 'guest code');
  const longer = (report.b.block?.insns.length ?? 0) > block.insns.length ? report.b.block! : block;
  for (const insn of longer.insns) {
    const bad = insn.pc === report.at?.insn?.pc;
    const line = `${bad ? '▶' : ' '} ${insn.pc}  ${insn.bytes.padEnd(8)}  ${insn.text}`;
    lines.push(bad ? pen.red(line) : line);
  }
  const [a, b] = [report.a, report.b];
  compared('IR', a.block?.ir, b.block?.ir, report, pen, lines, width);
  compared('optimised IR', a.block?.irOptimised, b.block?.irOptimised, report, pen, lines, width);
}

function compared(
  title: string,
  a: string | undefined,
  b: string | undefined,
  report: Report,
  pen: Ink,
  lines: string[],
  width: number,
): void {
  // A side that translates nothing has no IR.
  if (!a && !b) return;
  if (!a || !b) {
    section(lines, pen, `${title} of ${a ? `A ${report.a.translator}` : `B ${report.b.translator}`}`);
    lines.push(...linesOf(a || (b ?? '')).map((line) => `  ${line}`));
    return;
  }
  const left = linesOf(a);
  const right = linesOf(b);
  const rows = sideBySide(left, right);
  if (rows.every((row) => row.mark === '=')) {
    section(lines, pen, `${title}, the same on both sides`);
    lines.push(...left.map((line) => `  ${line}`));
    return;
  }
  section(lines, pen, `${title}: A ${report.a.translator} │ B ${report.b.translator}`);
  const longest = Math.max(...left.map((line) => line.length), 10);
  const column = Math.min(longest, Math.max(20, Math.floor((width - 5) / 2)));
  for (const row of rows) lines.push(rowText(row, column, pen));
}

function rowText(row: Row, column: number, pen: Ink): string {
  const left = row.left.length > column ? `${row.left.slice(0, column - 1)}…` : row.left.padEnd(column);
  const text = `${row.mark === '=' ? ' ' : row.mark} ${left} │ ${row.right}`.trimEnd();
  return row.mark === '=' ? text : pen.yellow(text);
}

function section(lines: string[], pen: Ink, title: string): void {
  lines.push('', pen.dim(`── ${title} ──`));
}

function linesOf(text: string): string[] {
  return text.replace(/\n+$/, '').split('\n');
}

function sides(report: Report): string {
  return `${report.a.translator} ⇄ ${report.b.translator}`;
}

function full(value: string | null): string {
  return value === null ? 'unmapped' : `0x${value.slice(2).padStart(16, '0')}`;
}

function plural(count: number, noun: string): string {
  return `${NUMBER.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function endText(end: ReportEnd | null): string {
  if (!end) return 'running';
  if (end.kind === 'exit') return `guest exit code ${end.code}${end.reason ? ` (${end.reason})` : ''}`;
  if (end.kind === 'limit') return 'stopped at the instruction limit';
  return end.reason ?? end.kind;
}
