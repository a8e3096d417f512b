// The live view as lines, for any size: what both sides are at, the latest events, what the guest writes. Pure.

import type { SeenEvent, Watched } from '../../lockstep/index.ts';
import { LEAST_HEIGHT, LEAST_WIDTH } from '../inspector/geometry.ts';
import { footerLine } from '../keys.ts';
import { columns, fit, type Line, printable, type Span, span } from '../lines.ts';
import { shortCount } from '../progress.ts';
import { LIVE_BINDINGS } from './keys.ts';
import { LIVE_PANES, type LivePane, type LiveState } from './state.ts';
import { aheadText, durationText, grouped, leftMs, shareDone, speedText, stateText, statusLine } from './status.ts';

/** Rows that are no pane: header three, borders three, footer one. */
const FIXED_ROWS = 7;
const SIDES_HEIGHT = 9;
const MOST_BYTES_A_COLUMN = 4;
const TITLES: Readonly<Record<LivePane, string>> = { sides: 'Sides', events: 'Events', output: 'Guest output' };

export function liveLines(run: Watched, state: LiveState): readonly Line[] {
  const { width, height } = state.size;
  if (width < LEAST_WIDTH || height < LEAST_HEIGHT) return small(run, state);
  const body = state.help ? helpPage(state) : state.zoomed ? zoomed(run, state) : panes(run, state);
  return [...header(run, state), ...body, footer(run, state)].map((line) => fit(line, width));
}

// --- header and footer -------------------------------------------------------------------------------------------
function header(run: Watched, state: LiveState): Line[] {
  const { width } = state.size;
  const { info } = run;
  const now = stateText(run);
  const status = `${run.link !== 'here' && !run.mayControl ? 'read-only  ' : ''}● ${now.text}`;
  const left = info
    ? ` lockstep  ${info.a} ⇄ ${info.b}  ${printable(info.program.split('/').at(-1) ?? '')}`
    : ' lockstep';
  return [
    [
      ...fit([span(left, 'bold')], Math.max(0, width - columns(status) - 1)),
      span(status, now.mood === 'plain' ? 'bold' : now.mood),
    ],
    [span(` ${statusLine(run)}`)],
    barLine(run, width),
  ];
}

/** How far the run is, where it has a limit; how long it has taken. */
function barLine(run: Watched, width: number): Line {
  const { status, info } = run;
  if (!status || !info) return [];
  const taken = durationText(status.elapsedMs);
  const done = shareDone(run);
  if (done === undefined) {
    const limit = info.timeoutMs === null ? '' : ` of at most ${durationText(info.timeoutMs)}`;
    return [span(` ${taken}${limit}; --max-insns would show how far it is`, 'dim')];
  }
  const left = leftMs(run);
  const text = ` ${Math.floor(done * 100)}% of ${shortCount(info.maxInsns ?? 0)}, ${taken}${left === undefined ? '' : `, ${durationText(left)} left`}`;
  const room = Math.max(10, width - columns(text) - 4);
  const filled = Math.floor(done * room);
  return [
    span(' ├', 'dim'),
    span('█'.repeat(filled), 'good'),
    span('─'.repeat(room - filled)),
    span('┤', 'dim'),
    span(text),
  ];
}

function footer(run: Watched, state: LiveState): Line {
  if (state.asking) return [span(' end the run here? y: yes, any other key: no', 'bold')];
  if (state.typing !== undefined) return [span(` :${printable(state.typing)}█`, 'bold')];
  const message = state.message || run.said;
  if (message) return [span(` ${printable(message)}`, 'bold')];
  const labels = LIVE_BINDINGS.flatMap(({ action, shown, footer: label }) => {
    if (label === undefined || ((action === 'pause' || action === 'command') && !run.mayControl)) return [];
    return [{ shown, label: action === 'pause' && run.status?.phase === 'paused' ? 'resume' : label }];
  });
  return footerLine(labels, state.size.width);
}

// --- panes -------------------------------------------------------------------------------------------------------
/** Columns and lines that a pane's content has. */
export function roomOf(state: LiveState, pane: LivePane): { readonly width: number; readonly height: number } {
  const { width, height } = state.size;
  const rows = Math.max(2, height - FIXED_ROWS);
  if (state.zoomed && state.focus === pane) return { width: width - 3, height: rows + 1 };
  const upper = Math.min(SIDES_HEIGHT, rows >> 1);
  const left = sidesWidth(width);
  if (pane === 'output') return { width: width - 3, height: rows - upper };
  return { width: (pane === 'sides' ? left : width - 3 - left) - 1, height: upper };
}

function sidesWidth(width: number): number {
  return Math.max(40, Math.min(60, Math.floor(width * 0.4)));
}

/** `needed`: how many of the last lines are wanted; all of what is kept by itself. */
export function linesOf(
  run: Watched,
  pane: LivePane,
  width: number,
  needed = Number.POSITIVE_INFINITY,
): readonly Line[] {
  if (pane === 'sides') return sides(run, width);
  if (pane === 'events') return events(run);
  return output(run, width, needed);
}

function sides({ info, status }: Watched, width: number): Line[] {
  if (!info || !status) return [[span('nothing is known yet', 'dim')]];
  const each = (width - 10) >> 1;
  const row = (name: string, a: string, b: string): Line => [
    span(`${name.padEnd(8)} `, 'dim'),
    ...fit([span(a)], each),
    span(' '),
    ...fit([span(b)], each),
  ];
  return [
    row('', `A ${info.a}`, `B ${info.b}`),
    row('insns', grouped(status.A.icount), grouped(status.B.icount)),
    row('speed', speedText(status.A.speed), speedText(status.B.speed)),
    row('windows', grouped(status.A.windows), grouped(status.B.windows)),
    [span('skew     ', 'dim'), span(aheadText(status))],
    [span('agreed   ', 'dim'), span(`${grouped(status.agreed.icount)} in ${grouped(status.agreed.windows)} windows`)],
    [span('cut      ', 'dim'), span(`${grouped(status.skewed)} windows in other blocks`)],
    [span('time     ', 'dim'), span(durationText(status.elapsedMs))],
    ...(info.memoryBytes === null ? [] : [[span('memory   ', 'dim'), span(`${info.memoryBytes / 2 ** 20} MiB`)]]),
  ];
}

/** The latest last; notes of the machines after them, since they are few and matter. */
function events({ events: { kept }, notes, status }: Watched): Line[] {
  const lines: Line[] = [
    ...kept.map(eventLine),
    ...notes.kept.map((note) => [span(`note: ${printable(note)}`, 'bold')]),
  ];
  const end = status?.end;
  if (end) lines.push([span(printable(end.summary), end.verdict === 'same' ? 'good' : 'diff')]);
  return lines.length > 0 ? lines : [[span('none yet; told as windows end', 'dim')]];
}

function eventLine({ icount, cpu, kind, text }: SeenEvent): Line {
  return [
    span(`${grouped(icount).padStart(15)} `, 'dim'),
    span(`${cpu === 0 ? '' : `hart ${cpu} `}${kind} ${printable(text)}`),
  ];
}

/** What the guest has written, cut where the pane ends. */
function output({ output: { kept, total } }: Watched, width: number, needed: number): Line[] {
  if (total === 0) return [[span('nothing yet', 'dim')]];
  // No more than can be seen: a guest may write without end.
  const longest = needed * width * MOST_BYTES_A_COLUMN;
  const text = new TextDecoder().decode(longest < kept.length ? kept.subarray(-longest) : kept);
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const shown = lines.flatMap((line) => wrapped(printable(line), width)).map((line): Line => [span(line)]);
  const left = total - kept.length;
  return left > 0 && longest >= kept.length ? [[span(`… ${grouped(left)} bytes before this`, 'dim')], ...shown] : shown;
}

function wrapped(text: string, width: number): string[] {
  if (columns(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const char of text) {
    const wide = columns(char);
    if (used + wide > width) {
      lines.push(line);
      line = '';
      used = 0;
    }
    line += char;
    used += wide;
  }
  return [...lines, line];
}

function rowsOf(run: Watched, state: LiveState, pane: LivePane): Line[] {
  const { width, height } = roomOf(state, pane);
  const lines = linesOf(run, pane, width, height + (state.back[pane] ?? 0));
  const follows = pane === 'sides' ? Math.min(lines.length, height) : lines.length;
  const end = Math.max(Math.min(height, lines.length), follows - (state.back[pane] ?? 0));
  const top = Math.max(0, end - height);
  return Array.from({ length: height }, (_, i) => [span(' '), ...fit(lines[top + i] ?? [], width)]);
}

function titled(state: LiveState, pane: LivePane, width: number): Line {
  const here = state.focus === pane;
  const still = state.back[pane] === undefined ? '' : ' (still, G follows)';
  const text = ` ${here ? '▸' : ''}${LIVE_PANES.indexOf(pane) + 1} ${TITLES[pane]}${still} `;
  return fit([span(text, here ? 'bold' : 'title'), span('─'.repeat(Math.max(0, width - columns(text))), 'dim')], width);
}

const edge = (text: string): Span => span(text, 'dim');

function panes(run: Watched, state: LiveState): Line[] {
  const inner = state.size.width - 2;
  const left = sidesWidth(state.size.width);
  const right = inner - 1 - left;
  const [a, b] = [rowsOf(run, state, 'sides'), rowsOf(run, state, 'events')];
  return [
    [edge('┌'), ...titled(state, 'sides', left), edge('┬'), ...titled(state, 'events', right), edge('┐')],
    ...a.map((row, i) => [edge('│'), ...row, edge('│'), ...b[i]!, edge('│')]),
    [edge('├'), ...titled(state, 'output', left), edge('┴'), edge('─'.repeat(right)), edge('┤')],
    ...rowsOf(run, state, 'output').map((row) => [edge('│'), ...row, edge('│')]),
    [edge(`└${'─'.repeat(inner)}┘`)],
  ];
}

function zoomed(run: Watched, state: LiveState): Line[] {
  const inner = state.size.width - 2;
  return [
    [edge('┌'), ...titled(state, state.focus, inner), edge('┐')],
    ...rowsOf(run, state, state.focus).map((row) => [edge('│'), ...row, edge('│')]),
    [edge(`└${'─'.repeat(inner)}┘`)],
  ];
}

// --- other pages -------------------------------------------------------------------------------------------------
function helpPage(state: LiveState): Line[] {
  const rows = LIVE_BINDINGS.map(({ shown, help }): Line => [span(` ${shown.padEnd(14)} `, 'bold'), span(help)]);
  const room = state.size.height - 4;
  const top = Math.max(0, Math.min(rows.length - room, state.helpTop));
  return Array.from({ length: room }, (_, i) => rows[top + i] ?? []);
}

/** A terminal with too little room for panes. */
function small(run: Watched, { size: { width, height } }: LiveState): Line[] {
  const lines: Line[] = [
    [span(stateText(run).text, 'bold')],
    ...statusLine(run)
      .split(' │ ')
      .map((part): Line => [span(part)]),
    [span(`panes need ${LEAST_WIDTH}×${LEAST_HEIGHT}; q stops watching`, 'dim')],
  ];
  return lines.slice(0, height).map((line) => fit(line, Math.max(1, width)));
}
