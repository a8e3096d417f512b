// System calls on signals: actions, masks, sending, waiting, the alternate stack, return from a handler.

import type { GuestAddr } from '../bits.ts';
import { X } from '../guest/riscv64/registers.ts';
import { SLOT_PC } from '../memory/layout.ts';
import type { Blocked, Call, SyscallRow } from './call.ts';
import { NO_RESULT } from './call.ts';
import { EAGAIN, EINTR, EINVAL, ENOMEM, EPERM, ESRCH, fail } from './errno.ts';
import type { QueuedSignal, ThreadState } from './process.ts';
import { NEVER, PID, UID } from './process.ts';
import { SIGINFO_SIZE } from './signal-frame.ts';
import * as S from './signal-numbers.ts';
import {
  acceptSignal,
  altStackFlags,
  dequeue,
  faultSignal,
  forceSignal,
  hasDeliverable,
  isIgnored,
  leaveHandler,
  sendSignal,
} from './signals.ts';

const MIN_STACK = 2048;

function sigaction(c: Call): number {
  const [sig, newAddr, oldAddr] = [c.int(0), c.arg(1), c.arg(2)];
  if (c.arg(3) !== 8 || sig < 1 || sig > S.SIGNAL_COUNT) return -EINVAL;
  const { actions } = c.process.state;
  const old = actions[sig]!;
  let next = old;
  if (newAddr !== 0) {
    if (sig === S.SIGKILL || sig === S.SIGSTOP) return -EINVAL;
    // riscv64 has no sa_restorer: handler, flags, mask.
    next = {
      handler: c.i64(newAddr),
      flags: Number(c.u64(newAddr + 8) & 0xffffffffn),
      mask: c.u64(newAddr + 16) & ~S.UNBLOCKABLE,
    };
  }
  if (oldAddr !== 0) {
    c.put64(oldAddr, old.handler);
    c.put64(oldAddr + 8, old.flags);
    c.put64(oldAddr + 16, old.mask);
  }
  actions[sig] = next;
  if (newAddr !== 0 && isIgnored(c.process, sig)) {
    const { state } = c.process;
    state.pending = state.pending.filter((signal) => signal.sig !== sig);
    for (const thread of state.threads) thread.pending = thread.pending.filter((signal) => signal.sig !== sig);
  }
  return 0;
}

function sigprocmask(c: Call): number {
  const [how, newAddr, oldAddr] = [c.int(0), c.arg(1), c.arg(2)];
  if (c.arg(3) !== 8) return -EINVAL;
  const { thread } = c;
  const old = thread.mask;
  let next = old;
  if (newAddr !== 0) {
    const set = c.u64(newAddr);
    if (how === 0) next = old | set;
    else if (how === 1) next = old & ~set;
    else if (how === 2) next = set;
    else return -EINVAL;
  }
  if (oldAddr !== 0) c.put64(oldAddr, old);
  thread.mask = next & ~S.UNBLOCKABLE;
  return 0;
}

function sigpending(c: Call): number {
  let set = 0n;
  for (const { sig } of [...c.thread.pending, ...c.process.state.pending]) set |= S.bitOf(sig);
  if (c.arg(1) > 8) return -EINVAL;
  c.put64(c.arg(0), set & c.thread.mask);
  return 0;
}

function sigsuspend(c: Call): Blocked {
  const mask = c.signalSet(c.arg(0), c.arg(1)) & ~S.UNBLOCKABLE;
  c.thread.savedMask = c.thread.mask;
  c.thread.mask = mask;
  return { kind: 'suspend', deadline: NEVER, restart: false };
}

function sigtimedwait(c: Call): number | Blocked {
  const [infoAddr, timeoutAddr] = [c.arg(1), c.arg(2)];
  const set = c.signalSet(c.arg(0), c.arg(3)) & ~S.UNBLOCKABLE;
  const timeout = timeoutAddr === 0 ? NEVER : c.timespec(timeoutAddr);
  const signal = dequeue(c.process, c.thread, set);
  if (signal !== undefined) return acceptSignal(c.process, signal, infoAddr);
  if (timeout === 0) return -EAGAIN;
  if (hasDeliverable(c.process, c.thread)) return -EINTR;
  return { kind: 'signal', set, info: infoAddr, deadline: c.process.after(timeout), restart: false };
}

/** What plugins are told as the result of a call that restores all registers (QEMU_ESIGRETURN). */
const RESTORED = -513;

function sigreturn(c: Call): typeof NO_RESULT {
  const { number } = c;
  const from = c.cpu.read(SLOT_PC);
  if (leaveHandler(c.process, c.thread, c.cpu)) c.process.tellReturn(c.cpu, number, RESTORED, from);
  else {
    const signal = faultSignal(S.SIGSEGV, S.SI_KERNEL, 0n);
    forceSignal(c.process, c.thread, { ...signal, why: 'rt_sigreturn without a signal frame on the stack' });
  }
  return NO_RESULT;
}

function sigaltstack(c: Call): number {
  const [newAddr, oldAddr] = [c.arg(0), c.arg(1)];
  const { thread } = c;
  const old = thread.altStack;
  const flags = altStackFlags(old, c.cpu.readNumber(X(2)));
  let next = old;
  if (newAddr !== 0) {
    const wanted = { sp: c.i64(newAddr), flags: c.i32(newAddr + 8), size: c.i64(newAddr + 16) };
    if ((flags & S.SS_ONSTACK) !== 0) return -EPERM;
    const mode = wanted.flags & ~S.SS_AUTODISARM;
    if (mode !== 0 && mode !== S.SS_ONSTACK && mode !== S.SS_DISABLE) return -EINVAL;
    if (mode === S.SS_DISABLE) next = { sp: 0, flags: wanted.flags & S.SS_AUTODISARM, size: 0 };
    else if (wanted.size < MIN_STACK) return -ENOMEM;
    else next = { ...wanted, flags: wanted.flags & S.SS_AUTODISARM };
  }
  if (oldAddr !== 0) {
    c.put64(oldAddr, old.sp);
    c.put32(oldAddr + 8, flags);
    c.put64(oldAddr + 16, old.size);
  }
  thread.altStack = next;
  return 0;
}

function checkSignal(sig: number): void {
  if (sig < 0 || sig > S.SIGNAL_COUNT) fail(EINVAL);
}

function send(c: Call, thread: ThreadState | undefined, sig: number, code: number): number {
  if (sig === 0) return 0;
  const why = 'sent by the program itself';
  sendSignal(c.process, thread, { sig, code, kind: 'kill', pid: PID, uid: UID, value: 0n, why });
  return 0;
}

function kill(c: Call): number {
  const [pid, sig] = [c.int(0), c.int(1)];
  checkSignal(sig);
  // The process is alone: itself, its group and everybody are the same.
  if (pid !== PID && pid !== 0 && pid !== -1 && pid !== -PID) return -ESRCH;
  return send(c, undefined, sig, S.SI_USER);
}

function threadOf(c: Call, tid: number): ThreadState {
  if (tid <= 0) fail(EINVAL);
  return c.process.threadById(tid) ?? fail(ESRCH);
}

function tkill(c: Call): number {
  checkSignal(c.int(1));
  return send(c, threadOf(c, c.int(0)), c.int(1), S.SI_TKILL);
}

function tgkill(c: Call): number {
  checkSignal(c.int(2));
  if (c.int(0) <= 0) return -EINVAL;
  const thread = threadOf(c, c.int(1));
  return c.int(0) === PID ? send(c, thread, c.int(2), S.SI_TKILL) : -ESRCH;
}

/** A siginfo from the guest: only what a program may send itself. */
function queued(c: Call, sig: number, addr: GuestAddr): QueuedSignal {
  const view = c.view(addr, SIGINFO_SIZE);
  return {
    sig,
    code: view.getInt32(8, true),
    kind: 'rt',
    pid: view.getInt32(16, true),
    uid: view.getInt32(20, true),
    value: view.getBigUint64(24, true),
    why: 'sent by the program itself',
  };
}

function sigqueueinfo(c: Call): number {
  checkSignal(c.int(1));
  if (c.int(0) !== PID) return -ESRCH;
  const signal = queued(c, c.int(1), c.arg(2));
  if (signal.sig !== 0) sendSignal(c.process, undefined, signal);
  return 0;
}

function tgsigqueueinfo(c: Call): number {
  checkSignal(c.int(2));
  if (c.int(0) !== PID) return -ESRCH;
  const thread = threadOf(c, c.int(1));
  const signal = queued(c, c.int(2), c.arg(3));
  if (signal.sig !== 0) sendSignal(c.process, thread, signal);
  return 0;
}

export const SIGNAL_SYSCALLS: readonly SyscallRow[] = [
  { number: 129, name: 'kill', args: 'dd', handler: kill },
  { number: 130, name: 'tkill', args: 'dd', handler: tkill },
  { number: 131, name: 'tgkill', args: 'ddd', handler: tgkill },
  { number: 132, name: 'sigaltstack', args: 'xx', handler: sigaltstack },
  { number: 133, name: 'rt_sigsuspend', args: 'xd', handler: sigsuspend },
  { number: 134, name: 'rt_sigaction', args: 'dxxd', handler: sigaction },
  { number: 135, name: 'rt_sigprocmask', args: 'dxxd', handler: sigprocmask },
  { number: 136, name: 'rt_sigpending', args: 'xd', handler: sigpending },
  { number: 137, name: 'rt_sigtimedwait', args: 'xxxd', handler: sigtimedwait },
  { number: 138, name: 'rt_sigqueueinfo', args: 'ddx', handler: sigqueueinfo },
  { number: 139, name: 'rt_sigreturn', args: '', handler: sigreturn },
  { number: 240, name: 'rt_tgsigqueueinfo', args: 'dddx', handler: tgsigqueueinfo },
];
