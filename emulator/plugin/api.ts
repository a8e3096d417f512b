// The plugin API as plugin authors see it: QEMU's TCG plugin API, version 7, in idiomatic TypeScript, and what its
// authors ask for beyond it. Types only. What is handed to a callback (tb, insn, access) lives for that callback; using
// it later throws StaleHandleError. Closures take the place of QEMU's userdata.

import type { GuestAddr } from '../bits.ts';
import type {
  CallbackFlags,
  Cell,
  ExecOptions,
  HookOptions,
  InlineOp,
  Predicates,
  RecordRing,
  RecordRingOptions,
  Ring,
  Scoreboard,
} from './api-inline.ts';

export type * from './api-inline.ts';

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
  /** `list` collects the values of a repeated argument. */
  readonly kind: 'bool' | 'int' | 'string' | 'list';
  readonly summary: string;
  readonly default?: boolean | number | string;
  readonly required?: boolean;
  /** The values a string may have. */
  readonly choices?: readonly string[];
}
export type PluginArgs = Readonly<Record<string, boolean | number | string | readonly string[] | undefined>>;

/** Loads, stores, or both. */
export type MemAccess = 'r' | 'w' | 'rw';

export type ExecCallback = (cpu: number) => void;
export type MemCallback = (cpu: number, info: MemInfo, address: bigint) => void;

/** One access, valid during the callback. */
export interface MemInfo {
  /** log2 of the size in bytes. */
  readonly sizeShift: number;
  readonly sizeBytes: number;
  readonly signExtended: boolean;
  readonly bigEndian: boolean;
  readonly isStore: boolean;
  /** Value loaded or stored, unsigned. */
  readonly value: bigint;
  /** Where the access went; undefined in user mode. */
  hwaddr(): HwAddr | undefined;
}

export interface HwAddr {
  readonly physical: bigint;
  readonly isIo: boolean;
  /** Bytes from the start of the device's window; 0 for memory. */
  readonly offset: number;
  /** The device's name, `RAM` for memory. */
  readonly device: string;
}

/** Which instructions (or blocks, by their instructions) are meant; what is missing does not matter. */
export interface Filter {
  /** Guest addresses [start, end). */
  readonly range?: readonly [start: GuestAddr, end: GuestAddr];
  /** Name of the symbol the instruction belongs to. */
  readonly symbol?: string | RegExp;
  /** The instruction's bits (16-bit forms zero-extended) are `match` under `mask`. */
  readonly opcode?: { readonly mask: number; readonly match: number };
  /** Start of the disassembly, or what it matches. */
  readonly disas?: string | RegExp;
}

export interface InsnHandle {
  readonly pc: GuestAddr;
  readonly size: number;
  /** The instruction's bytes (a copy). */
  data(): Uint8Array;
  /** The bytes as a number, 16-bit forms zero-extended. */
  opcode(): number;
  disas(): string;
  /** Name of the symbol it belongs to. */
  symbol(): string | undefined;
  /** Where the host keeps the instruction's bytes: an offset in linear memory. Undefined for what is no memory. */
  haddr(): number | undefined;

  /** Runs before the instruction. */
  onExec(callback: ExecCallback, options?: CallbackFlags | ExecOptions): void;
  /** Runs inside translated code before the instruction. */
  inline(op: InlineOp, when?: Predicates): void;
  inlineAdd(cell: Cell, value: number | bigint): void;
  inlineStore(cell: Cell, value: number | bigint): void;
  /** Runs after each successful access of the instruction: R, then W for a read-modify-write. */
  onMem(access: MemAccess, callback: MemCallback, options?: CallbackFlags | HookOptions): void;
  inlineMem(access: MemAccess, op: InlineOp, when?: Predicates): void;
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
  insns(filter?: Filter): readonly InsnHandle[];
  /** Runs when the block is entered, before the hooks of its first instruction. */
  onExec(callback: ExecCallback, options?: CallbackFlags | ExecOptions): void;
  inline(op: InlineOp, when?: Predicates): void;
  inlineAdd(cell: Cell, value: number | bigint): void;
  inlineStore(cell: Cell, value: number | bigint): void;
  /**
   * Runs where the block's last instruction goes elsewhere than to the one behind it: a jump, a branch taken. Not where the
   * block is left by a fault, an interrupt or a call of the system, nor where a translator has cut it.
   */
  inlineTransfer(op: InlineOp, when?: Predicates): void;
  /** Appends a 32-bit value to the ring each time the block is entered. */
  ringPut(ring: Ring, value: number): void;
  /** Appends the register digest at block entry and of every store to the observation log (lockstep's replay). */
  observe(): void;
}

/** Interrupts and exceptions are traps taken (in user mode: signals); a host call is work the host does for the guest. */
export type DiscontinuityKind = 'interrupt' | 'exception' | 'hostcall';
export interface Discontinuity {
  readonly kind: DiscontinuityKind;
  /** The instruction that was to be next (interrupt), or the one that faulted or called. */
  readonly from: bigint;
  /** The next instruction. */
  readonly to: bigint;
}

export interface SyscallEntry {
  readonly number: number;
  /** Eight, as QEMU gives them; those the target does not pass are 0. */
  readonly args: readonly bigint[];
}
export interface SyscallReturn {
  readonly number: number;
  /** Negative: -errno. */
  readonly result: bigint;
}

export interface MappingChange {
  readonly kind: 'map' | 'unmap' | 'protect';
  readonly start: GuestAddr;
  readonly length: number;
  /** PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4; 0 for unmap. */
  readonly prot: number;
  /** The file, where one is mapped. */
  readonly path: string | undefined;
}
/** A file some of whose pages are executable. */
export interface ModuleInfo {
  readonly path: string;
  readonly start: GuestAddr;
  readonly end: GuestAddr;
}

export interface RegisterDescriptor {
  readonly name: string;
  /** GDB's feature the register belongs to. */
  readonly feature: string;
  readonly readonly: boolean;
}

export type PhysicalStatus = 'ok' | 'error' | 'device-error' | 'access-denied' | 'invalid-address';

/** Virtual time in the hands of a plugin: it moves only when the plugin says so, and when every vCPU waits. */
export interface TimeControl {
  /** Moves virtual time forward to `ns`; earlier times are ignored. Exact from onWindow, else at the end of the slice. */
  update(ns: bigint): void;
}

export interface PluginInfo {
  readonly target: string;
  readonly version: { readonly min: number; readonly cur: number };
  readonly system: boolean;
  readonly smpVcpus: number;
  readonly maxVcpus: number;
}

/** Plain data; a bigint is written as a number where it is exact, as a string of digits otherwise. */
export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/**
 * What a plugin may ask of the machine. One callback a plugin and event: registering again replaces, null takes out.
 * The last plugin loaded is called first. Registering from inside a callback is allowed and counts from the next event.
 */
export interface PluginApi {
  readonly info: PluginInfo;
  /** The plugin's own name in this run. */
  readonly name: string;

  // --- events ---
  /** Before a vCPU's first instruction. May read and write its registers, as all callbacks of vCPUs may. */
  onVcpuInit(callback: ((cpu: number) => void) | null): void;
  onVcpuExit(callback: ((cpu: number) => void) | null): void;
  /** System mode only. */
  onVcpuIdle(callback: ((cpu: number) => void) | null): void;
  onVcpuResume(callback: ((cpu: number) => void) | null): void;
  /** After the pc has been set up. All kinds when `kinds` is missing. */
  onDiscontinuity(
    callback: ((cpu: number, discontinuity: Discontinuity) => void) | null,
    kinds?: readonly DiscontinuityKind[],
  ): void;
  /**
   * At every translation; with a filter only of blocks that have such an instruction. `steady` names what the callback attaches
   * when that follows from the block's pc and code alone (what it attaches to transfers is the same for all blocks), in this run
   * as in any other: where all plugins say so, blocks may come from an earlier run, and the callback is asked late or not at all.
   */
  onTbTrans(callback: ((tb: TbHandle) => void) | null, filter?: Filter, steady?: string): void;
  /** User mode only, as the next two. Before the call. */
  onSyscall(callback: ((cpu: number, call: SyscallEntry) => void) | null): void;
  /** After the entry callbacks: the first filter to return a result answers the call, which is then not made. */
  onSyscallFilter(callback: ((cpu: number, call: SyscallEntry) => bigint | number | undefined) | null): void;
  /** After the call, also a filtered one. */
  onSyscallReturn(callback: ((cpu: number, call: SyscallReturn) => void) | null): void;
  onMapping(callback: ((change: MappingChange) => void) | null): void;
  /** A file whose pages have become executable. Those loaded before: `modules()`. */
  onModule(callback: ((module: ModuleInfo) => void) | null): void;
  /** After all translated code was thrown away, with all vCPUs stopped. */
  onFlush(callback: (() => void) | null): void;
  /** At the end, when no other callback comes any more. */
  onAtexit(callback: (() => void) | null): void;
  /**
   * Every `instructions` instructions, with all vCPUs stopped; the machine waits for the promise. Exactly there, which cuts
   * the block that runs; or at the first seam behind (MachineControl.atSeam), the same one on every translator, which cuts
   * none. After a rollback a window that ends at a seam is to be registered anew.
   */
  onWindow(
    instructions: number,
    callback: ((icount: number) => void | Promise<void>) | null,
    end?: 'exact' | 'seam',
  ): void;

  // --- memory that translated code writes ---
  /** Zeroed memory with an entry of so many bytes for each vCPU. */
  scoreboard(sizeBytes: number): Scoreboard;
  /**
   * A cell that is part of each vCPU's state: held in host registers by translated code, zero in a new vCPU, taken back by a
   * rollback. There are a few dozen. Outside of translated code it is exact with the machine stopped and in callbacks
   * with 'r-regs' or more.
   */
  vcpuCell(): Cell;
  /**
   * A cell in which blocks count themselves (`tb.inlineAdd(cell, 1)`), before any other hook; of use for nothing else, taken back by a
   * rollback. There is one, of 32 bits, that costs hardly anything; while a plugin has it others get one that costs what `vcpuCell` does.
   */
  entryCell(): Cell;
  ring(records: number): Ring;
  recordRing(options: RecordRingOptions): RecordRing;

  // --- vCPUs and registers ---
  /** Highest index started + 1. */
  numVcpus(): number;
  registers(): readonly RegisterDescriptor[];
  /** Only inside a callback registered with 'r-regs' or more, or with the machine stopped. */
  readRegister(cpu: number, name: string): bigint;
  /** The same in the target's byte order. */
  readRegisterBytes(cpu: number, name: string): Uint8Array;
  /** All of `registers()` in their order, two words each, the low one first: the quick way for who looks at many. */
  readRegisters(cpu: number, into: Uint32Array): void;
  /** Needs 'rw-regs'. Throws for a read-only register. */
  writeRegister(cpu: number, name: string, value: bigint): void;
  /** Goes on at `pc`. Needs 'rw-regs-pc'. Does not return: it ends the callback. */
  setPc(cpu: number, pc: bigint | GuestAddr): never;

  // --- memory ---
  /** Virtual memory as a debugger sees it, whatever its protection; undefined when not mapped. */
  readMemory(addr: GuestAddr, length: number): Uint8Array | undefined;
  /** False, and nothing written, when not mapped. Translated code follows. */
  writeMemory(addr: GuestAddr, bytes: Uint8Array): boolean;
  /** Physical memory: system mode only. */
  readPhysical(addr: GuestAddr, length: number): { readonly status: PhysicalStatus; readonly bytes?: Uint8Array };
  writePhysical(addr: GuestAddr, bytes: Uint8Array): PhysicalStatus;
  /** The physical address; undefined when not mapped, and in user mode. */
  translate(cpu: number, addr: GuestAddr): GuestAddr | undefined;

  // --- the program ---
  /** `name+0x1c`, or undefined. */
  symbolAt(addr: GuestAddr): string | undefined;
  modules(): readonly ModuleInfo[];
  /** User mode: the program and its code; undefined or 0 in system mode. */
  pathToBinary(): string | undefined;
  startCode(): GuestAddr;
  endCode(): GuestAddr;
  entryCode(): GuestAddr;

  // --- time ---
  /** System mode: virtual time for the first plugin that asks; null for others and in user mode. */
  requestTimeControl(): TimeControl | null;

  // --- output ---
  /** To the log, shown under `-d plugin` (QEMU's qemu_plugin_outs). */
  outs(text: string): void;
  /** Data for `--plugin-json`; its text, made from the same data, goes to `outs`. */
  result<T extends Json>(data: T, text?: (data: T) => string): void;

  // --- other plugins ---
  /** Offers an object of functions to other plugins under a name; gone with this plugin. */
  provide(name: string, service: object): void;
  /** The service another plugin provides now. Its functions throw once that plugin is gone. */
  service<T extends object>(name: string): T | undefined;

  // --- leaving ---
  /** Drops all callbacks once translated code no longer calls them; then `done` runs. Not inside install. */
  uninstall(done?: () => void): void;
  /** The same, but the plugin stays and may register again in `done`. */
  reset(done?: () => void): void;

  /** The machine itself, for plugins that are tools (lockstep): run control, checkpoints, digests. */
  readonly machine: import('../exec/machine-control.ts').MachineControl;
}
