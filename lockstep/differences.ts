// How two windows, ends or lists of events differ, in words. Pure.

import type { End, EventRecord, Summary } from './protocol.ts';

/** What a side says at the end of a window. */
export type WindowMessage = Summary | End;

export function sameWindow(a: WindowMessage, b: WindowMessage): boolean {
  return (
    a.t === b.t &&
    a.icount === b.icount &&
    a.path === b.path &&
    a.states === b.states &&
    // Cut alike, every block counts.
    (a.entries === b.entries || a.places !== b.places) &&
    a.state === b.state &&
    a.memory === b.memory &&
    a.events === b.events &&
    endText(a) === endText(b)
  );
}

/** Whether more than the way there is the same: transfers may be counted differently where code rewrites itself. */
export function sameState(a: WindowMessage, b: WindowMessage): boolean {
  const bare = { path: 0n, states: 0n, places: 0n, entries: 0n };
  return sameWindow({ ...a, ...bare }, { ...b, ...bare });
}

export function endText(message: WindowMessage): string {
  if (message.t !== 'end') return 'still running';
  const { kind, code, reason } = message.end;
  if (kind === 'exit') return `exit ${code}${reason ? ` (${reason})` : ''}`;
  if (kind === 'limit') return 'stopped at the instruction limit';
  return reason ?? kind;
}

export function differenceText(a: WindowMessage, b: WindowMessage): string {
  const parts = [];
  if (a.icount !== b.icount) parts.push('length');
  if (a.path !== b.path) parts.push('path');
  if (a.states !== b.states || (a.places === b.places && a.entries !== b.entries)) parts.push('states in between');
  if (a.state !== b.state) parts.push('registers');
  if (a.memory !== b.memory) parts.push('memory');
  if (a.events !== b.events) parts.push('events');
  return parts.join(', ') || 'end';
}

export interface EventDifference {
  readonly icount: number;
  readonly kind: 'event' | 'timing';
  readonly a: EventRecord | undefined;
  readonly b: EventRecord | undefined;
}

/** 'timing' when the first events that differ say the same at another instruction. */
export function firstDifferentEvent(a: readonly EventRecord[], b: readonly EventRecord[]): EventDifference | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const x = a[i];
    const y = b[i];
    const same = x && y && x.kind === y.kind && x.cpu === y.cpu && x.detail.join() === y.detail.join();
    if (same && x.icount === y.icount) continue;
    const icount = Math.min(x?.icount ?? Number.POSITIVE_INFINITY, y?.icount ?? Number.POSITIVE_INFINITY);
    return { icount, kind: same ? 'timing' : 'event', a: x, b: y };
  }
  return undefined;
}
