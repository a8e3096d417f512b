// One installed plugin: what it listens to, what it holds, how far its life has come. Plain state; the engine acts on it.

import type { GuestAddr } from '../bits.ts';
import type { CodeCallback } from '../exec/plugin-port.ts';
import type { CallbackFlags, ExecCallback, Filter, MemCallback, PluginApi } from './api.ts';
import type { Place } from './errors.ts';

type CallbackOf<K extends keyof PluginApi> = PluginApi[K] extends (callback: infer C, ...rest: never[]) => void
  ? NonNullable<C>
  : never;

/** The events with one callback a plugin; registering again replaces it, null takes it out. */
export interface Listeners {
  vcpuInit: CallbackOf<'onVcpuInit'> | null;
  vcpuExit: CallbackOf<'onVcpuExit'> | null;
  vcpuIdle: CallbackOf<'onVcpuIdle'> | null;
  vcpuResume: CallbackOf<'onVcpuResume'> | null;
  discontinuity: { readonly kinds: readonly string[]; readonly callback: CallbackOf<'onDiscontinuity'> } | null;
  tbTrans: {
    readonly callback: CallbackOf<'onTbTrans'>;
    readonly filter: Filter | undefined;
    readonly steady: string | undefined;
  } | null;
  syscall: CallbackOf<'onSyscall'> | null;
  syscallFilter: CallbackOf<'onSyscallFilter'> | null;
  syscallReturn: CallbackOf<'onSyscallReturn'> | null;
  mapping: CallbackOf<'onMapping'> | null;
  module: CallbackOf<'onModule'> | null;
  flush: CallbackOf<'onFlush'> | null;
  atexit: CallbackOf<'onAtexit'> | null;
  window: Window | null;
}

/** What onWindow wants. */
export interface Window {
  readonly interval: number;
  readonly callback: (icount: number) => void | Promise<void>;
  /** Of windows that end at seams: from which icount on this one may. */
  due: number | undefined;
}

/** icount at which a window is to end, at the earliest. */
export function dueAt({ interval, due }: Window, icount: number): number {
  return due ?? (Math.floor(icount / interval) + 1) * interval;
}

export const noListeners = (): Listeners => ({
  vcpuInit: null,
  vcpuExit: null,
  vcpuIdle: null,
  vcpuResume: null,
  discontinuity: null,
  tbTrans: null,
  syscall: null,
  syscallFilter: null,
  syscallReturn: null,
  mapping: null,
  module: null,
  flush: null,
  atexit: null,
  window: null,
});

/** Memory that translated code writes for a plugin. */
export interface Held {
  /** Where it lies: translated code says so. */
  readonly address: number;
  free(): void;
  /** Gives what puts its contents of now back. */
  save(): () => void;
}

export interface Instance {
  readonly name: string;
  /** It may look at the guest, and change nothing of it nor of the course of the run. */
  readonly onlyLooks: boolean;
  /** It has changed the guest or the course of the run, or has asked for what may. */
  meddles: boolean;
  /** What happens now it has been told of before: nothing is passed on to it. */
  asleep: boolean;
  listeners: Listeners;
  /** Waiting for the flush that ends an uninstall or a reset. */
  leaving: { readonly reset: boolean; readonly done: (() => void) | undefined } | undefined;
  gone: boolean;
  /** It threw: what translated code still calls until the flush is not passed on. */
  silenced: boolean;
  installing: boolean;
  /** Numbers of its callbacks in translated code, by function (by ring for those of rings); until the next flush. */
  readonly numbers: Map<object, number>;
  /** Scoreboards and rings, given back when it is gone. */
  readonly holds: Held[];
  /** What puts their contents back when it is awake again. */
  readonly restores: (() => void)[];
  /** Told once it is gone. */
  readonly mourners: (() => void)[];
}

export const newInstance = (name: string, onlyLooks = false): Instance => ({
  name,
  onlyLooks,
  meddles: false,
  asleep: false,
  listeners: noListeners(),
  leaving: undefined,
  gone: false,
  silenced: false,
  installing: true,
  numbers: new Map(),
  holds: [],
  restores: [],
  mourners: [],
});

/** A callback that is running: whose it is, where it is attached, what it may do. */
export interface Running extends Place {
  readonly owner: Instance;
  readonly hook: string;
  readonly flags: CallbackFlags;
  /** Translated code called it. */
  readonly called: boolean;
}

/** A callback of translated code. A class, that all may have one shape: there may be one a block, and each is called often. */
export class Callback implements Running {
  readonly owner: Instance;
  readonly plugin: string;
  readonly hook: string;
  readonly flags: CallbackFlags;
  /** Of calls that are noted down, where it was attached; others are where their vCPU is. */
  readonly pc: GuestAddr | undefined;
  readonly called = true;
  readonly registered: ExecCallback | MemCallback;
  /** What the plugin registered, or nothing while it is not to be called. */
  use: ExecCallback | MemCallback;
  /** What translated code calls; where calls are noted down it calls nothing. */
  enter: CodeCallback | undefined;

  constructor(owner: Instance, hook: string, flags: CallbackFlags, use: ExecCallback | MemCallback, pc?: GuestAddr) {
    this.owner = owner;
    this.plugin = owner.name;
    this.hook = hook;
    this.flags = flags;
    this.pc = pc;
    this.registered = use;
    this.use = use;
  }
}
