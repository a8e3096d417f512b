// The whole screen as lines, for any size: header, panes in frames, footer. Pure; screen.tsx hands it to Ink.

import { footerLine } from '../keys.ts';
import { columns, fit, type Line, lineText, printable, type Span, span } from '../lines.ts';
import { hexText, type PaneLine } from '../panes/pane.ts';
import { registerRows } from '../panes/registers.ts';
import type { RunView } from '../trace/run-view.ts';
import { COMMANDS } from './commands.ts';
import { contentOf, cursorOf, topOf } from './content.ts';
import { geometry, LEAST_HEIGHT, LEAST_WIDTH } from './geometry.ts';
import { BINDINGS } from './keys.ts';
import { LOWER, PANE_IDS, PANE_KEYS, type PaneId, type State } from './state.ts';
import { timeline } from './timeline.ts';
import { sideOf } from './travel.ts';

export function screenLines(view: RunView, state: State): readonly Line[] {
  const { width, height } = state.size;
  if (width < LEAST_WIDTH || height < LEAST_HEIGHT) return small(view, state);
  const body = state.help ? helpPage(state) : state.zoomed ? zoomed(view, state) : panes(view, state);
  return [...header(view, state), ...body, footer(state)].map((line) => fit(line, width));
}

// --- header and footer -------------------------------------------------------------------------------------------
function header(view: RunView, state: State): Line[] {
  const { report } = view;
  const { width } = state.size;
  const status = statusText(view);
  const left = ` lockstep  ${report.a.translator} ⇄ ${report.b.translator}  ${printable(report.program.split('/').at(-1) ?? '')}  ${report.isa}`;
  const first: Line = [
    ...fit([span(left, 'bold')], Math.max(0, width - columns(status) - 1)),
    span(status, report.verdict === 'diverged' ? 'diff' : 'good'),
  ];
  return [first, placeLine(view, state), timeline(view, state, width)];
}

function statusText({ report }: RunView): string {
  if (report.verdict === 'diverged') return `● DIVERGED (${report.class}): ${report.kind}`;
  return report.verdict === 'same' ? '● the same' : '● inconclusive';
}

function placeLine(view: RunView, state: State): Line {
  const { at } = state;
  const count = (n: number) => n.toLocaleString('en-US');
  const side = sideOf(state);
  const pc = view.sides[side].step(at[side])?.pc;
  const symbol = pc === undefined ? undefined : view.sides[side].symbol(pc);
  const { at: bad } = view.report;
  const where = bad
    ? `Δ ${count(view.first)} @ ${bad.insn?.pc ?? bad.pc}${bad.symbol ? ` in ${printable(bad.symbol)}` : ''}`
    : '';
  return [
    span(` A ${count(at.A)}  B ${count(at.B)}${state.linked ? '' : ' (unlinked)'}  `),
    span(where, 'diff'),
    span(
      pc === undefined
        ? ''
        : `  ${state.linked ? '' : `${side} `}at ${hexText(pc)}${symbol ? ` ${printable(symbol)}` : ''}`,
    ),
  ];
}

function footer(state: State): Line {
  if (state.prompt) return [span(` ${state.prompt.kind}${state.prompt.text}█`, 'bold')];
  if (state.journey !== undefined) return [span(` ${printable(state.journey)}`, 'bold')];
  if (state.message !== '') return [span(` ${printable(state.message)}`, 'bold')];
  const labels = BINDINGS.flatMap(({ shown, footer: label }) => (label === undefined ? [] : [{ shown, label }]));
  return footerLine(labels, state.size.width);
}

// --- panes -------------------------------------------------------------------------------------------------------
function panes(view: RunView, state: State): Line[] {
  const { upper, upperHeight, lowerHeight, inner } = geometry(state.size);
  const [a, b, regs] = (['a', 'b', 'regs'] as const).map((pane, i) =>
    paneRows(view, state, pane, upper[i]!, upperHeight),
  );
  const bars = [upper[0], upper[0] + 1 + upper[1]];
  const titles = PANE_IDS.slice(0, 3).map((pane, i) => titled(state, pane, titleOf(view, state, pane), upper[i]!));
  const edge = (text: string) => span(text, 'dim');
  return [
    [edge('┌'), ...titles[0]!, edge('┬'), ...titles[1]!, edge('┬'), ...titles[2]!, edge('┐')],
    ...Array.from({ length: upperHeight }, (_, i) => [
      edge('│'),
      ...a![i]!,
      edge('│'),
      ...b![i]!,
      edge('│'),
      ...regs![i]!,
      edge('│'),
    ]),
    tabs(view, state, inner, bars),
    ...paneRows(view, state, state.lower, inner, lowerHeight).map((line) => [edge('│'), ...line, edge('│')]),
    [edge(`└${'─'.repeat(inner)}┘`)],
  ];
}

function zoomed(view: RunView, state: State): Line[] {
  const { inner } = geometry(state.size);
  const edge = (text: string) => span(text, 'dim');
  const height = state.size.height - 6;
  return [
    [edge('┌'), ...titled(state, state.focus, titleOf(view, state, state.focus), inner), edge('┐')],
    ...paneRows(view, state, state.focus, inner, height).map((line) => [edge('│'), ...line, edge('│')]),
    [edge(`└${'─'.repeat(inner)}┘`)],
  ];
}

/** Exactly `height` rows of exactly `width` columns: a column that points at the selected line, then the line. */
function paneRows(view: RunView, state: State, pane: PaneId, width: number, height: number): Line[] {
  const lines = contentOf(view, state, pane, width - 1, height);
  const cursor = cursorOf(state, pane, lines);
  const top = topOf(cursor, lines.length, height);
  return Array.from({ length: height }, (_, i) => {
    const at = top + i;
    const line: PaneLine | undefined = lines[at];
    const pointed = line !== undefined && at === cursor && pane === state.focus;
    const text = line?.line ?? (i === 0 && lines.length === 0 ? [span(emptyText(view, state, pane), 'dim')] : []);
    return [span(pointed ? '›' : ' ', pointed ? 'bold' : 'plain'), ...fit(text, width - 1)];
  });
}

function emptyText(view: RunView, state: State, pane: PaneId): string {
  if (state.filters[pane] !== undefined) return `nothing here has "${state.filters[pane]}" (Esc)`;
  if (pane === 'bisect') return 'b names the rewrite to blame; :bisect run searches in the whole run';
  if (state.onlyDifferences) return 'nothing differs here (=)';
  return view.traced ? 'nothing' : 'nothing was traced: the sides do not differ';
}

const NAMES: Readonly<Record<PaneId, string>> = {
  a: 'A',
  b: 'B',
  regs: 'Registers',
  bisect: 'Bisect',
  code: 'Code',
  memory: 'Memory',
  stack: 'Stack',
  events: 'Events',
  serial: 'Serial',
  notes: 'Notes',
};
const VIEW_NAMES = { asm: 'instructions', ir: 'IR', iropt: 'IR optimised', wasm: 'Wasm', hex: 'bytes' } as const;

function titleOf(view: RunView, state: State, pane: PaneId): string {
  const key = PANE_KEYS[PANE_IDS.indexOf(pane)]!;
  const { report } = view;
  const filter = state.filters[pane] === undefined ? '' : ` /${state.filters[pane]}/`;
  const only = state.onlyDifferences ? ' only≠' : '';
  if (pane === 'a') return `${key} A ${report.a.translator}${filter}${only}`;
  if (pane === 'b') return `${key} B ${report.b.translator}${filter}${only}`;
  if (pane === 'regs')
    return `${key} ${NAMES.regs} ≠${registerRows(view, state.at).filter((row) => row.differs).length}${filter}${only}`;
  return `${key} ${NAMES[pane]}${pane === 'code' ? ` ${VIEW_NAMES[state.view]}` : ''}${filter}${only}`;
}

function titled(state: State, pane: PaneId, title: string, width: number): Line {
  const here = state.focus === pane;
  const text = ` ${here ? '▸' : ''}${printable(title)} `;
  const shown = columns(text) > width ? lineText(fit([span(text)], width)) : text;
  return [span(shown, here ? 'bold' : 'title'), span('─'.repeat(width - columns(shown)), 'dim')];
}

/** The border between the upper panes and the lower one, with a tab for each of those that can be there. */
function tabs(view: RunView, state: State, width: number, bars: readonly number[]): Line {
  const texts = LOWER.map((pane) => {
    if (state.lower !== pane) return ` ${PANE_KEYS[PANE_IDS.indexOf(pane)]} ${NAMES[pane]} `;
    return `▐${state.focus === pane ? '▸' : ''}${printable(titleOf(view, state, pane))}▌`;
  });
  // Where there is little room they stand closer together.
  const tight = texts.reduce((sum, text) => sum + columns(text), 0) > width;
  const spans: Span[] = [span('├', 'dim')];
  let used = 0;
  texts.forEach((full, i) => {
    const text = tight ? full.trimStart() : full;
    if (used + columns(text) > width) return;
    spans.push(span(text, state.lower === LOWER[i] ? 'bold' : 'title'));
    used += columns(text);
  });
  const rest = Array.from({ length: width - used }, (_, i) => (bars.includes(used + i) ? '┴' : '─')).join('');
  return [...spans, span(`${rest}┤`, 'dim')];
}

// --- other pages -------------------------------------------------------------------------------------------------
function helpPage(state: State): Line[] {
  const { height } = state.size;
  const rows: Line[] = [
    [
      span(
        ' Shown is the state after the instruction marked ▶. ≠ differs, ~ changed just now, w:-3 written three instructions ago.',
        'bold',
      ),
    ],
    [],
    ...BINDINGS.map(({ shown, help }) => [span(` ${shown.padEnd(14)} `, 'bold'), span(help)]),
    [],
    ...COMMANDS.map(({ usage, help }) => [span(` ${usage.padEnd(14)} `, 'bold'), span(help)]),
  ];
  const room = height - 4;
  const top = Math.max(0, Math.min(rows.length - room, state.helpTop));
  return Array.from({ length: room }, (_, i) => rows[top + i] ?? []);
}

/** A terminal with too little room for panes. */
function small({ report }: RunView, { size: { width, height } }: State): Line[] {
  const at = report.at;
  const lines: Line[] = [
    [span(report.summary, 'bold')],
    ...(at?.insn ? [[span(`▶ ${at.insn.pc} ${printable(at.insn.text ?? '')}`, 'diff')]] : []),
    ...report.registers.map((r) => [span(`≠ ${r.name} ${r.a} ${r.b}`, 'diff')]),
    [span(`panes need ${LEAST_WIDTH}×${LEAST_HEIGHT}; q quits`, 'dim')],
  ];
  return lines.slice(0, height).map((line) => fit(line, Math.max(1, width)));
}
