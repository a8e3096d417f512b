// Signals of the process: queueing, choosing who takes one, running handlers on guest stacks, default actions. Follows
// Linux: faults first, then the lowest number, a thread's own before the process's; one of each below SIGRTMIN.
// A waiting thread keeps its pc at the ecall and its arguments untouched, so that a restarted call needs no memory.

import type { GuestAddr } from '../bits.ts';
import { hex } from '../bits.ts';
import type { Cpu } from '../exec/cpu.ts';
import { SLOT_RES_ADDR, X } from '../guest/riscv64/registers.ts';
import { SLOT_PC } from '../memory/layout.ts';
import { EFAULT, EINTR } from './errno.ts';
import type { AltStack, Process, QueuedSignal, SignalAction, ThreadState, Wait } from './process.ts';
import { decodeFrame, encodeFrame, encodeSiginfo, FRAME_SIZE, FRAME_UCONTEXT } from './signal-frame.ts';
import * as S from './signal-numbers.ts';

const MAX_QUEUED = 4096;

/** Queues a signal for a thread, or for the process (the first thread that can take it). */
export function sendSignal(p: Process, thread: ThreadState | undefined, signal: QueuedSignal): void {
  const first = thread ?? p.state.threads[0];
  if (first === undefined || p.state.ended) return;
  const bit = S.bitOf(signal.sig);
  const awaited = p.state.threads.some((t) => t.wait?.kind === 'signal' && (t.wait.set & bit) !== 0n);
  if (isIgnored(p, signal.sig) && (first.mask & bit) === 0n && !awaited) return;
  const queue = thread === undefined ? p.state.pending : thread.pending;
  if (signal.sig < S.SIGRTMIN && queue.some((other) => other.sig === signal.sig)) return;
  if (queue.length >= MAX_QUEUED) return;
  queue.push(signal);
  if (thread !== undefined) wake(p, thread, bit);
  else for (const candidate of p.state.threads) if (wake(p, candidate, bit)) break;
}

/** Ends the thread's wait when the signal may end it. True when this thread takes the signal. */
function wake(p: Process, thread: ThreadState, bit: bigint): boolean {
  const wait = thread.wait;
  if (wait?.kind === 'signal' && (wait.set & bit) !== 0n) {
    const signal = dequeue(p, thread, wait.set)!;
    p.complete(thread, acceptSignal(p, signal, wait.info));
    return true;
  }
  if ((thread.mask & bit & ~S.UNBLOCKABLE) !== 0n) return false;
  if (wait !== null) interrupt(p, thread, wait);
  return true;
}

/** Result of sigtimedwait for a signal taken from the queue. */
export function acceptSignal(p: Process, signal: QueuedSignal, info: GuestAddr): number {
  if (info !== 0 && !p.memory.write(info, encodeSiginfo(signal))) return -EFAULT;
  return signal.sig;
}

/** Breaks off a wait: the thread runs again, to take a signal first (deliver). */
export function interrupt(p: Process, thread: ThreadState, wait: Wait): void {
  let result = -EINTR;
  if (wait.kind === 'descriptors' && wait.progress > 0) result = wait.progress;
  if (wait.kind === 'sleep' && wait.remain !== 0) {
    const left = Math.max(0, wait.deadline - p.now);
    p.memory.writeU64(wait.remain, BigInt(Math.floor(left / 1e9)));
    p.memory.writeU64(wait.remain + 8, BigInt(left % 1e9));
  }
  thread.wait = null;
  thread.interrupted = { restart: wait.restart && result < 0, result };
}

export function isIgnored(p: Process, sig: number): boolean {
  const { handler } = p.state.actions[sig]!;
  return handler === S.SIG_IGN || (handler === S.SIG_DFL && S.defaultAction(sig) === 'ignore');
}

/** Takes the next signal out of the thread's or the process's queue that is in `set`. */
export function dequeue(p: Process, thread: ThreadState, set: bigint): QueuedSignal | undefined {
  return take(thread.pending, set) ?? take(p.state.pending, set);
}

function take(queue: QueuedSignal[], set: bigint): QueuedSignal | undefined {
  let best = -1;
  let bestRank = Number.POSITIVE_INFINITY;
  for (let i = 0; i < queue.length; i++) {
    const bit = S.bitOf(queue[i]!.sig);
    if ((bit & set) === 0n) continue;
    const rank = (bit & S.SYNCHRONOUS) !== 0n ? queue[i]!.sig : queue[i]!.sig + 100;
    if (rank < bestRank) {
      best = i;
      bestRank = rank;
    }
  }
  return best < 0 ? undefined : queue.splice(best, 1)[0];
}

/** True when the thread has a signal to take. */
export function hasDeliverable(p: Process, thread: ThreadState): boolean {
  if (thread.pending.length === 0 && p.state.pending.length === 0) return false;
  const open = ~thread.mask | S.UNBLOCKABLE;
  return [...thread.pending, ...p.state.pending].some((signal) => (S.bitOf(signal.sig) & open) !== 0n);
}

/** A fault of the thread's own instruction: cannot be put off or ignored. */
export function forceSignal(p: Process, thread: ThreadState, signal: QueuedSignal): void {
  const bit = S.bitOf(signal.sig);
  if ((thread.mask & bit) !== 0n || p.state.actions[signal.sig]!.handler === S.SIG_IGN) {
    p.state.actions[signal.sig] = { handler: S.SIG_DFL, flags: 0, mask: 0n };
    thread.mask &= ~bit;
  }
  thread.pending = thread.pending.filter((other) => other.sig !== signal.sig);
  thread.pending.push(signal);
  deliver(p, thread);
}

/**
 * Takes the signals the thread can take now: sets up handlers, or does the default action. A call that a signal ended
 * gets its result first. Returns true when the pc changed.
 */
export function deliver(p: Process, thread: ThreadState): boolean {
  let moved = false;
  while (!p.state.ended) {
    const signal = dequeue(p, thread, ~thread.mask | S.UNBLOCKABLE);
    if (signal === undefined) break;
    const action = p.state.actions[signal.sig]!;
    if (action.handler === S.SIG_IGN) continue;
    if (action.handler === S.SIG_DFL) {
      const what = S.defaultAction(signal.sig);
      if (what === 'kill') kill(p, thread, signal);
      else if (what === 'stop') p.warnOnce(`${S.signalName(signal.sig)} ignored: nobody could continue the program`);
      continue;
    }
    const broken = thread.interrupted;
    thread.interrupted = null;
    if (broken !== null && !(broken.restart && (action.flags & S.SA_RESTART) !== 0)) {
      p.complete(thread, broken.result);
    }
    enterHandler(p, thread, signal, action);
    moved = true;
  }
  // Nothing was taken: the call starts again, with the mask it began with.
  thread.interrupted = null;
  if (thread.savedMask !== null && thread.wait === null) {
    thread.mask = thread.savedMask;
    thread.savedMask = null;
  }
  return moved;
}

function onAltStack(stack: AltStack, sp: GuestAddr): boolean {
  return stack.size > 0 && sp > stack.sp && sp <= stack.sp + stack.size;
}

/** Flags of the alternate stack as sigaltstack reports them. */
export function altStackFlags(stack: AltStack, sp: GuestAddr): number {
  const kept = stack.flags & S.SS_AUTODISARM;
  if (stack.size === 0) return kept | S.SS_DISABLE;
  return kept | (onAltStack(stack, sp) ? S.SS_ONSTACK : 0);
}

function enterHandler(p: Process, thread: ThreadState, signal: QueuedSignal, action: SignalAction): void {
  const cpu = p.cpuOf(thread);
  const sp = cpu.readNumber(X(2));
  const alt = thread.altStack;
  const autoDisarmed = (alt.flags & S.SS_AUTODISARM) !== 0;
  const switches = (action.flags & S.SA_ONSTACK) !== 0 && alt.size > 0 && (autoDisarmed || !onAltStack(alt, sp));
  const top = switches ? alt.sp + alt.size : sp;
  const frame = Math.floor((top - FRAME_SIZE) / 16) * 16;
  const overflow = !switches && onAltStack(alt, sp) && !onAltStack(alt, frame + 1);
  const stack: AltStack = { ...alt, flags: altStackFlags(alt, sp) };
  const bytes = encodeFrame(cpu, signal, thread.savedMask ?? thread.mask, stack);
  if (overflow || !p.memory.write(frame, bytes)) {
    const why = `no room on the stack at ${hex(frame)} for the frame of ${S.signalName(signal.sig)}`;
    const fault: QueuedSignal = { ...faultSignal(S.SIGSEGV, S.SI_KERNEL, 0n), why };
    // A handler for SIGSEGV cannot run either when its own frame did not fit.
    if (signal.sig === S.SIGSEGV) p.state.actions[S.SIGSEGV] = { handler: S.SIG_DFL, flags: 0, mask: 0n };
    forceSignal(p, thread, fault);
    return;
  }
  thread.savedMask = null;
  if (autoDisarmed) thread.altStack = { sp: 0, flags: S.SS_DISABLE, size: 0 };
  cpu.writeNumber(X(1), p.trampoline);
  cpu.writeNumber(X(2), frame);
  cpu.writeNumber(X(10), signal.sig);
  cpu.writeNumber(X(11), frame);
  cpu.writeNumber(X(12), frame + FRAME_UCONTEXT);
  const from = cpu.read(SLOT_PC);
  cpu.pc = action.handler;
  cpu.writeNumber(SLOT_RES_ADDR, -1);
  thread.mask |= action.mask;
  if ((action.flags & S.SA_NODEFER) === 0) thread.mask |= S.bitOf(signal.sig);
  thread.mask &= ~S.UNBLOCKABLE;
  p.host.event({
    kind: 'signal',
    cpu: thread.cpu,
    detail: [BigInt(signal.sig), BigInt(signal.code), BigInt.asUintN(64, signal.value)],
    text: `${S.signalName(signal.sig)} to thread ${thread.tid}, handler ${hex(action.handler)}`,
  });
  if ((action.flags & S.SA_RESETHAND) !== 0) action.handler = S.SIG_DFL;
  p.host.plugins?.discontinuity(cpu, signal.kind === 'fault' ? 'exception' : 'interrupt', from);
}

/** rt_sigreturn: false when there is no frame at the stack pointer. */
export function leaveHandler(p: Process, thread: ThreadState, cpu: Cpu): boolean {
  const bytes = p.memory.read(cpu.readNumber(X(2)), FRAME_SIZE);
  if (bytes === undefined) return false;
  const { mask, stack } = decodeFrame(cpu, bytes);
  cpu.writeNumber(SLOT_RES_ADDR, -1);
  thread.mask = mask & ~S.UNBLOCKABLE;
  if (stack.size > 0) thread.altStack = { ...stack, flags: stack.flags & S.SS_AUTODISARM };
  return true;
}

export function faultSignal(sig: number, code: number, addr: bigint): QueuedSignal {
  return { sig, code, kind: 'fault', pid: 0, uid: 0, value: addr, why: '' };
}

function kill(p: Process, thread: ThreadState, signal: QueuedSignal): void {
  const name = S.signalName(signal.sig);
  const why = signal.why === '' ? '' : `: ${signal.why}`;
  p.host.event({
    kind: 'signal',
    cpu: thread.cpu,
    detail: [BigInt(signal.sig), BigInt(signal.code), BigInt.asUintN(64, signal.value)],
    text: `${name} kills the process`,
  });
  p.host.warn(`${name} at pc ${p.describe(p.cpuOf(thread).pc)}${why}`);
  p.exit(128 + signal.sig, name);
}
