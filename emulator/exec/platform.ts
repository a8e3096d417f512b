// What surrounds the vCPUs: an operating system's user-mode personality (user/) or a board (boards/). The machine
// calls it at exact instruction counts; it never reads host time and never runs on its own.

import type { GuestAddr } from '../bits.ts';
import type { Cpu } from './cpu.ts';
import type { PlatformEvents } from './plugin-port.ts';

/** A guest memory access or instruction fetch that failed. `pc` is the cpu's pc, still at the instruction. */
export interface Fault {
  readonly kind: 'fetch' | 'load' | 'store';
  readonly address: bigint;
  /** Misaligned where alignment is required, as opposed to unmapped or forbidden. */
  readonly misaligned: boolean;
  /** The page is mapped but forbids the access. */
  readonly mapped: boolean;
}

/** Something that happened at a point of the instruction stream, for digests, logs and plugins. */
export interface GuestEvent {
  readonly kind: 'syscall' | 'interrupt' | 'exception' | 'io' | 'signal' | 'exit';
  readonly cpu: number;
  /** Stable numbers that describe it (system call number and result, cause, device offset and value …). */
  readonly detail: readonly bigint[];
  /** One line for people. */
  readonly text: string;
}

/** What the machine offers to its platform. */
export interface PlatformHost {
  /** Instructions begun by all vCPUs so far. */
  readonly icount: number;
  readonly cpus: readonly Cpu[];
  /** Adds a vCPU (a thread, a hart); undefined when MAX_CPUS are in use. Its environment is zeroed. */
  addCpu(): Cpu | undefined;
  /** Takes a vCPU out of the turns for good; its index may be reused by addCpu. */
  removeCpu(cpu: Cpu): void;
  /** Ends the turn of the vCPU that is running: the next one that can run goes first. */
  yieldTurn(): void;
  /** Ends the run with the guest's exit code (0 to 255) or the signal that killed it. */
  exit(code: number, reason?: string): void;
  event(event: GuestEvent): void;
  /** Plugins, when there are any: told of what they may want to know as it happens. */
  readonly plugins?: PlatformEvents | undefined;
  /** A line for the person running the machine (stderr), e.g. an unknown system call. */
  warn(text: string): void;
}

/**
 * All state is restorable: `save` returns plain data that `restore` accepts, any number of times (checkpoints).
 * Every method may change registers, memory and pc of any vCPU.
 */
export interface Platform {
  readonly kind: 'user' | 'system';
  /** EXIT_SYSTEM: the instruction `word` at cpu.pc (ecall, ebreak, CSR access, mret, wfi, fence.i). It does it all, pc included. */
  system(cpu: Cpu, word: number): void;
  /** EXIT_ILLEGAL: the instruction at cpu.pc is not legal. */
  illegal(cpu: Cpu, word: number): void;
  fault(cpu: Cpu, fault: Fault): void;
  /** True when the vCPU may run instructions now. */
  runnable(cpu: Cpu): boolean;
  /**
   * Called before each slice and after each exit that may have changed interrupt state: takes a pending interrupt or
   * signal on `cpu` if it may be taken now. Returns true when it changed the pc.
   */
  interrupt(cpu: Cpu): boolean;
  /** The icount of the next thing that happens by itself (timer), or Infinity. Slices end there exactly. */
  nextDeadline(): number;
  /** icount has reached nextDeadline(). */
  deadline(): void;
  /**
   * No vCPU is runnable: advance virtual time to the next deadline without instructions. Returns false when nothing
   * will ever happen (the machine reports a guest that sleeps for ever).
   */
  idle(): boolean;
  /** Stops virtual time, which from then on moves only as it is told to (forward), and when every vCPU waits. */
  controlTime?(): (ns: bigint) => void;
  /** Where the vCPU's address leads; the address itself when missing. Undefined: not mapped. */
  physicalAddress?(cpu: Cpu, addr: GuestAddr): GuestAddr | undefined;
  save(): unknown;
  restore(state: unknown): void;
}
