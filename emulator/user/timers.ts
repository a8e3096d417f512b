// The process's timers: setitimer's three and timer_create's. Those on processor time are due at instruction counts,
// the others at points of virtual time.

import type { IntervalTimer, PosixTimer, Process, QueuedSignal } from './process.ts';
import { NEVER, PID, UID } from './process.ts';
import * as S from './signal-numbers.ts';
import { sendSignal } from './signals.ts';

const TIMER_SIGNALS = [S.SIGALRM, S.SIGVTALRM, S.SIGPROF];
const CLOCK_PROCESS_CPUTIME_ID = 2;
/** A timer does not fire more often than this, or the program would do nothing but take signals. */
const MIN_INTERVAL = 10000;

/** Nanoseconds of virtual time of the next timer that runs on it; NEVER when there is none. */
export function nextTimerNs(p: Process): number {
  let next = p.state.timers[0]!.deadline;
  for (const timer of p.state.posixTimers) if (!onCpu(timer) && timer.deadline < next) next = timer.deadline;
  return next;
}

/** Instruction count of the next timer on processor time; Infinity when there is none. */
export function nextTimerIcount(p: Process): number {
  let next = Math.min(p.state.timers[1]!.deadline, p.state.timers[2]!.deadline);
  for (const timer of p.state.posixTimers) if (onCpu(timer) && timer.deadline < next) next = timer.deadline;
  return next >= NEVER ? Number.POSITIVE_INFINITY : next;
}

function onCpu(timer: PosixTimer): boolean {
  return timer.clock === CLOCK_PROCESS_CPUTIME_ID;
}

/** Signals every timer that is due and sets it again or stops it. */
export function expireTimers(p: Process): void {
  p.state.timers.forEach((timer, which) => {
    const now = which === 0 ? p.now : p.host.icount;
    if (timer.deadline > now) return;
    again(timer, now);
    send(p, 0, { ...signalOf(TIMER_SIGNALS[which]!), code: S.SI_KERNEL, kind: 'kill', pid: 0, uid: 0 });
  });
  for (const timer of p.state.posixTimers) {
    const now = onCpu(timer) ? p.host.icount : p.now;
    if (timer.deadline > now) continue;
    again(timer, now);
    if (timer.sig === 0) continue;
    send(p, timer.tid, { ...signalOf(timer.sig), code: S.SI_TIMER, kind: 'timer', pid: timer.id, value: timer.value });
  }
}

function signalOf(sig: number): QueuedSignal {
  return { sig, code: S.SI_USER, kind: 'kill', pid: PID, uid: UID, value: 0n, why: 'a timer of the program' };
}

function again(timer: IntervalTimer, now: number): void {
  if (timer.interval === 0) {
    timer.deadline = NEVER;
    return;
  }
  const interval = Math.max(timer.interval, MIN_INTERVAL);
  const missed = Math.floor((now - timer.deadline) / interval);
  timer.deadline = Math.min(timer.deadline + (missed + 1) * interval, NEVER);
}

function send(p: Process, tid: number, signal: QueuedSignal): void {
  const thread = tid === 0 ? undefined : p.threadById(tid);
  if (tid !== 0 && thread === undefined) return;
  sendSignal(p, thread, signal);
}
