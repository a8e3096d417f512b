// System calls on clocks, sleeps and timers. Virtual time only: one instruction is one nanosecond, sleeping lets the
// clock jump. CLOCK_REALTIME starts at 2020-01-01T00:00:00Z, the others at 0; processor time counts instructions.

import type { GuestAddr } from '../bits.ts';
import type { Blocked, Call, SyscallRow } from './call.ts';
import { EAGAIN, EINVAL, EPERM, fail } from './errno.ts';
import { EPOCH_SECONDS } from './files.ts';
import type { IntervalTimer } from './process.ts';
import { NEVER } from './process.ts';
import { SIGNAL_COUNT } from './signal-numbers.ts';

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const CLOCK_PROCESS_CPUTIME_ID = 2;
const CLOCK_THREAD_CPUTIME_ID = 3;
const CLOCK_REALTIME_COARSE = 5;
const CLOCK_BOOTTIME = 7;
const CLOCK_REALTIME_ALARM = 8;
const CLOCK_BOOTTIME_ALARM = 9;
const CLOCK_TAI = 11;
const TIMER_ABSTIME = 1;
const MAX_POSIX_TIMERS = 256;
/** clock_t ticks a second. */
const TICK_NS = 1e7;

type ClockKind = 'real' | 'monotonic' | 'cpu';

function kindOf(clock: number): ClockKind {
  if (clock === CLOCK_REALTIME || clock === CLOCK_REALTIME_COARSE) return 'real';
  if (clock === CLOCK_REALTIME_ALARM || clock === CLOCK_TAI) return 'real';
  if (clock === CLOCK_PROCESS_CPUTIME_ID || clock === CLOCK_THREAD_CPUTIME_ID) return 'cpu';
  // Negative numbers name the processor clock of a process or thread; there is one processor.
  if (clock < 0) return 'cpu';
  if (clock >= CLOCK_MONOTONIC && clock <= CLOCK_BOOTTIME_ALARM) return 'monotonic';
  return fail(EINVAL);
}

/** Nanoseconds on the clock, without the epoch of the real-time clock. */
function reading(c: Call, kind: ClockKind): number {
  return kind === 'cpu' ? c.process.host.icount : c.process.now;
}

const baseSeconds = (kind: ClockKind): number => (kind === 'real' ? EPOCH_SECONDS : 0);

function clockGettime(c: Call): number {
  const kind = kindOf(c.int(0));
  const now = reading(c, kind);
  c.put64(c.arg(1), Math.floor(now / 1e9) + baseSeconds(kind));
  c.put64(c.arg(1) + 8, now % 1e9);
  return 0;
}

function clockGetres(c: Call): number {
  kindOf(c.int(0));
  if (c.arg(1) !== 0) c.putTimespec(c.arg(1), 1);
  return 0;
}

function gettimeofday(c: Call): number {
  const now = c.process.now;
  if (c.arg(0) !== 0) {
    c.put64(c.arg(0), EPOCH_SECONDS + Math.floor(now / 1e9));
    c.put64(c.arg(0) + 8, Math.floor((now % 1e9) / 1000));
  }
  if (c.arg(1) !== 0) c.put64(c.arg(1), 0);
  return 0;
}

function sleepUntil(c: Call, deadline: number, remain: GuestAddr): number | Blocked {
  if (c.timedOut || deadline <= c.process.now) return 0;
  return { kind: 'sleep', deadline, remain, restart: false };
}

function nanosleep(c: Call): number | Blocked {
  return sleepUntil(c, c.process.after(c.timespec(c.arg(0))), c.arg(1));
}

function clockNanosleep(c: Call): number | Blocked {
  const kind = kindOf(c.int(0));
  if (c.int(0) === CLOCK_THREAD_CPUTIME_ID) return -EINVAL;
  if (kind === 'cpu' || (c.int(1) & ~TIMER_ABSTIME) !== 0) return kind === 'cpu' ? -95 : -EINVAL;
  if ((c.int(1) & TIMER_ABSTIME) === 0) return sleepUntil(c, c.process.after(c.timespec(c.arg(2))), c.arg(3));
  return sleepUntil(c, absoluteDeadline(c, kind, c.arg(2)), 0);
}

/** Virtual time of an absolute time on a clock. */
export function absoluteDeadline(c: Call, kind: ClockKind, addr: GuestAddr): number {
  c.timespec(addr);
  const seconds = c.i64(addr) - baseSeconds(kind);
  return Math.max(0, Math.min(seconds * 1e9 + c.i64(addr + 8), NEVER));
}

function times(c: Call): number {
  const ticks = Math.floor(c.process.host.icount / TICK_NS);
  if (c.arg(0) !== 0) {
    [ticks, 0, 0, 0].forEach((value, i) => {
      c.put64(c.arg(0) + 8 * i, value);
    });
  }
  return Math.floor(c.process.now / TICK_NS);
}

function getrusage(c: Call): number {
  const who = c.int(0);
  if (who !== 0 && who !== 1 && who !== -1) return -EINVAL;
  const bytes = new Uint8Array(144);
  const view = new DataView(bytes.buffer);
  const used = who === -1 ? 0 : c.process.host.icount;
  view.setBigInt64(0, BigInt(Math.floor(used / 1e9)), true);
  view.setBigInt64(8, BigInt(Math.floor((used % 1e9) / 1000)), true);
  view.setBigInt64(32, 4096n, true); // ru_maxrss, KiB
  c.put(c.arg(1), bytes);
  return 0;
}

// --- interval timers -------------------------------------------------------------------------------------------------

function timeval(c: Call, addr: GuestAddr): number {
  const [seconds, micros] = [c.i64(addr), c.i64(addr + 8)];
  if (seconds < 0 || micros < 0 || micros >= 1e6) fail(EINVAL);
  return Math.min(seconds * 1e9 + micros * 1000, NEVER);
}

function putTimer(c: Call, addr: GuestAddr, timer: IntervalTimer, now: number, unit: number): void {
  const left = timer.deadline === NEVER ? 0 : Math.max(unit, timer.deadline - now);
  c.put64(addr, Math.floor(timer.interval / 1e9));
  c.put64(addr + 8, Math.floor((timer.interval % 1e9) / unit));
  c.put64(addr + 16, Math.floor(left / 1e9));
  c.put64(addr + 24, Math.floor((left % 1e9) / unit));
}

/** ITIMER_REAL runs on virtual time, ITIMER_VIRTUAL and ITIMER_PROF on instructions. */
const timerClock = (c: Call, which: number): number => (which === 0 ? c.process.now : c.process.host.icount);

function getitimer(c: Call): number {
  const timer = c.process.state.timers[c.int(0)];
  if (timer === undefined) return -EINVAL;
  putTimer(c, c.arg(1), timer, timerClock(c, c.int(0)), 1000);
  return 0;
}

function setitimer(c: Call): number {
  const which = c.int(0);
  const timer = c.process.state.timers[which];
  if (timer === undefined) return -EINVAL;
  const addr = c.arg(1);
  const interval = addr === 0 ? 0 : timeval(c, addr);
  const value = addr === 0 ? 0 : timeval(c, addr + 16);
  const now = timerClock(c, which);
  if (c.arg(2) !== 0) putTimer(c, c.arg(2), timer, now, 1000);
  timer.interval = interval;
  timer.deadline = value === 0 ? NEVER : Math.min(now + value, NEVER);
  return 0;
}

const SIGEV_SIGNAL = 0;
const SIGEV_NONE = 1;
const SIGEV_THREAD_ID = 4;

function timerCreate(c: Call): number {
  const kind = kindOf(c.int(0));
  const { state } = c.process;
  if (state.posixTimers.length >= MAX_POSIX_TIMERS) return -EAGAIN;
  const event = c.arg(1);
  let [sig, tid, value] = [14, 0, BigInt(state.nextTimer)];
  if (event !== 0) {
    value = c.u64(event);
    sig = c.i32(event + 8);
    const notify = c.i32(event + 12);
    if (notify === SIGEV_THREAD_ID) tid = c.i32(event + 16);
    else if (notify === SIGEV_NONE) sig = 0;
    else if (notify !== SIGEV_SIGNAL) return -EINVAL;
    if (sig < 0 || sig > SIGNAL_COUNT || (sig === 0 && notify !== SIGEV_NONE)) return -EINVAL;
    if (tid !== 0 && c.process.threadById(tid) === undefined) return -EINVAL;
  }
  c.put32(c.arg(2), state.nextTimer);
  const clock = kind === 'cpu' ? CLOCK_PROCESS_CPUTIME_ID : kind === 'real' ? CLOCK_REALTIME : CLOCK_BOOTTIME;
  state.posixTimers.push({ id: state.nextTimer++, clock, sig, tid, value, deadline: NEVER, interval: 0 });
  return 0;
}

function posixTimer(c: Call) {
  return c.process.state.posixTimers.find((timer) => timer.id === c.int(0)) ?? fail(EINVAL);
}

function timerSettime(c: Call): number {
  const timer = posixTimer(c);
  const addr = c.arg(2);
  if (addr === 0) return -EINVAL;
  const kind = kindOf(timer.clock);
  const now = reading(c, kind);
  const interval = c.timespec(addr);
  const value = c.timespec(addr + 16);
  const absolute = (c.int(1) & TIMER_ABSTIME) !== 0;
  const deadline = absolute ? absoluteDeadline(c, kind, addr + 16) : Math.min(now + value, NEVER);
  if (c.arg(3) !== 0) putTimer(c, c.arg(3), timer, now, 1);
  timer.interval = interval;
  timer.deadline = value === 0 ? NEVER : deadline;
  return 0;
}

function timerGettime(c: Call): number {
  const timer = posixTimer(c);
  putTimer(c, c.arg(1), timer, reading(c, kindOf(timer.clock)), 1);
  return 0;
}

function timerDelete(c: Call): number {
  const timer = posixTimer(c);
  const { state } = c.process;
  state.posixTimers = state.posixTimers.filter((other) => other !== timer);
  return 0;
}

export const TIME_SYSCALLS: readonly SyscallRow[] = [
  { number: 101, name: 'nanosleep', args: 'xx', handler: nanosleep },
  { number: 102, name: 'getitimer', args: 'dx', handler: getitimer },
  { number: 103, name: 'setitimer', args: 'dxx', handler: setitimer },
  { number: 107, name: 'timer_create', args: 'dxx', handler: timerCreate },
  { number: 108, name: 'timer_gettime', args: 'dx', handler: timerGettime },
  {
    number: 109,
    name: 'timer_getoverrun',
    args: 'd',
    handler: (c) => {
      posixTimer(c);
      return 0;
    },
  },
  { number: 110, name: 'timer_settime', args: 'dxxx', handler: timerSettime },
  { number: 111, name: 'timer_delete', args: 'd', handler: timerDelete },
  { number: 112, name: 'clock_settime', args: 'dx', handler: () => -EPERM },
  { number: 113, name: 'clock_gettime', args: 'dx', handler: clockGettime },
  { number: 114, name: 'clock_getres', args: 'dx', handler: clockGetres },
  { number: 115, name: 'clock_nanosleep', args: 'dxxx', handler: clockNanosleep },
  { number: 153, name: 'times', args: 'x', handler: times },
  { number: 165, name: 'getrusage', args: 'dx', handler: getrusage },
  { number: 169, name: 'gettimeofday', args: 'xx', handler: gettimeofday },
];
