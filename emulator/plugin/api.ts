// The plugin API as plugin authors see it: QEMU's TCG plugin API in idiomatic TypeScript. Types only.
// Handles (tb, insn) live for the callback that received them; using one later throws StaleHandleError.

import type { GuestAddr } from '../bits.ts';

export const API_VERSION = 7;
export const API_VERSION_MIN = 7;

export interface PluginModule {
  /** Name in messages; the file's stem when missing. */
  readonly name?: string;
  /** The API version the plugin was written for. Refused outside API_VERSION_MIN … API_VERSION. */
  readonly apiVersion: number;
  /** One sentence for `list plugins`. */
  readonly summary?: string;
  /** The arguments it takes; unknown ones are refused. Missing = anything goes (args as strings). */
  readonly args?: Readonly<Record<string, ArgSpec>>;
  install(api: PluginApi, args: PluginArgs): void | Promise<void>;
}

export interface ArgSpec {
  readonly kind: 'bool' | 'int' | 'string' | 'list';
  readonly summary: string;
  readonly default?: boolean | number | string;
  readonly required?: boolean;
}
export type PluginArgs = Readonly<Record<string, boolean | number | string | readonly string[] | undefined>>;

export type CallbackFlags = 'no-regs' | 'r-regs' | 'rw-regs';
export type MemAccess = 'r' | 'w' | 'rw';

export interface MemInfo {
  readonly sizeShift: number;
  readonly sizeBytes: number;
  readonly signExtended: boolean;
  readonly bigEndian: boolean;
  readonly isStore: boolean;
  /** Value loaded or stored, unsigned. */
  readonly value: bigint;
}

export interface InsnHandle {
  readonly pc: GuestAddr;
  readonly size: number;
  /** The instruction's bytes (a copy). */
  data(): Uint8Array;
  disas(): string;
  symbol(): string | undefined;
  /** Runs before the instruction. */
  onExec(callback: (cpu: number) => void, flags?: CallbackFlags): void;
  inlineAdd(cell: Cell, value: number | bigint): void;
  inlineStore(cell: Cell, value: number | bigint): void;
  /** Runs after each successful access of the instruction. */
  onMem(
    access: MemAccess,
    callback: (cpu: number, info: MemInfo, address: bigint) => void,
    flags?: CallbackFlags,
  ): void;
  inlineMemAdd(access: MemAccess, cell: Cell, value: number | bigint): void;
  inlineMemStore(access: MemAccess, cell: Cell, value: number | bigint): void;
}

export interface TbHandle {
  readonly pc: GuestAddr;
  readonly insnCount: number;
  /** Guest bytes. */
  readonly size: number;
  /** Number of this translation, unique in the run. */
  readonly id: number;
  insn(index: number): InsnHandle | undefined;
  insns(): readonly InsnHandle[];
  onExec(callback: (cpu: number) => void, flags?: CallbackFlags): void;
  inlineAdd(cell: Cell, value: number | bigint): void;
  inlineStore(cell: Cell, value: number | bigint): void;
  /** Appends a 32-bit value to the ring each time the block is entered. */
  ringPut(ring: Ring, value: number): void;
  /** Appends the register digest at block entry and of every store to the observation log (lockstep's replay). */
  observe(): void;
}

/** One u64 per vCPU inside a scoreboard. */
export interface Cell {
  add(cpu: number, value: number | bigint): void;
  get(cpu: number): bigint;
  set(cpu: number, value: number | bigint): void;
  sum(): bigint;
}
export interface Scoreboard {
  /** The u64 at this byte offset of each vCPU's entry. */
  u64(offset?: number): Cell;
  free(): void;
}
/** A power-of-two ring of u32 in linear memory, filled by translated code. */
export interface Ring {
  /** Records put since the ring was made or cleared. */
  readonly length: number;
  /** Calls back with the records in order and empties the ring. */
  drain(each: (records: Uint32Array) => void): void;
  clear(): void;
}

export interface PluginInfo {
  readonly target: string;
  readonly version: { readonly min: number; readonly cur: number };
  readonly system: boolean;
  readonly smpVcpus: number;
  readonly maxVcpus: number;
}

export interface PluginApi {
  readonly info: PluginInfo;
  onVcpuInit(callback: ((cpu: number) => void) | null): void;
  onVcpuExit(callback: ((cpu: number) => void) | null): void;
  onVcpuIdle(callback: ((cpu: number) => void) | null): void;
  onVcpuResume(callback: ((cpu: number) => void) | null): void;
  onTbTrans(callback: ((tb: TbHandle) => void) | null): void;
  onFlush(callback: (() => void) | null): void;
  onAtexit(callback: (() => void) | null): void;
  /** Every `instructions` instructions, exactly there, with all vCPUs stopped; the machine waits for the promise. */
  onWindow(instructions: number, callback: ((icount: number) => void | Promise<void>) | null): void;
  scoreboard(sizeBytes: number): Scoreboard;
  ring(records: number): Ring;
  numVcpus(): number;
  registers(): readonly { readonly name: string; readonly feature: string; readonly readonly: boolean }[];
  /** Only inside a callback registered with 'r-regs' or 'rw-regs', or with the machine stopped. */
  readRegister(cpu: number, name: string): bigint;
  writeRegister(cpu: number, name: string, value: bigint): void;
  readMemory(addr: GuestAddr, length: number): Uint8Array | undefined;
  writeMemory(addr: GuestAddr, bytes: Uint8Array): boolean;
  symbolAt(addr: GuestAddr): string | undefined;
  pathToBinary(): string | undefined;
  startCode(): GuestAddr;
  endCode(): GuestAddr;
  entryCode(): GuestAddr;
  /** To the log, shown under `-d plugin` (QEMU's qemu_plugin_outs). */
  outs(text: string): void;
  uninstall(done?: () => void): void;
  reset(done?: () => void): void;
  /** The machine itself, for plugins that are tools (lockstep): run control, checkpoints, digests. */
  readonly machine: import('../exec/machine-control.ts').MachineControl;
}
