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

export interface PluginPort {
  /** True when some plugin wants tb_trans. */
  readonly wantsBlocks: boolean;
  /** tb_trans of all plugins, last loaded first; what they attached, in order. */
  translate(block: BlockView): readonly Hook[];
  /** plugin_call in translated code. */
  call(callback: number, cpu: Cpu, a: bigint, b: bigint): void;
  vcpuInit(cpu: Cpu): void;
  vcpuExit(cpu: Cpu): void;
  vcpuIdle(cpu: Cpu): void;
  vcpuResume(cpu: Cpu): void;
  flushed(): void;
  /** icount at which the next window hook is due, Infinity for none; exact. */
  nextWindow(icount: number): number;
  /** Runs the window hooks due at icount. */
  window(icount: number): Promise<void>;
  atexit(): void;
}
