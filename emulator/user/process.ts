// The process: its plain-data state (threads, signals, timers, counters), virtual time, and the parts that do the work
// (address space, descriptors, file system). System calls and signals are functions over it. Everything in `state` is
// data that structuredClone copies; nothing here remembers anything outside of it.

import type { GuestAddr } from '../bits.ts';
import type { Cpu } from '../exec/cpu.ts';
import type { PlatformHost } from '../exec/platform.ts';
import { X } from '../guest/riscv64/registers.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { SLOT_PC } from '../memory/layout.ts';
import { must } from '../must.ts';
import type { AddressSpace } from './address-space.ts';
import type { Descriptors } from './descriptors.ts';
import { EINTR } from './errno.ts';
import type { FileSystem } from './files.ts';
import type { Random } from './random.ts';
import type { StandardStreams } from './streams.ts';
import type { SymbolTable } from './symbols.ts';

/** Fixed identity: the same in every run. */
export const PID = 1000;
export const PPID = 999;
export const UID = 1000;
export const GID = 1000;

/** A deadline that never comes. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** Why a thread does not run. Deadlines are in nanoseconds of virtual time; `order` makes queues first in, first out. */
export type Wait = WaitCommon &
  (
    | { kind: 'futex'; addr: GuestAddr; bits: number }
    /** `remain`: where the time left goes when a signal ends the sleep; 0 for nowhere. */
    | { kind: 'sleep'; remain: GuestAddr }
    /** The call is tried again whenever a descriptor changes; `progress` bytes are done. */
    | { kind: 'descriptors'; progress: number }
    | { kind: 'signal'; set: bigint; info: GuestAddr }
    /** sigsuspend and pause. */
    | { kind: 'suspend' }
  );

interface WaitCommon {
  deadline: number;
  order: number;
  /** A signal handler with SA_RESTART lets the call start again. */
  restart: boolean;
}

export interface QueuedSignal {
  sig: number;
  /** si_code. */
  code: number;
  /** What siginfo carries: sender (kill, rt), an address (faults) or a timer. */
  kind: 'kill' | 'rt' | 'fault' | 'timer';
  pid: number;
  uid: number;
  value: bigint;
  /** For the person, when it kills: `store to unmapped address 0x0`. */
  why: string;
}

export interface AltStack {
  sp: GuestAddr;
  flags: number;
  size: number;
}

export interface ThreadState {
  tid: number;
  /** Index of its vCPU. */
  cpu: number;
  mask: bigint;
  /** The mask to return to after sigsuspend, ppoll and the like. */
  savedMask: bigint | null;
  pending: QueuedSignal[];
  altStack: AltStack;
  wait: Wait | null;
  /** A signal ended the wait: the call's result unless it restarts. */
  interrupted: { restart: boolean; result: number } | null;
  /** CLONE_CHILD_CLEARTID address. */
  clearTid: GuestAddr;
  robustList: GuestAddr;
  name: string;
}

export interface SignalAction {
  handler: GuestAddr;
  flags: number;
  mask: bigint;
}

/** An interval timer: REAL counts virtual time, VIRTUAL and PROF count instructions. */
export interface IntervalTimer {
  deadline: number;
  interval: number;
}

export interface PosixTimer {
  id: number;
  clock: number;
  sig: number;
  /** Thread to signal; 0 = the process. */
  tid: number;
  value: bigint;
  deadline: number;
  interval: number;
}

export interface ProcessState {
  threads: ThreadState[];
  nextTid: number;
  nextOrder: number;
  actions: SignalAction[];
  pending: QueuedSignal[];
  timers: IntervalTimer[];
  posixTimers: PosixTimer[];
  nextTimer: number;
  /** Nanoseconds that passed while no thread could run. */
  idleNs: number;
  cwd: string;
  umask: number;
  limits: [bigint, bigint][];
  /** Exit status of the main thread, for a process whose last thread to leave is another. */
  leaderStatus: number;
  ended: boolean;
}

export interface ProcessParts {
  readonly host: PlatformHost;
  readonly memory: GuestMemory;
  readonly files: FileSystem;
  readonly space: AddressSpace;
  readonly descriptors: Descriptors;
  readonly streams: StandardStreams;
  readonly random: Random;
  readonly symbols: SymbolTable;
  /** Absolute path of the program (/proc/self/exe). */
  readonly exePath: string;
  readonly argv: readonly string[];
  /** Where signal handlers return to. */
  readonly trampoline: GuestAddr;
  readonly stackBytes: number;
}

export class Process {
  readonly host: PlatformHost;
  readonly memory: GuestMemory;
  readonly files: FileSystem;
  readonly space: AddressSpace;
  readonly descriptors: Descriptors;
  readonly streams: StandardStreams;
  readonly random: Random;
  readonly symbols: SymbolTable;
  readonly exePath: string;
  readonly argv: readonly string[];
  readonly trampoline: GuestAddr;
  state: ProcessState;
  /** Told of each result while the arguments are still in the registers. */
  onResult: (cpu: Cpu, result: number) => void = () => {};
  /** Things said once. Not state: a rollback must not say them again. */
  private readonly said = new Set<string>();

  constructor(parts: ProcessParts) {
    this.host = parts.host;
    this.memory = parts.memory;
    this.files = parts.files;
    this.space = parts.space;
    this.descriptors = parts.descriptors;
    this.streams = parts.streams;
    this.random = parts.random;
    this.symbols = parts.symbols;
    this.exePath = parts.exePath;
    this.argv = parts.argv;
    this.trampoline = parts.trampoline;
    this.state = {
      threads: [],
      nextTid: PID,
      nextOrder: 1,
      actions: Array.from({ length: 65 }, () => ({ handler: 0, flags: 0, mask: 0n })),
      pending: [],
      timers: Array.from({ length: 3 }, () => ({ deadline: NEVER, interval: 0 })),
      posixTimers: [],
      nextTimer: 0,
      idleNs: 0,
      cwd: '/',
      umask: 0o022,
      limits: initialLimits(parts.stackBytes),
      leaderStatus: 0,
      ended: false,
    };
  }

  /** Virtual nanoseconds since the start: one instruction is one nanosecond, plus the time slept by all threads. */
  get now(): number {
    return this.host.icount + this.state.idleNs;
  }

  addThread(cpu: Cpu): ThreadState {
    const thread: ThreadState = {
      tid: this.state.nextTid++,
      cpu: cpu.index,
      mask: 0n,
      savedMask: null,
      pending: [],
      altStack: { sp: 0, flags: 2, size: 0 },
      wait: null,
      interrupted: null,
      clearTid: 0,
      robustList: 0,
      name: '',
    };
    this.state.threads.push(thread);
    return thread;
  }

  threadOn(cpu: Cpu): ThreadState | undefined {
    for (const thread of this.state.threads) if (thread.cpu === cpu.index) return thread;
    return undefined;
  }

  threadById(tid: number): ThreadState | undefined {
    return this.state.threads.find((thread) => thread.tid === tid);
  }

  cpuOf(thread: ThreadState): Cpu {
    const cpu = this.host.cpus[thread.cpu];
    must(cpu?.index === thread.cpu, `thread ${thread.tid} has no vCPU`);
    return cpu;
  }

  /** Deadline a number of nanoseconds from now. */
  after(nanoseconds: number): number {
    return Math.min(this.now + nanoseconds, NEVER);
  }

  nextOrder(): number {
    return this.state.nextOrder++;
  }

  /** Gives the call a thread is in its result: the thread goes on after the ecall. */
  complete(thread: ThreadState, result: number): void {
    const cpu = this.cpuOf(thread);
    const from = cpu.read(SLOT_PC);
    const number = cpu.readNumber(X(17));
    this.onResult(cpu, result);
    cpu.writeNumber(X(10), result);
    cpu.pc += 4;
    thread.wait = null;
    // After EINTR the mask that held while waiting decides which handler runs; deliver() puts the old one back.
    if (thread.savedMask !== null && result !== -EINTR) {
      thread.mask = thread.savedMask;
      thread.savedMask = null;
    }
    this.tellReturn(cpu, number, result, from);
  }

  /** Tells plugins that the call made at `from` has come back. */
  tellReturn(cpu: Cpu, number: number, result: number, from: bigint): void {
    const { plugins } = this.host;
    plugins?.syscallReturned(cpu, number, BigInt(result));
    plugins?.discontinuity(cpu, 'hostcall', from);
  }

  /** Ends the process with an exit status, or with the name of the signal that killed it. */
  exit(code: number, reason?: string): void {
    if (this.state.ended) return;
    this.state.ended = true;
    const text = reason === undefined ? `exit with status ${code}` : `killed by ${reason}`;
    this.host.event({ kind: 'exit', cpu: 0, detail: [BigInt(code)], text });
    if (reason === undefined) this.host.exit(code);
    else this.host.exit(code, reason);
  }

  /** Says something once for each `key`. */
  warnOnce(text: string, key = text): void {
    if (this.said.has(key)) return;
    this.said.add(key);
    this.host.warn(text);
  }

  /** `0x10a3c (main+0x1c)`. */
  describe(addr: GuestAddr): string {
    const name = this.symbols.describe(addr);
    const text = addr < 0 ? `0x${BigInt.asUintN(64, BigInt(addr)).toString(16)}` : `0x${addr.toString(16)}`;
    return name === undefined ? text : `${text} (${name})`;
  }
}

const UNLIMITED = 0xffffffffffffffffn;

/** Soft and hard limits by RLIMIT_* number. */
function initialLimits(stackBytes: number): [bigint, bigint][] {
  const limits: [bigint, bigint][] = Array.from({ length: 16 }, () => [UNLIMITED, UNLIMITED]);
  limits[3] = [BigInt(stackBytes), UNLIMITED];
  limits[4] = [0n, UNLIMITED];
  limits[6] = [4096n, 4096n];
  limits[7] = [1024n, 1024n];
  limits[8] = [8388608n, 8388608n];
  limits[11] = [4096n, 4096n];
  limits[12] = [819200n, 819200n];
  limits[13] = [0n, 0n];
  limits[14] = [0n, 0n];
  return limits;
}
