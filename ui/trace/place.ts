// Positions as people write them: first, start, end, 12345, +10 or -10 from the first difference, 50%. Pure.

import type { RunView, Stretch } from './run-view.ts';

/** Undefined when it is none. It may lie outside of the trace, which is `along`. */
export function parsePlace(text: string, view: RunView, from = view.first, along: Stretch = view): number | undefined {
  if (text === 'first') return view.first;
  if (text === 'start') return along.start;
  if (text === 'end') return along.last;
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percent) return along.clamp(along.start + Math.round(((along.last - along.start) * Number(percent[1])) / 100));
  const relative = /^([+-])(\d+)$/.exec(text);
  if (relative) return from + Number(relative[2]) * (relative[1] === '-' ? -1 : 1);
  return /^[\d,_]+$/.test(text) && /\d/.test(text) ? Number(text.replace(/[,_]/g, '')) : undefined;
}

/** 0x… or hexadecimal digits; undefined when it is no address. */
export function parseAddress(text: string): number | undefined {
  const digits = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const value = Number(BigInt.asIntN(64, BigInt(`0x${digits}`)));
  return Number.isSafeInteger(value) ? value : undefined;
}
