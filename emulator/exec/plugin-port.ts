// What the machine calls on the plugin engine (plugin/engine.ts). exec knows nothing else of plugins.

import type { GuestAddr } from '../bits.ts';
import type { Hook } from '../plugin/hooks.ts';
import type { Cpu } from './cpu.ts';

/** A block just formed, for tb_trans. */
export interface BlockView {
  readonly id: number;
  readonly pc: GuestAddr;
  readonly insns: number;
  readonly size: number;
  /** Byte offset of each instruction; insns + 1 entries. */
  readonly offsets: Uint16Array;
  /** The block's guest bytes. */
  readonly bytes: Uint8Array;
}

/** A filter's result; 'redirected' when a callback has set the pc instead: the call is not made. */
export type SyscallAnswer = bigint | 'redirected' | undefined;

export interface MappingEvent {
  readonly kind: 'map' | 'unmap' | 'protect';
  readonly start: GuestAddr;
  readonly length: number;
  readonly prot: number;
  /** The file, where one is mapped. */
  readonly path: string | undefined;
}

/** What platforms report as it happens. */
export interface PlatformEvents {
  /** The pc has just been set up; `from` is the interrupted, faulting or calling instruction. */
  discontinuity(cpu: Cpu, kind: 'interrupt' | 'exception' | 'hostcall', from: bigint): void;
  /** Before a system call is made. */
  syscall(cpu: Cpu, number: number, args: readonly bigint[]): SyscallAnswer;
  /** After its result is in the register and the pc behind the call. */
  syscallReturned(cpu: Cpu, number: number, result: bigint): void;
  mapping(event: MappingEvent): void;
}

/** A callback of a plugin as translated code calls it; the access it is told of are the ACCESS_BITS. Never throws. */
export type CodeCallback = (cpu: number, access: number, address: bigint) => void;

export interface PluginPort extends PlatformEvents {
  /** True when some plugin wants tb_trans. */
  readonly wantsBlocks: boolean;
  /** Names of what they attach, where all say that it follows from a block's pc and code; else undefined. */
  readonly steadyHooks: string | undefined;
  /** tb_trans of all plugins, last loaded first; what they attached, in order. */
  translate(block: BlockView): readonly Hook[];
  /** What plugin_call calls. Of use until the next flush. */
  callback(number: number): CodeCallback;
  /** A callback runs that translated code called. */
  readonly inCode: boolean;
  vcpuInit(cpu: Cpu): void;
  vcpuExit(cpu: Cpu): void;
  /** This vCPU runs from here on. */
  turn(cpu: Cpu): void;
  /** No vCPU runs: the machine's user has it back. */
  stopped(): void;
  vcpuIdle(cpu: Cpu): void;
  vcpuResume(cpu: Cpu): void;
  /** The run has been ended with an exit code, by a plugin if one of its callbacks runs. */
  ended(): void;
  flushed(): void;
  /** Where the run is to stop for a window hook: at the first seam behind `end`, but at `latest`. Infinity for none. */
  nextWindow(icount: number): { readonly end: number; readonly latest: number };
  /** Runs the window hooks due at icount, where the machine has stopped. */
  window(icount: number): Promise<void>;
  atexit(): void;
}
