// Memory after the instruction at the position: side A as hexadecimal and text; below a line that differs what is
// different of side B, digit by digit, a dot where it is the same.

import { type Line, span } from '../lines.ts';
import type { Position, RunView } from '../trace/run-view.ts';
import { addressText, hexText, type PaneContent, type PaneLine, type PaneOptions } from './pane.ts';
import { runs } from './registers.ts';

const DEFAULT_LINES = 16;
const PAGE = 4096;

/** Where there is something to see: what the instruction wrote, else what differs, else the stack. */
export function memoryStart(view: RunView, at: Position): number {
  const { A, B } = view.sides;
  const store = B.step(at.B)?.stores[0] ?? A.step(at.A)?.stores[0];
  const differing = view.report.memory[0]?.address;
  if (store) return store.address;
  if (differing) return Number(BigInt.asIntN(64, BigInt(differing)));
  const sp = view.registerNamed('sp');
  const value = sp === undefined ? 0n : (A.registers(at.A)[sp] ?? 0n);
  const address = Number(BigInt.asIntN(64, value));
  return Number.isSafeInteger(address) ? address : 0;
}

export function memory(
  view: RunView,
  at: Position,
  { width, address, height = DEFAULT_LINES }: PaneOptions,
): PaneContent {
  const perLine = width >= 16 * 4 + 14 ? 16 : 8;
  const from =
    Math.floor((address ?? memoryStart(view, at)) / perLine) * perLine - (address === undefined ? perLine * 2 : 0);
  const lines: PaneLine[] = [];
  const data: unknown[] = [];
  for (let row = 0; row < height; row++) {
    const start = from + row * perLine;
    const a = view.sides.A.bytes(start, perLine, at.A);
    const b = view.sides.B.bytes(start, perLine, at.B);
    const differs = a.some((byte, i) => byte !== b[i]);
    const firstDifferent = a.findIndex((byte, i) => byte !== b[i]);
    const target = {
      kind: 'bytes',
      address: start + Math.max(0, firstDifferent),
      length: differs ? 1 : perLine,
    } as const;
    // The first that differs is what is looked for.
    const here = differs && !lines.some((line) => line.differs);
    lines.push({ line: hexLine(differs ? '≠' : ' ', start, a), target, differs, here });
    if (differs) lines.push({ line: differenceLine(a, b), target, differs });
    data.push({ address: hexText(start), a: bytesData(a), b: bytesData(b), differs });
  }
  return { lines, data };
}

function digits(bytes: readonly (number | undefined)[]): string {
  return bytes.map((byte) => byte?.toString(16).padStart(2, '0') ?? '--').join(' ');
}
function ascii(bytes: readonly (number | undefined)[]): string {
  return bytes
    .map((byte) => (byte === undefined ? ' ' : byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    .join('');
}

function hexLine(mark: string, address: number, bytes: readonly (number | undefined)[]): Line {
  return [
    span(`${mark} ${addressText(address)} `, mark === '≠' ? 'diff' : 'dim'),
    span(`${digits(bytes)}  ${ascii(bytes)}`),
  ];
}

function differenceLine(a: readonly (number | undefined)[], b: readonly (number | undefined)[]): Line {
  const [left, right] = [digits(a), digits(b)];
  const shown = runs(right, (i) => left[i] !== right[i]).map(([text, differs]) =>
    differs ? span(text, 'diff') : span(text.replace(/[^ ]/g, '·'), 'dim'),
  );
  return [span('        B  ', 'diff'), ...shown, span(`  ${ascii(b)}`)];
}

function bytesData(bytes: readonly (number | undefined)[]): string {
  return digits(bytes).replaceAll(' ', '');
}

/** Start addresses of the pages the recording holds. */
export function recordedPages(view: RunView): number[] {
  const pages = new Set<number>();
  for (const side of [view.sides.A, view.sides.B])
    for (const { address } of side.record.trace?.pages ?? []) pages.add(Math.floor(address / PAGE) * PAGE);
  return [...pages].sort((x, y) => x - y);
}
