// What tools built on the machine may ask of it: run control, checkpoints, digests, text of translated blocks.

import type { GuestAddr } from '../bits.ts';
import type { GuestIsa } from '../guest/isa.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import type { ChangeOptions } from '../passes/change.ts';
import type { Cpu } from './cpu.ts';
import type { GuestEvent } from './platform.ts';

export type StopReason =
  | { readonly kind: 'limit' } // icount reached the limit given to run
  | { readonly kind: 'exit'; readonly code: number; readonly reason?: string }
  | { readonly kind: 'stopped' } // stop() was called
  | { readonly kind: 'stuck'; readonly reason: string }; // guest sleeps for ever

/** How far a run goes on to find a seam: most code has one every few instructions. */
export const SEAM_LIMIT = 4096;

export interface BlockText {
  readonly pc: GuestAddr;
  readonly insns: readonly { readonly pc: GuestAddr; readonly bytes: string; readonly text: string }[];
  /** Both empty when nothing is translated (reference). */
  readonly ir: string;
  readonly irOptimised: string;
  /** Present when a printer of modules (loadWasmText) was given. */
  readonly wasm?: string;
}

/** One entry of the observation log of a replay: state when a block was entered. */
export interface BlockObservation {
  readonly icount: number;
  readonly pc: GuestAddr;
  readonly insns: number;
  /** Bytes. */
  readonly size: number;
  readonly cpu: number;
  /** Digest of all registers and of all stores of the epoch so far. */
  readonly digest: bigint;
}

/** Digests of observations in order, each of what its name says: the records themselves are not made. */
export interface ObservationDigests {
  readonly blocks: number;
  /** States at control transfers alone, which are the same places however blocks are cut. */
  readonly transfers: bigint;
  /** Where blocks were entered, and the states there. */
  readonly places: bigint;
  readonly entries: bigint;
}

/** Registers that an instruction writes, changed or not. */
export interface InsnEffects {
  /** Those its translation writes. */
  readonly slots: ReadonlySet<number>;
  /** The platform does (the rest of) it: a system call or a CSR may write any. */
  readonly platform: boolean;
}

/** A point to come back to: plain handle, valid until released. */
export type Checkpoint = number;

export interface MachineControl {
  readonly isa: GuestIsa;
  readonly memory: GuestMemory;
  readonly cpus: readonly Cpu[];
  /** Instructions begun; inside a plugin's callback those before the instruction it is attached to. */
  readonly icount: number;
  /** Set once the guest has ended. */
  readonly ended: StopReason | undefined;
  /**
   * Runs until icount = limit exactly, or the guest ends. Synchronous. With a `latest` beyond the limit it runs on to the
   * first seam behind the limit, so that no block is cut, but no further than to `latest`.
   */
  run(limitIcount: number, latest?: number): StopReason;
  /**
   * The last run has ended at a seam: behind an instruction with which every translator ends a block (a transfer of
   * control), or for which the platform had to do something. The same places on all of them.
   */
  readonly atSeam: boolean;
  /**
   * Runs until icount = limit exactly, but stops at the last boundary between blocks at or before the limit instead of inside one: code runs as
   * it does when nobody stops it. May not move at all.
   */
  runBlocks(limitIcount: number): StopReason;
  /** Index of the vCPU that would run next, -1 when all wait or the guest has ended. */
  readonly nextCpu: number;
  /** vCPUs that have not gone. */
  readonly liveCpus: readonly Cpu[];
  /** Ends the guest with an exit code. Callable from a callback; the block that runs is finished. */
  exit(code: number): void;
  /** Makes the run in progress return at the next block. Callable from a callback. */
  stop(): void;

  /** Starts an epoch here: from now on first writes to pages are logged, so that rollback can return to this point. */
  checkpoint(): Checkpoint;
  /** Returns to the checkpoint: registers, memory, mappings, devices, icount. Later checkpoints are released. */
  rollback(to: Checkpoint): void;
  /** Forgets a checkpoint and all older ones. */
  release(upTo: Checkpoint): void;
  /** Forgets one checkpoint between others, which stay. */
  drop(checkpoint: Checkpoint): void;
  /** All that has been written since then can be taken back. */
  canRollback(to: Checkpoint): boolean;
  /** Bytes kept for rollbacks. */
  readonly undoBytes: number;
  /** So much has been written since the last checkpoint that it cannot be gone back to. */
  readonly undoLost: boolean;
  /** Calls back after each write to guest memory that translated code has not made; undefined ends that. */
  watchOutside(wrote: ((start: GuestAddr, end: GuestAddr) => void) | undefined): void;

  /** Digest of all architectural registers of all vCPUs (pc, integer, float, system, reservation). */
  stateDigest(): bigint;
  /** Digest of contents and addresses of the pages written since the last checkpoint, independent of order. */
  memoryDigest(): bigint;
  /** Guest pages written since the last checkpoint, ascending. */
  dirtyPages(): GuestAddr[];
  /** Digest of the events (system calls, interrupts, device accesses, with their icount) since the last checkpoint. */
  eventDigest(): bigint;
  /** Events since the last checkpoint (bounded; oldest dropped). */
  events(): readonly (GuestEvent & { readonly icount: number })[];

  /** Observation on: retranslates with observe ops as plugins ask; the log is filled by TbHandle.observe(). */
  readonly observations: {
    drain(): BlockObservation[];
    digest(ends: number[]): ObservationDigests;
    forget(): void;
    clear(): void;
  };
  /** Throws all translated code away; region plans are kept so that code is recompiled as it was. */
  flushCode(): void;
  /** Throws all translated code away; what is translated from now on makes and records these changes (change.ts). */
  steerChanges(options: ChangeOptions): void;

  /** Guest code, IR and optimised IR of the block at pc as this machine's translator makes it. */
  describeBlock(pc: GuestAddr, maxInsns?: number, wasmText?: (bytes: Uint8Array) => string): BlockText | undefined;
  disassemble(pc: GuestAddr): string;
  /** What the instruction at pc writes. */
  effectsOf(pc: GuestAddr): InsnEffects;
  symbolAt(addr: GuestAddr): string | undefined;
  /** Pc and instruction count of a translation by its id. */
  block(id: number): { readonly pc: GuestAddr; readonly insns: number; readonly size: number } | undefined;
}
