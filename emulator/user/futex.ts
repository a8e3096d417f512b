// Futex queues: threads waiting on an address, woken in the order they came. The queue is the threads' own wait
// records, so there is nothing else to save.

import type { GuestAddr } from '../bits.ts';
import type { Process, ThreadState } from './process.ts';

export const MATCH_ANY = -1;

function waiters(p: Process, addr: GuestAddr, bits: number): ThreadState[] {
  return p.state.threads
    .filter((t) => t.wait?.kind === 'futex' && t.wait.addr === addr && (t.wait.bits & bits) !== 0)
    .sort((a, b) => a.wait!.order - b.wait!.order);
}

/** Wakes up to `count` waiters; returns how many. */
export function wakeFutex(p: Process, addr: GuestAddr, count: number, bits = MATCH_ANY): number {
  const woken = waiters(p, addr, bits).slice(0, Math.max(0, count));
  for (const thread of woken) p.complete(thread, 0);
  return woken.length;
}

/** Moves up to `count` waiters to another address, behind those already there; returns how many. */
export function requeueFutex(p: Process, from: GuestAddr, to: GuestAddr, count: number): number {
  const moved = waiters(p, from, MATCH_ANY).slice(0, Math.max(0, count));
  for (const { wait } of moved) {
    if (wait?.kind !== 'futex') continue;
    wait.addr = to;
    wait.order = p.nextOrder();
  }
  return moved.length;
}
