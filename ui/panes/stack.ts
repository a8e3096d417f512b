// The stack from its pointer on, eight bytes a line, with the names of code that was traced.

import { printable, span } from '../lines.ts';
import type { Position, RunView } from '../trace/run-view.ts';
import type { SideView } from '../trace/side-view.ts';
import { addressText, hexText, type PaneContent, type PaneLine, type PaneOptions, valueText } from './pane.ts';

const WORDS = 64;

export function stack(view: RunView, at: Position, _options: PaneOptions): PaneContent {
  const sp = view.registerNamed('sp') ?? -1;
  const { A, B } = view.sides;
  const top = (side: SideView, icount: number) => Number(BigInt.asIntN(64, side.registers(icount)[sp] ?? 0n));
  const [topA, topB] = [top(A, at.A), top(B, at.B)];
  const lines: PaneLine[] = [];
  const data: unknown[] = [];
  if (topA !== topB)
    lines.push({ line: [span(`≠ sp ${addressText(topA)} on A, ${addressText(topB)} on B`, 'diff')], differs: true });
  for (let i = 0; i < WORDS; i++) {
    const address = topA + 8 * i;
    const a = word(A, address, at.A);
    const b = word(B, address, at.B);
    if (a === undefined && b === undefined) break;
    const differs = a !== b;
    const name = (a !== undefined && A.symbol(Number(BigInt.asIntN(64, a)))) || null;
    const text = (value: bigint | undefined) => (value === undefined ? 'not recorded' : valueText(value)).padEnd(16);
    lines.push({
      line: [
        span(`${differs ? '≠' : ' '} ${addressText(address)} `, differs ? 'diff' : 'dim'),
        span(text(a)),
        span(differs ? `  B ${text(b)}` : '', 'diff'),
        span(name ? `  ${printable(name)}` : '', 'title'),
        span(i === 0 ? '  ← sp' : '', 'dim'),
      ],
      target: { kind: 'bytes', address, length: 8 },
      differs,
    });
    const plain = (value: bigint | undefined) => (value === undefined ? null : hexText(value));
    data.push({ address: hexText(address), a: plain(a), b: plain(b), differs, symbol: name });
  }
  return { lines, data };
}

function word(side: SideView, address: number, icount: number): bigint | undefined {
  const bytes = side.bytes(address, 8, icount);
  let value = 0n;
  for (let i = 7; i >= 0; i--) {
    const byte = bytes[i];
    if (byte === undefined) return undefined;
    value = (value << 8n) | BigInt(byte);
  }
  return value;
}
