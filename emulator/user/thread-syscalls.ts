// System calls on threads: clone, exit, futex, robust lists, scheduling. A thread is a vCPU; which one runs is the
// machine's business, and the same in every run. Processes are not made: fork and vfork answer ENOSYS, by name.

import type { GuestAddr } from '../bits.ts';
import { SLOT_RES_ADDR, X } from '../guest/riscv64/registers.ts';
import { SLOT_FP_FLAGS, SLOT_FP_MODE, SLOT_ISA } from '../memory/layout.ts';
import type { Blocked, Call, SyscallRow } from './call.ts';
import { NO_RESULT } from './call.ts';
import { EAGAIN, ECHILD, EFAULT, EINVAL, ENOSYS, EPERM, ESRCH, ETIMEDOUT } from './errno.ts';
import { MATCH_ANY, requeueFutex, wakeFutex } from './futex.ts';
import { writeBackAll } from './memory-syscalls.ts';
import type { Process, ThreadState } from './process.ts';
import { NEVER, PID } from './process.ts';
import { absoluteDeadline } from './time-syscalls.ts';

const CLONE_VM = 0x100;
const CLONE_FS = 0x200;
const CLONE_FILES = 0x400;
const CLONE_SIGHAND = 0x800;
const CLONE_THREAD = 0x10000;
const CLONE_SETTLS = 0x80000;
const CLONE_PARENT_SETTID = 0x100000;
const CLONE_CHILD_CLEARTID = 0x200000;
const CLONE_CHILD_SETTID = 0x1000000;
const NEEDED = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
const REGISTERS_END = SLOT_ISA + 64;

interface CloneArgs {
  readonly flags: number;
  readonly stack: GuestAddr;
  readonly parentTid: GuestAddr;
  readonly childTid: GuestAddr;
  readonly tls: bigint;
}

function yieldTurn(c: Call): number {
  c.process.host.yieldTurn();
  return 0;
}

function startThread(c: Call, args: CloneArgs): number {
  const p = c.process;
  if ((args.flags & NEEDED) !== NEEDED) {
    p.warnOnce('clone without sharing everything (fork, vfork, posix_spawn) is not supported: it fails with ENOSYS');
    return -ENOSYS;
  }
  if ((args.flags & CLONE_PARENT_SETTID) !== 0) c.writable(args.parentTid, 4);
  const cpu = p.host.addCpu();
  if (cpu === undefined) return -EAGAIN;
  const thread = p.addThread(cpu);
  for (let slot = SLOT_ISA; slot < REGISTERS_END; slot++) cpu.write(slot, c.cpu.read(slot));
  cpu.write(SLOT_FP_MODE, c.cpu.read(SLOT_FP_MODE));
  cpu.write(SLOT_FP_FLAGS, c.cpu.read(SLOT_FP_FLAGS));
  cpu.writeNumber(SLOT_RES_ADDR, -1);
  cpu.pc = c.cpu.pc + 4;
  cpu.writeNumber(X(10), 0);
  if (args.stack !== 0) cpu.writeNumber(X(2), args.stack);
  if ((args.flags & CLONE_SETTLS) !== 0) cpu.write(X(4), args.tls);
  if ((args.flags & CLONE_PARENT_SETTID) !== 0) c.put32(args.parentTid, thread.tid);
  if ((args.flags & CLONE_CHILD_SETTID) !== 0) p.memory.writeUint(args.childTid, 4, thread.tid);
  if ((args.flags & CLONE_CHILD_CLEARTID) !== 0) thread.clearTid = args.childTid;
  thread.mask = c.thread.mask;
  thread.name = c.thread.name;
  return thread.tid;
}

function clone(c: Call): number {
  const [flags, stack, parentTid, childTid] = [c.int(0), c.arg(1), c.arg(2), c.arg(4)];
  return startThread(c, { flags, stack, parentTid, childTid, tls: c.wide(3) });
}

function clone3(c: Call): number {
  const [addr, size] = [c.arg(0), c.arg(1)];
  if (size < 64 || size > 4096) return -EINVAL;
  const view = c.view(addr, size);
  const at = (offset: number): number => Number(view.getBigInt64(offset, true));
  const [flags, childTid, parentTid, stack, stackSize] = [at(0), at(16), at(24), at(40), at(48)];
  if (flags >= 2 ** 32 || flags < 0 || (stack === 0) !== (stackSize === 0)) return -EINVAL;
  const tls = view.getBigUint64(56, true);
  return startThread(c, { flags: flags | 0, stack: stack + stackSize, parentTid, childTid, tls });
}

const FUTEX_OWNER_DIED = 0x40000000;
const FUTEX_WAITERS = 0x80000000;
const FUTEX_TID_MASK = 0x3fffffff;
const MAX_ROBUST = 2048;

/** Marks the robust mutexes the thread still holds, as the kernel does for it when it dies. */
function releaseRobust(p: Process, thread: ThreadState): void {
  const read = (addr: GuestAddr): number | undefined => {
    const value = p.memory.readU64(addr);
    return value === undefined ? undefined : Number(BigInt.asIntN(64, value));
  };
  const head = thread.robustList;
  if (head === 0) return;
  const offset = read(head + 8);
  const pendingEntry = read(head + 16);
  let entry = read(head);
  if (offset === undefined) return;
  for (let i = 0; i < MAX_ROBUST && entry !== undefined && entry !== head; i++) {
    // Bit 0 marks a priority-inheriting mutex.
    const next = read(entry - (entry & 1));
    if (entry !== pendingEntry) markOwnerDied(p, thread, entry - (entry & 1) + offset);
    entry = next;
  }
  if (pendingEntry !== undefined && pendingEntry !== 0) markOwnerDied(p, thread, pendingEntry + offset);
}

function markOwnerDied(p: Process, thread: ThreadState, futex: GuestAddr): void {
  const value = p.memory.readUint(futex, 4);
  if (value === undefined || (value & FUTEX_TID_MASK) !== thread.tid) return;
  p.memory.writeUint(futex, 4, ((value & FUTEX_WAITERS) | FUTEX_OWNER_DIED) >>> 0);
  if ((value & FUTEX_WAITERS) !== 0) wakeFutex(p, futex, 1);
}

function exitThread(c: Call): typeof NO_RESULT {
  const { process: p, thread, cpu } = c;
  const status = c.int(0) & 255;
  if (thread.tid === PID) p.state.leaderStatus = status;
  releaseRobust(p, thread);
  if (thread.clearTid !== 0) {
    p.memory.writeUint(thread.clearTid, 4, 0);
    wakeFutex(p, thread.clearTid, 1);
  }
  p.state.threads = p.state.threads.filter((other) => other !== thread);
  if (p.state.threads.length === 0) {
    writeBackAll(p);
    p.exit(p.state.leaderStatus);
  } else {
    p.host.removeCpu(cpu);
  }
  return NO_RESULT;
}

function exitGroup(c: Call): typeof NO_RESULT {
  writeBackAll(c.process);
  c.process.exit(c.int(0) & 255);
  return NO_RESULT;
}

// --- futex -----------------------------------------------------------------------------------------------------------

const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
const FUTEX_REQUEUE = 3;
const FUTEX_CMP_REQUEUE = 4;
const FUTEX_WAKE_OP = 5;
const FUTEX_WAIT_BITSET = 9;
const FUTEX_WAKE_BITSET = 10;
const FUTEX_CLOCK_REALTIME = 256;

function futexWait(c: Call, addr: GuestAddr, bits: number, absolute: boolean): number | Blocked {
  if (c.timedOut) return -ETIMEDOUT;
  if (bits === 0) return -EINVAL;
  const timeoutAddr = c.arg(3);
  let deadline = NEVER;
  if (timeoutAddr !== 0) {
    const real = (c.int(1) & FUTEX_CLOCK_REALTIME) !== 0;
    if (absolute) deadline = absoluteDeadline(c, real ? 'real' : 'monotonic', timeoutAddr);
    else deadline = c.process.after(c.timespec(timeoutAddr));
  }
  if (c.u32(addr) !== c.int(2) >>> 0) return -EAGAIN;
  if (deadline <= c.process.now) return -ETIMEDOUT;
  return { kind: 'futex', addr, bits, deadline, restart: timeoutAddr === 0 };
}

/** FUTEX_WAKE_OP: changes the second word as told, wakes on the first, and on the second if the old value compares. */
function wakeOp(c: Call, addr: GuestAddr, second: GuestAddr): number {
  const code = c.int(5);
  const [op, compare] = [(code >> 28) & 7, (code >> 24) & 15];
  const signed12 = (value: number): number => (value << 20) >> 20;
  const comparand = signed12(code);
  let operand = signed12(code >> 12);
  if ((code & 0x80000000) !== 0) operand = 1 << (operand & 31);
  const old = c.i32(second);
  const results = [operand, old + operand, old | operand, old & ~operand, old ^ operand];
  const compared = [
    old === comparand,
    old !== comparand,
    old < comparand,
    old <= comparand,
    old > comparand,
    old >= comparand,
  ];
  if (results[op] === undefined || compared[compare] === undefined) return -ENOSYS;
  c.put32(second, results[op]);
  const woken = wakeFutex(c.process, addr, c.int(2));
  return woken + (compared[compare] ? wakeFutex(c.process, second, c.int(3)) : 0);
}

function futex(c: Call): number | Blocked {
  const addr = c.arg(0);
  const command = c.int(1) & 127;
  const p = c.process;
  if (addr % 4 !== 0) return -EINVAL;
  if (!p.memory.allows(addr, 4, 1)) return -EFAULT;
  switch (command) {
    case FUTEX_WAIT:
      return futexWait(c, addr, MATCH_ANY, false);
    case FUTEX_WAIT_BITSET:
      return futexWait(c, addr, c.int(5), true);
    case FUTEX_WAKE:
      return wakeFutex(p, addr, Math.max(1, c.int(2)));
    case FUTEX_WAKE_BITSET:
      return c.int(5) === 0 ? -EINVAL : wakeFutex(p, addr, Math.max(1, c.int(2)), c.int(5));
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE: {
      const [wakeCount, moveCount, to] = [c.int(2), c.int(3), c.arg(4)];
      if (wakeCount < 0 || moveCount < 0 || to % 4 !== 0) return -EINVAL;
      if (!p.memory.allows(to, 4, 1)) return -EFAULT;
      if (command === FUTEX_CMP_REQUEUE && c.u32(addr) !== c.int(5) >>> 0) return -EAGAIN;
      const woken = wakeFutex(p, addr, wakeCount);
      return woken + requeueFutex(p, addr, to, moveCount);
    }
    case FUTEX_WAKE_OP: {
      const second = c.arg(4);
      return second % 4 !== 0 ? -EINVAL : wakeOp(c, addr, second);
    }
    default:
      // Priority-inheriting locks: C libraries report them as unsupported.
      return -ENOSYS;
  }
}

// --- the rest --------------------------------------------------------------------------------------------------------

function getRobustList(c: Call): number {
  const tid = c.int(0);
  const thread = tid === 0 ? c.thread : c.process.threadById(tid);
  if (thread === undefined) return -ESRCH;
  c.put64(c.arg(1), thread.robustList);
  c.put64(c.arg(2), 24);
  return 0;
}

function getAffinity(c: Call): number {
  const [tid, size] = [c.int(0), c.arg(1)];
  if (tid !== 0 && c.process.threadById(tid) === undefined) return -ESRCH;
  if (size < 8 || size % 8 !== 0) return -EINVAL;
  c.put64(c.arg(2), 1);
  return 8;
}

function knownThread(c: Call, result: number): number {
  const tid = c.int(0);
  return tid === 0 || c.process.threadById(tid) !== undefined ? result : -ESRCH;
}

/** SCHED_OTHER has the single priority 0. */
function setScheduler(c: Call): number {
  if (c.int(1) !== 0 && c.int(1) !== 3 && c.int(1) !== 5) return -EPERM;
  return knownThread(c, c.i32(c.arg(2)) === 0 ? 0 : -EINVAL);
}

function priorityLimit(c: Call, realTime: number): number {
  const policy = c.int(0);
  if (policy === 1 || policy === 2) return realTime;
  return policy === 0 || policy === 3 || policy === 5 ? 0 : -EINVAL;
}

export const THREAD_SYSCALLS: readonly SyscallRow[] = [
  { number: 93, name: 'exit', args: 'd', handler: exitThread },
  { number: 94, name: 'exit_group', args: 'd', handler: exitGroup },
  {
    number: 95,
    name: 'waitid',
    args: 'ddxxx',
    handler: () => -ECHILD,
  },
  {
    number: 96,
    name: 'set_tid_address',
    args: 'x',
    handler: (c) => {
      c.thread.clearTid = c.arg(0);
      return c.thread.tid;
    },
  },
  { number: 98, name: 'futex', args: 'xxdxxd', handler: futex },
  {
    number: 99,
    name: 'set_robust_list',
    args: 'xd',
    handler: (c) => {
      if (c.arg(1) !== 24) return -EINVAL;
      c.thread.robustList = c.arg(0);
      return 0;
    },
  },
  { number: 100, name: 'get_robust_list', args: 'dxx', handler: getRobustList },
  {
    number: 118,
    name: 'sched_setparam',
    args: 'dx',
    handler: (c) => knownThread(c, c.i32(c.arg(1)) === 0 ? 0 : -EINVAL),
  },
  { number: 119, name: 'sched_setscheduler', args: 'ddx', handler: setScheduler },
  { number: 120, name: 'sched_getscheduler', args: 'd', handler: (c) => knownThread(c, 0) },
  {
    number: 121,
    name: 'sched_getparam',
    args: 'dx',
    handler: (c) => {
      c.put32(c.arg(1), 0);
      return knownThread(c, 0);
    },
  },
  {
    number: 122,
    name: 'sched_setaffinity',
    args: 'ddx',
    handler: (c) => knownThread(c, c.u32(c.arg(2)) & 1 ? 0 : -EINVAL),
  },
  { number: 123, name: 'sched_getaffinity', args: 'ddx', handler: getAffinity },
  { number: 124, name: 'sched_yield', args: '', handler: yieldTurn },
  { number: 125, name: 'sched_get_priority_max', args: 'd', handler: (c) => priorityLimit(c, 99) },
  { number: 126, name: 'sched_get_priority_min', args: 'd', handler: (c) => priorityLimit(c, 1) },
  { number: 178, name: 'gettid', args: '', handler: (c) => c.thread.tid },
  { number: 220, name: 'clone', args: 'xxxxx', handler: clone },
  { number: 260, name: 'wait4', args: 'dxxx', handler: () => -ECHILD },
  { number: 435, name: 'clone3', args: 'xd', handler: clone3 },
];
