// The plugin engine: installs plugins, hands them blocks, calls them back, takes them out again. The machine sees it
// as a PluginPort; plugins see a PluginApi each. A plugin that throws is named and removed, and the run goes on.

import type { GuestAddr } from '../bits.ts';
import { hex } from '../bits.ts';
import type { Cpu } from '../exec/cpu.ts';
import type { MachineCore } from '../exec/machine.ts';
import type { BlockView, PluginPort } from '../exec/plugin-port.ts';
import { MEM_BIG, MEM_SIGN, MEM_SIZE } from '../ir/op.ts';
import { MAX_CPUS } from '../memory/layout.ts';
import { must, UsageError } from '../must.ts';
import {
  API_VERSION,
  API_VERSION_MIN,
  type CallbackFlags,
  type MemInfo,
  type PluginApi,
  type PluginModule,
} from './api.ts';
import { parseArgs } from './args.ts';
import { PermissionError, PluginUseError } from './errors.ts';
import { type ExecCallback, type HandleHost, type MemCallback, withBlockHandle } from './handles.ts';
import type { Hook } from './hooks.ts';
import { RingArena } from './ring.ts';
import { ScoreboardArena } from './scoreboard.ts';

/** The events with one callback a plugin; registering again replaces it, null takes it out. */
interface Listeners {
  vcpuInit: ((cpu: number) => void) | null;
  vcpuExit: ((cpu: number) => void) | null;
  vcpuIdle: ((cpu: number) => void) | null;
  vcpuResume: ((cpu: number) => void) | null;
  tbTrans: Parameters<PluginApi['onTbTrans']>[0];
  flush: (() => void) | null;
  atexit: (() => void) | null;
  window: { interval: number; callback: (icount: number) => void | Promise<void> } | null;
}

const NO_LISTENERS: Listeners = {
  vcpuInit: null,
  vcpuExit: null,
  vcpuIdle: null,
  vcpuResume: null,
  tbTrans: null,
  flush: null,
  atexit: null,
  window: null,
};

interface Instance {
  readonly name: string;
  listeners: Listeners;
  /** Waiting for the flush that ends an uninstall or a reset. */
  leaving: { readonly reset: boolean; readonly done: (() => void) | undefined } | undefined;
  gone: boolean;
  /** It threw: what translated code still calls until the flush is not passed on. */
  silenced: boolean;
  installing: boolean;
}

interface Callback {
  readonly plugin: Instance;
  readonly pc: GuestAddr;
  readonly flags: CallbackFlags;
  readonly exec?: ExecCallback;
  readonly mem?: MemCallback;
}

/** Facts about the run that plugins ask for. */
export interface EngineFacts {
  readonly system: boolean;
  readonly binaryPath: string;
  readonly code: { readonly start: GuestAddr; readonly end: GuestAddr; readonly entry: GuestAddr };
  /** Output of plugins (`outs`). */
  readonly outs: (text: string) => void;
  readonly warn: (text: string) => void;
}

export class PluginEngine implements PluginPort {
  private readonly machine: MachineCore;
  private readonly facts: EngineFacts;
  private readonly boards: ScoreboardArena;
  private readonly rings: RingArena;
  private readonly instances: Instance[] = [];
  private readonly callbacks: Callback[] = [];
  private started = 0;
  /** The callback that runs: what its plugin may do with registers. */
  private current: { plugin: Instance; flags: CallbackFlags } | undefined;
  /** Plugins removed because they threw. */
  readonly failed: string[] = [];

  constructor(machine: MachineCore, buffer: ArrayBuffer, facts: EngineFacts) {
    this.machine = machine;
    this.facts = facts;
    this.boards = new ScoreboardArena(buffer);
    this.rings = new RingArena(buffer, () => this.boards.bytes(8));
  }

  /** Installs a plugin. Throws UsageError when it cannot be: wrong version, bad argument, or install throws. */
  async install(module: PluginModule, options: readonly string[]): Promise<void> {
    const name = module.name ?? 'plugin';
    if (typeof module.install !== 'function') throw new UsageError(`plugin ${name} exports no install function`);
    if (!Number.isInteger(module.apiVersion)) {
      throw new UsageError(
        `plugin ${name} does not say which API version it is for`,
        `export apiVersion = ${API_VERSION}`,
      );
    }
    if (module.apiVersion < API_VERSION_MIN || module.apiVersion > API_VERSION) {
      throw new UsageError(
        `plugin ${name} is for API version ${module.apiVersion}; this is version ${API_VERSION}`,
        `supported: ${API_VERSION_MIN} to ${API_VERSION}`,
      );
    }
    const instance: Instance = {
      name,
      listeners: { ...NO_LISTENERS },
      leaving: undefined,
      gone: false,
      silenced: false,
      installing: true,
    };
    const args = parseArgs(name, module.args, options);
    try {
      await module.install(this.api(instance), args);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`plugin ${name} could not be installed: ${messageOf(error)}`);
    }
    instance.installing = false;
    this.instances.push(instance);
  }

  // --- PluginPort ---

  get wantsBlocks(): boolean {
    return this.instances.some((instance) => instance.listeners.tbTrans !== null);
  }

  translate(view: BlockView): readonly Hook[] {
    const hooks: Hook[] = [];
    for (const instance of this.lifo()) {
      const callback = instance.listeners.tbTrans;
      if (!callback) continue;
      this.guarded(instance, 'tb_trans', view.pc, () =>
        withBlockHandle(view, this.handleHost(instance), hooks, callback),
      );
    }
    return hooks;
  }

  call(word: number, cpu: Cpu, a: bigint, b: bigint): void {
    const callback = this.callbacks[word >>> 7];
    must(callback, 'unknown plugin callback');
    const { plugin, flags } = callback;
    if (plugin.gone || plugin.silenced) return;
    const before = this.current;
    this.current = { plugin, flags };
    try {
      if (callback.exec) callback.exec(cpu.index);
      else callback.mem!(cpu.index, memInfo(word, b), BigInt.asUintN(64, a));
    } catch (error) {
      this.fail(plugin, callback.mem ? 'mem callback' : 'exec callback', callback.pc, error);
    } finally {
      this.current = before;
    }
  }

  vcpuInit(cpu: Cpu): void {
    this.started = Math.max(this.started, cpu.index + 1);
    this.each('vcpuInit', (callback) => callback(cpu.index));
  }
  vcpuExit(cpu: Cpu): void {
    this.each('vcpuExit', (callback) => callback(cpu.index));
  }
  vcpuIdle(cpu: Cpu): void {
    this.each('vcpuIdle', (callback) => callback(cpu.index));
  }
  vcpuResume(cpu: Cpu): void {
    this.each('vcpuResume', (callback) => callback(cpu.index));
  }

  flushed(): void {
    this.each('flush', (callback) => callback());
    for (const instance of [...this.instances]) this.leave(instance);
  }

  nextWindow(icount: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { listeners } of this.instances) {
      const interval = listeners.window?.interval;
      if (interval) next = Math.min(next, (Math.floor(icount / interval) + 1) * interval);
    }
    return next;
  }

  async window(icount: number): Promise<void> {
    for (const instance of [...this.instances]) {
      const window = instance.listeners.window;
      if (!window || icount % window.interval !== 0) continue;
      await this.stopped(instance, 'window', () => window.callback(icount));
    }
  }

  atexit(): void {
    for (const instance of this.lifo()) {
      const callback = instance.listeners.atexit;
      instance.listeners = { ...NO_LISTENERS };
      if (callback) this.guarded(instance, 'atexit', undefined, callback, 'rw-regs');
    }
  }

  // --- inside ---

  /** Last loaded first. */
  private lifo(): Instance[] {
    return this.instances.filter((instance) => !instance.gone && !instance.leaving).reverse();
  }

  private each<K extends 'vcpuInit' | 'vcpuExit' | 'vcpuIdle' | 'vcpuResume' | 'flush'>(
    event: K,
    use: (callback: NonNullable<Listeners[K]>) => void,
  ): void {
    for (const instance of this.lifo()) {
      const callback = instance.listeners[event];
      if (callback)
        this.guarded(instance, event, undefined, () => use(callback as NonNullable<Listeners[K]>), 'rw-regs');
    }
  }

  private guarded(
    plugin: Instance,
    hook: string,
    pc: GuestAddr | undefined,
    use: () => void,
    flags: CallbackFlags = 'no-regs',
  ): void {
    const before = this.current;
    this.current = { plugin, flags };
    try {
      use();
    } catch (error) {
      this.fail(plugin, hook, pc, error);
    } finally {
      this.current = before;
    }
  }

  private async stopped(plugin: Instance, hook: string, use: () => void | Promise<void>): Promise<void> {
    this.current = { plugin, flags: 'rw-regs' };
    try {
      await use();
    } catch (error) {
      if (error instanceof UsageError) throw error;
      this.fail(plugin, hook, undefined, error);
    } finally {
      this.current = undefined;
    }
  }

  private fail(plugin: Instance, hook: string, pc: GuestAddr | undefined, error: unknown): void {
    if (plugin.gone || plugin.silenced) return;
    plugin.silenced = true;
    const at = pc === undefined ? '' : ` for ${hex(pc)}`;
    this.facts.warn(`plugin ${plugin.name} failed in ${hook}${at}: ${messageOf(error)}; it has been removed`);
    this.failed.push(plugin.name);
    plugin.listeners = { ...NO_LISTENERS };
    plugin.leaving = { reset: false, done: undefined };
    this.machine.flushCode();
  }

  /** After a flush no translated code calls the plugin any more. */
  private leave(instance: Instance): void {
    const leaving = instance.leaving;
    if (!leaving) return;
    instance.leaving = undefined;
    instance.listeners = { ...NO_LISTENERS };
    if (!leaving.reset) {
      instance.gone = true;
      this.instances.splice(this.instances.indexOf(instance), 1);
    }
    if (leaving.done) this.guarded(instance, leaving.reset ? 'reset' : 'uninstall', undefined, leaving.done);
  }

  private handleHost(instance: Instance): HandleHost {
    return {
      plugin: instance.name,
      registerExec: (exec, flags, pc) => this.callbacks.push({ plugin: instance, pc, flags, exec }) - 1,
      registerMem: (mem, flags, pc) => this.callbacks.push({ plugin: instance, pc, flags, mem }) - 1,
      disassemble: (pc, bytes) => this.machine.isa.disassemble(pc, bytes),
      symbolAt: (pc) => this.machine.symbolAt(pc),
    };
  }

  private register(instance: Instance, cpu: number, name: string): { cpu: Cpu; slot: number; readonly: boolean } {
    const found = this.machine.isa.registers.find((r) => r.name === name || r.aliases.includes(name));
    if (!found) throw new PluginUseError(instance.name, `there is no register ${name}`);
    const of = this.machine.cpus[cpu];
    if (!of) throw new PluginUseError(instance.name, `there is no vCPU ${cpu}`);
    return { cpu: of, slot: found.slot, readonly: found.readonly ?? found.group === 'pc' };
  }

  private need(instance: Instance, call: string, write: boolean): void {
    const flags = this.current?.plugin === instance ? this.current.flags : undefined;
    if (flags === 'rw-regs' || (flags === 'r-regs' && !write)) return;
    throw new PermissionError(instance.name, call, write ? "'rw-regs'" : "'r-regs'");
  }

  private api(instance: Instance): PluginApi {
    const { machine, facts } = this;
    const listen = <K extends keyof Listeners>(event: K, callback: Listeners[K]): void => {
      // What a plugin on its way out registers is ignored.
      if (!instance.leaving && !instance.gone) instance.listeners[event] = callback;
    };
    const goAway = (reset: boolean, done: (() => void) | undefined): void => {
      if (instance.installing)
        throw new PluginUseError(instance.name, 'it may not uninstall or reset itself in install');
      if (instance.leaving || instance.gone) return;
      instance.leaving = { reset, done };
      machine.flushCode();
    };
    return {
      info: {
        target: machine.isa.name,
        version: { min: API_VERSION_MIN, cur: API_VERSION },
        system: facts.system,
        smpVcpus: machine.cpus.length,
        maxVcpus: facts.system ? machine.cpus.length : MAX_CPUS,
      },
      onVcpuInit: (callback) => listen('vcpuInit', callback),
      onVcpuExit: (callback) => listen('vcpuExit', callback),
      onVcpuIdle: (callback) => listen('vcpuIdle', callback),
      onVcpuResume: (callback) => listen('vcpuResume', callback),
      onTbTrans: (callback) => listen('tbTrans', callback),
      onFlush: (callback) => listen('flush', callback),
      onAtexit: (callback) => listen('atexit', callback),
      onWindow: (interval, callback) => {
        if (!Number.isSafeInteger(interval) || interval < 1) {
          throw new PluginUseError(instance.name, `a window of ${interval} instructions is not possible`);
        }
        listen('window', callback && { interval, callback });
      },
      scoreboard: (size) => this.boards.board(size),
      ring: (records) => this.rings.ring(records),
      numVcpus: () => this.started,
      registers: () =>
        machine.isa.registers.map((r) => ({
          name: r.name,
          feature: `org.gnu.gdb.riscv.${r.group === 'float' ? 'fpu' : r.group === 'system' ? 'csr' : 'cpu'}`,
          readonly: r.readonly ?? r.group === 'pc',
        })),
      readRegister: (cpu, name) => {
        this.need(instance, 'readRegister', false);
        const { cpu: of, slot } = this.register(instance, cpu, name);
        return of.read(slot);
      },
      writeRegister: (cpu, name, value) => {
        this.need(instance, 'writeRegister', true);
        const { cpu: of, slot, readonly } = this.register(instance, cpu, name);
        if (readonly) throw new PluginUseError(instance.name, `register ${name} is read-only`);
        of.write(slot, value);
      },
      readMemory: (addr, length) => machine.memory.peek(addr, length),
      writeMemory: (addr, bytes) => machine.memory.poke(addr, bytes),
      symbolAt: (addr) => machine.symbolAt(addr),
      pathToBinary: () => (facts.system ? undefined : facts.binaryPath),
      startCode: () => (facts.system ? 0 : facts.code.start),
      endCode: () => (facts.system ? 0 : facts.code.end),
      entryCode: () => (facts.system ? 0 : facts.code.entry),
      outs: (text) => facts.outs(text),
      uninstall: (done) => goAway(false, done),
      reset: (done) => goAway(true, done),
      machine,
    };
  }
}

function memInfo(word: number, value: bigint): MemInfo {
  const sizeShift = word & MEM_SIZE;
  return {
    sizeShift,
    sizeBytes: 1 << sizeShift,
    signExtended: (word & MEM_SIGN) !== 0,
    bigEndian: (word & MEM_BIG) !== 0,
    isStore: (word & 64) !== 0,
    value: BigInt.asUintN(8 << sizeShift, value),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
