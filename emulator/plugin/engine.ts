// The plugin engine: installs plugins, hands them blocks, calls them back, takes them out again. The machine sees it
// as a PluginPort; plugins see a PluginApi each (facade.ts). A plugin that throws is named and removed, and the run goes
// on. Lists of plugins are copied before they are walked: who registers or leaves meanwhile changes the next walk.

import { alignDown, type GuestAddr, hex } from '../bits.ts';
import type { Cpu } from '../exec/cpu.ts';
import type { MachineCore } from '../exec/machine.ts';
import { SEAM_LIMIT } from '../exec/machine-control.ts';
import type { BlockView, CodeCallback, MappingEvent, PluginPort, SyscallAnswer } from '../exec/plugin-port.ts';
import { ENV_VALUE, PAGE_SIZE, SLOT_PC } from '../memory/layout.ts';
import { must, UsageError } from '../must.ts';
import { type AccessHost, AccessInfo } from './access-info.ts';
import {
  API_VERSION,
  API_VERSION_MIN,
  type CallbackFlags,
  type DiscontinuityKind,
  type ExecCallback,
  type HwAddr,
  type Json,
  type MemCallback,
  type ModuleInfo,
  type PluginModule,
  type SyscallEntry,
  type TimeControl,
} from './api.ts';
import { parseArgs } from './args.ts';
import { Batch } from './batch.ts';
import { Costs, type InlineCost, type PluginCost } from './costs.ts';
import { messageOf, type Place, PluginUseError, PluginVersionError } from './errors.ts';
import { type EngineFacts, type FacadeHost, makeApi } from './facade.ts';
import { blockMatches, type HandleHost, withBlockHandle } from './handles.ts';
import type { Hook, HookAction } from './hooks.ts';
import {
  Callback,
  dueAt,
  type Instance,
  type Listeners,
  newInstance,
  noListeners,
  type Running,
  type Window,
} from './instance.ts';
import { RingArena } from './ring.ts';
import { EnvironmentCells, ScoreboardArena } from './scoreboard.ts';
import { Services } from './services.ts';

export type { EngineFacts } from './facade.ts';

/** What setPc throws to end its callback. */
const REDIRECT = Symbol('redirect');
/** How often callbacks may send execution on from one place in the instruction stream. */
const MOST_REDIRECTS = 1000;
const MEM_HOOK = 'mem callback';
const NOTHING = (): void => {};
const NONE = -1;
/** The callback of a batch without room, far from the numbers of plugins' own and from the machine's. */
const BATCH_FULL = 0xfffffe;

export interface LoadOptions {
  /** The plugin may change nothing: for runs that are compared. */
  readonly onlyLooks?: boolean;
}

/** Data of a plugin's results, for `--plugin-json`. */
export interface PluginResult {
  readonly plugin: string;
  readonly data: Json;
}

export class PluginEngine implements PluginPort {
  private readonly machine: MachineCore;
  private readonly buffer: ArrayBufferLike;
  private readonly facts: EngineFacts;
  private readonly instances: Instance[] = [];
  private readonly services = new Services<Instance>();
  private readonly facadeHost: FacadeHost;
  /** By number, as translated code knows them; all forgotten at a flush. */
  private callbacks: Callback[] = [];
  /** Made when the first plugin wants it. */
  private batch: Batch | undefined;
  private started = 0;
  private readonly alive = new Set<number>();
  /** The callback that runs, unless translated code has called it: then its number, else NONE. To store a number costs nothing. */
  private outside: Running | undefined;
  private inside = NONE;
  private redirected = false;
  private redirects = { icount: -1, times: 0 };
  private timeOwner: Instance | undefined;
  private costs: Costs | undefined;
  /** Set by who wants the run to end where a plugin throws; holds the message once one has. */
  errors: 'remove' | 'fatal' = 'remove';
  fatal: string | undefined;
  /** Plugins removed because they threw. */
  readonly failed: string[] = [];
  readonly results: PluginResult[] = [];
  private readonly modules: ModuleInfo[] = [];

  constructor(machine: MachineCore, buffer: ArrayBufferLike, facts: EngineFacts) {
    this.machine = machine;
    this.buffer = buffer;
    this.facts = facts;
    const boards = new ScoreboardArena(buffer);
    if (!facts.system) this.modules.push({ path: facts.binaryPath, start: facts.code.start, end: facts.code.end });
    const engine = this;
    this.facadeHost = {
      machine,
      facts,
      boards,
      cells: new EnvironmentCells(buffer),
      rings: new RingArena(buffer, () => boards.bytes(8)),
      modules: this.modules,
      get numVcpus() {
        return engine.started;
      },
      place: (instance) => this.placeOf(instance),
      flagsOf: (instance) => (this.current?.owner === instance ? this.current.flags : undefined),
      goAway: (instance, reset, done) => this.goAway(instance, reset, done),
      redirect: (cpu, pc) => this.redirect(cpu, pc),
      result: (instance, data) => this.results.push({ plugin: instance.name, data }),
      provide: (instance, name, service) => this.services.provide(instance, name, service, this.placeOf(instance)),
      service: (instance, name) => this.services.get(name, () => this.placeOf(instance)),
      timeControl: (instance) => this.timeControl(instance),
    };
  }

  // --- coming and going ---

  /** Installs a plugin. Throws UsageError when it cannot be: wrong version, bad argument, or install throws. */
  async install(module: PluginModule, options: readonly string[], { onlyLooks = false } = {}): Promise<string> {
    const name = this.freeName(module.name ?? 'plugin');
    if (typeof module.install !== 'function')
      throw new UsageError(`plugin ${name} exports no install function`, 'Export a PluginModule as default.');
    checkVersion(name, module.apiVersion);
    const instance = newInstance(name, onlyLooks);
    const args = parseArgs(name, module.args, options);
    try {
      await module.install(makeApi(instance, this.facadeHost), args);
    } catch (error) {
      this.dispose(instance);
      if (error instanceof UsageError) throw error;
      throw new UsageError(
        `plugin ${name} could not be installed: ${messageOf(error)}`,
        'Its install(api, args) throws that: mend it, give it other arguments, or leave the plugin out.',
      );
    }
    instance.installing = false;
    this.instances.push(instance);
    return name;
  }

  /** Installs a plugin in a run that has begun: it hears of the vCPUs there are, and of all code from now on. */
  async load(module: PluginModule, options: readonly string[], how: LoadOptions = {}): Promise<string> {
    const name = await this.install(module, options, how);
    const instance = this.instances.find((each) => each.name === name)!;
    for (const cpu of this.machine.liveCpus) {
      this.started = Math.max(this.started, cpu.index + 1);
      this.alive.add(cpu.index);
      const { vcpuInit } = instance.listeners;
      if (vcpuInit) this.guarded(this.running(instance, 'vcpu init', 'rw-regs'), () => vcpuInit(cpu.index));
    }
    this.machine.flushCode();
    return name;
  }

  /** Takes a plugin out; resolves when it is gone. Its atexit does not run. Throws UsageError when there is none. */
  unload(name: string): Promise<void> {
    const instance = this.instances.find((each) => each.name === name);
    if (!instance) {
      const names = this.names.join(', ') || 'none';
      throw new UsageError(`there is no plugin ${name} to unload`, `Loaded are: ${names}.`);
    }
    return new Promise((resolve) => {
      instance.mourners.push(resolve);
      if (instance.leaving?.reset) instance.leaving = { ...instance.leaving, reset: false };
      else this.goAway(instance, false, undefined);
    });
  }

  /** Takes a plugin out and loads `module` in its place. */
  async reload(name: string, module: PluginModule, options: readonly string[], how: LoadOptions = {}): Promise<string> {
    await this.unload(name);
    return this.load({ ...module, name, install: (api, args) => module.install(api, args) }, options, how);
  }

  /**
   * From now until `wake` the machine does again what it has done: plugins that have only looked have seen it and are told
   * nothing, and what translated code counts for them meanwhile does not count. Their hooks stay in the code. What others
   * do belongs to the guest, and is done again. `except` names those that bring all this about.
   */
  sleep(except: readonly string[]): void {
    for (const instance of this.instances) {
      if (instance.meddles || instance.asleep || except.includes(instance.name)) continue;
      instance.asleep = true;
      instance.restores.push(...instance.holds.map((held) => held.save()));
    }
    for (const callback of this.callbacks) this.settle(callback);
  }
  wake(): void {
    for (const instance of this.instances) {
      instance.asleep = false;
      for (const restore of instance.restores.splice(0)) restore();
    }
    for (const callback of this.callbacks) this.settle(callback);
  }

  /** Callbacks of those who sleep, or have thrown, do nothing. */
  private settle(callback: Callback): void {
    const { owner } = callback;
    callback.use = owner.silenced || owner.asleep ? NOTHING : callback.registered;
  }

  /** Plugins that are loaded, in order. */
  get names(): string[] {
    return this.instances.map(({ name }) => name);
  }

  private freeName(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.instances.some((each) => each.name === name); n++) name = `${wanted}#${n}`;
    return name;
  }

  private goAway(instance: Instance, reset: boolean, done: (() => void) | undefined): void {
    if (instance.installing)
      throw new PluginUseError({ plugin: instance.name }, 'it may not uninstall or reset itself in install');
    if (instance.leaving || instance.gone) return;
    instance.leaving = { reset, done };
    this.machine.flushCode();
  }

  /** After a flush no translated code calls the plugin any more. */
  private leave(instance: Instance): void {
    const leaving = instance.leaving;
    if (!leaving) return;
    instance.leaving = undefined;
    instance.listeners = noListeners();
    if (!leaving.reset) {
      instance.gone = true;
      this.instances.splice(this.instances.indexOf(instance), 1);
    }
    if (leaving.done) this.guarded(this.running(instance, leaving.reset ? 'reset' : 'uninstall'), leaving.done);
    if (!leaving.reset) this.dispose(instance);
  }

  private dispose(instance: Instance): void {
    this.services.withdraw(instance);
    if (this.timeOwner === instance) this.timeOwner = undefined;
    for (const thing of instance.holds.splice(0)) thing.free();
    for (const tell of instance.mourners.splice(0)) tell();
  }

  // --- translated code ---

  get wantsBlocks(): boolean {
    return this.instances.some((instance) => instance.listeners.tbTrans !== null);
  }

  get steadyHooks(): string | undefined {
    let names = '';
    for (const { listeners, holds } of this.instances) {
      if (!listeners.tbTrans) continue;
      const { steady, filter } = listeners.tbTrans;
      if (steady === undefined || filter) return undefined;
      // Who came before decides where cells lie.
      names += ` ${steady}@${holds.map(({ address }) => address)}`;
    }
    return names;
  }

  translate(view: BlockView): readonly Hook[] {
    const hooks: Hook[] = [];
    for (const instance of this.lifo()) {
      const listener = instance.listeners.tbTrans;
      if (!listener) continue;
      const { callback, filter } = listener;
      const before = hooks.length;
      this.guarded(this.running(instance, 'tb_trans', 'no-regs', view.pc), () => {
        const host = this.handleHost(instance);
        if (!filter || blockMatches(view, host, filter)) withBlockHandle(view, host, hooks, callback);
      });
      this.countPlaced(instance, view, hooks, before);
    }
    return hooks;
  }

  private countPlaced(
    { name: plugin }: Instance,
    { pc, insns }: BlockView,
    hooks: readonly Hook[],
    from: number,
  ): void {
    if (!this.costs) return;
    let operations = 0;
    for (let at = from; at < hooks.length; at++) if (hooks[at]!.action.does !== 'call') operations++;
    if (operations > 0) this.costs.placed({ plugin, pc, insns, operations });
  }

  private get current(): Running | undefined {
    return this.inside === NONE ? this.outside : this.callbacks[this.inside];
  }
  /** A callback runs that translated code called; translated code never runs inside a callback. */
  get inCode(): boolean {
    return this.current?.called === true;
  }

  callback(number: number): CodeCallback {
    if (number === BATCH_FULL) return () => this.makeCalls(true);
    const enter = this.callbacks[number]?.enter;
    must(enter, 'unknown plugin callback');
    return enter;
  }

  private hwaddr(cpu: Cpu, address: bigint): HwAddr | undefined {
    if (!this.facts.system) return undefined;
    const physical = this.machine.physicalAddress(cpu, Number(BigInt.asIntN(64, address)));
    if (physical === undefined) return undefined;
    const io = this.machine.memory.ioAt(physical);
    return {
      physical: BigInt(physical),
      isIo: io !== undefined,
      offset: io?.offset ?? 0,
      device: io?.region.name ?? 'RAM',
    };
  }

  ended(): void {
    if (this.current) this.current.owner.meddles = true;
  }

  flushed(): void {
    this.makeCalls();
    this.callbacks = [];
    for (const instance of this.instances) instance.numbers.clear();
    this.each('flush', 'flush', 'rw-regs', (callback) => callback());
    for (const instance of [...this.instances]) this.leave(instance);
  }

  // --- events of vCPUs and of the platform ---

  vcpuInit(cpu: Cpu): void {
    this.started = Math.max(this.started, cpu.index + 1);
    this.alive.add(cpu.index);
    this.each('vcpuInit', 'vcpu init', 'rw-regs', (callback) => callback(cpu.index));
  }
  vcpuExit(cpu: Cpu): void {
    if (!this.alive.delete(cpu.index)) return;
    this.each('vcpuExit', 'vcpu exit', 'rw-regs', (callback) => callback(cpu.index));
  }
  stopped(): void {
    this.makeCalls();
  }
  turn({ index }: Cpu): void {
    if (!this.batch || this.batch.cpu === index) return;
    this.makeCalls();
    this.batch.cpu = index;
  }
  vcpuIdle(cpu: Cpu): void {
    this.each('vcpuIdle', 'vcpu idle', 'rw-regs', (callback) => callback(cpu.index));
  }
  vcpuResume(cpu: Cpu): void {
    this.each('vcpuResume', 'vcpu resume', 'rw-regs', (callback) => callback(cpu.index));
  }

  discontinuity(cpu: Cpu, kind: DiscontinuityKind, from: bigint): void {
    this.each('discontinuity', 'discontinuity', 'rw-regs-pc', ({ kinds, callback }) => {
      if (kinds.includes(kind)) callback(cpu.index, { kind, from, to: cpu.read(SLOT_PC) });
    });
  }

  syscall(cpu: Cpu, number: number, args: readonly bigint[]): SyscallAnswer {
    const call: SyscallEntry = { number, args };
    let result: bigint | undefined;
    this.makeCalls();
    this.redirected = false;
    this.each('syscall', 'syscall', 'rw-regs-pc', (callback) => callback(cpu.index, call));
    if (this.redirected) return 'redirected';
    this.each('syscallFilter', 'syscall filter', 'rw-regs-pc', (callback) => {
      if (result !== undefined || this.redirected) return;
      const answer = callback(cpu.index, call);
      if (answer !== undefined) result = BigInt(answer);
    });
    return this.redirected ? 'redirected' : result;
  }
  syscallReturned(cpu: Cpu, number: number, result: bigint): void {
    this.each('syscallReturn', 'syscall return', 'rw-regs-pc', (callback) => callback(cpu.index, { number, result }));
  }

  mapping({ kind, start, length, prot, path }: MappingEvent): void {
    this.each('mapping', 'mapping', 'no-regs', (callback) => callback({ kind, start, length, prot, path }));
    if (kind === 'unmap' || path === undefined || !(prot & 4)) return;
    const module = { path, start, end: start + length };
    if (this.modules.some((known) => known.path === path && known.start === start)) return;
    this.modules.push(module);
    this.each('module', 'module', 'no-regs', (callback) => callback(module));
  }

  nextWindow(icount: number): { readonly end: number; readonly latest: number } {
    let end = Number.POSITIVE_INFINITY;
    let latest = end;
    for (const { listeners, asleep } of this.instances) {
      const { window } = listeners;
      if (!window || asleep) continue;
      const due = dueAt(window, icount);
      end = Math.min(end, due);
      latest = Math.min(latest, window.due === undefined ? due : due + SEAM_LIMIT);
    }
    return { end, latest };
  }

  async window(icount: number): Promise<void> {
    for (const instance of [...this.instances]) {
      const { window } = instance.listeners;
      if (!window || instance.asleep || !isOver(window, icount, this.machine.atSeam)) continue;
      this.outside = this.running(instance, 'window', 'rw-regs');
      try {
        await window.callback(icount);
      } catch (error) {
        if (error instanceof UsageError) throw error;
        this.fail(this.running(instance, 'window'), error);
      } finally {
        this.outside = undefined;
      }
      if (window.due !== undefined) window.due = dueAt({ ...window, due: undefined }, this.machine.icount);
    }
  }

  atexit(): void {
    this.wake();
    const last: (readonly [Instance, () => void])[] = [];
    for (const instance of this.lifo()) {
      if (instance.listeners.atexit) last.push([instance, instance.listeners.atexit]);
    }
    // No other callback comes any more, not even for the flush.
    for (const instance of this.instances) instance.listeners = noListeners();
    this.machine.flushCode();
    for (const [instance, callback] of last) {
      if (!instance.gone) this.guarded(this.running(instance, 'atexit', 'rw-regs'), callback);
    }
  }

  // --- cost ---

  /** From here on callbacks are counted, and timed when a clock (milliseconds) is handed in. */
  profile(clock?: () => number): void {
    this.costs = new Costs(clock);
    this.machine.flushCode();
  }
  get profiled(): readonly PluginCost[] {
    return this.costs?.list() ?? [];
  }
  /** Operations in translated code, by block as it was last translated. */
  get profiledInline(): readonly InlineCost[] {
    return this.costs?.inline() ?? [];
  }

  // --- inside ---

  /** Last loaded first. */
  private lifo(): Instance[] {
    return this.instances.filter((instance) => !instance.leaving).reverse();
  }

  private each<K extends keyof Listeners>(
    event: K,
    hook: string,
    flags: CallbackFlags,
    use: (listener: NonNullable<Listeners[K]>) => void,
  ): void {
    for (const instance of this.lifo()) {
      const listener = instance.asleep ? null : instance.listeners[event];
      if (listener) this.guarded(this.running(instance, hook, flags), () => use(listener as NonNullable<Listeners[K]>));
    }
  }

  private running(owner: Instance, hook: string, flags: CallbackFlags = 'no-regs', pc?: GuestAddr): Running {
    return { owner, plugin: owner.name, hook, flags, pc, called: false };
  }

  private guarded(running: Running, use: () => void): void {
    this.makeCalls();
    if (running.owner.silenced) return;
    const { outside, inside } = this;
    this.outside = running;
    this.inside = NONE;
    try {
      if (this.costs) this.costs.run(running.plugin, running.hook, use);
      else use();
    } catch (error) {
      this.threw(running, error);
    } finally {
      this.outside = outside;
      this.inside = inside;
    }
  }

  private threw(running: Running, error: unknown): void {
    if (error !== REDIRECT) this.fail(running, error);
  }

  private fail(running: Running, error: unknown): void {
    const { owner, hook } = running;
    if (owner.silenced) return;
    const { pc } = this.located(running);
    owner.silenced = true;
    for (const callback of this.callbacks) if (callback.owner === owner) this.settle(callback);
    const at = pc === undefined ? '' : ` for ${hex(pc)}`;
    const message = `plugin ${owner.name} failed in ${hook}${at}: ${messageOf(error)}`;
    this.failed.push(owner.name);
    if (this.errors === 'fatal') {
      this.fatal ??= message;
      this.machine.stop();
    } else this.facts.warn(`${message}; it has been removed`);
    if (owner.gone) return;
    owner.listeners = noListeners();
    owner.leaving = { reset: false, done: undefined };
    this.machine.flushCode();
  }

  /** Goes on at `pc`: from translated code the block that runs ends, elsewhere the pc is just written. */
  private redirect(cpu: Cpu, pc: bigint): never {
    if (this.inCode) {
      const running = this.machine.runningCpu;
      if (cpu !== running)
        throw new PluginUseError(this.placeOf(this.current!.owner), `vCPU ${cpu.index} does not run now`);
      this.expectProgress();
      this.machine.redirect(cpu, pc);
    } else cpu.write(SLOT_PC, pc);
    this.redirected = true;
    throw REDIRECT;
  }

  /** Who sets the pc before an instruction has begun comes by again: it must come to an end, or no limit ends the run. */
  private expectProgress(): void {
    const { icount } = this.machine;
    if (this.redirects.icount !== icount) this.redirects = { icount, times: 0 };
    if (++this.redirects.times > MOST_REDIRECTS)
      throw new PluginUseError(
        this.placeOf(this.current!.owner),
        `the pc has been set ${MOST_REDIRECTS} times without an instruction executed in between`,
      );
  }

  private timeControl(instance: Instance): TimeControl | null {
    if (!this.facts.system || (this.timeOwner && this.timeOwner !== instance)) return null;
    const update = this.machine.controlTime();
    if (!update) return null;
    this.timeOwner = instance;
    return {
      update: (ns) => {
        if (this.timeOwner === instance) update(ns);
      },
    };
  }

  private placeOf(instance: Instance): Place {
    return this.current?.owner === instance ? this.located(this.current) : { plugin: instance.name };
  }
  /** Callbacks of translated code are where their vCPU is. */
  private located(running: Running): Place {
    const { plugin, hook, pc, called } = running;
    return { plugin, hook, pc: pc ?? (called ? this.machine.runningCpu?.pc : undefined) };
  }

  /** Its number for translated code. One function gets one number, however often it is registered. */
  private register(
    owner: Instance,
    hook: string,
    flags: CallbackFlags,
    use: ExecCallback | MemCallback,
    key: object = use,
  ): number {
    const known = owner.numbers.get(key);
    const before = known === undefined ? undefined : this.callbacks[known];
    if (known !== undefined && before?.hook === hook && before.flags === flags) return known;
    const number = this.callbacks.length;
    const { costs } = this;
    const counted = costs ? costs.counted(owner.name, hook, use) : use;
    const callback = new Callback(owner, hook, flags, counted);
    callback.enter = hook === MEM_HOOK ? this.enterMem(callback, number) : this.enterExec(callback, number);
    this.settle(callback);
    this.callbacks.push(callback);
    owner.numbers.set(key, number);
    return number;
  }

  /** A callback whose calls are noted down. It has a number for each place, which says where it was attached. */
  private noteExec(owner: Instance, hook: string, exec: ExecCallback, pc: GuestAddr): HookAction {
    this.batch ??= new Batch(this.buffer, this.facadeHost.rings, this.machine.runningCpu?.index ?? 0);
    const registered = this.costs ? this.costs.counted(owner.name, hook, exec) : exec;
    const callback = new Callback(owner, hook, 'no-regs', registered, pc);
    this.settle(callback);
    return this.batch.note(this.callbacks.push(callback) - 1, BATCH_FULL);
  }

  /** Makes the calls that are noted down; `called` by translated code, otherwise outside of it. */
  private makeCalls(called = false): void {
    const { batch, outside } = this;
    // A callback may have the code flushed, and then numbers mean other callbacks: these here are those noted down.
    const call = batch?.next(this.callbacks, called);
    if (!call) return;
    this.outside = call;
    batch!.make((failed, error) => this.threw(failed, error));
    this.outside = outside;
  }

  /** The hot path of callbacks: nothing here but what every call needs. */
  private enterExec(made: Callback, number: number): CodeCallback {
    return (cpu) => {
      if (this.batch !== undefined) this.makeCalls(true);
      this.inside = number;
      try {
        (made.use as ExecCallback)(cpu);
      } catch (error) {
        this.threw(made, error);
      }
      this.inside = NONE;
    };
  }

  private enterMem(made: Callback, number: number): CodeCallback {
    const host: AccessHost = {
      place: () => this.placeOf(made.owner),
      value: (cpu) => this.machine.cpus[cpu]!.field64(ENV_VALUE),
      hwaddr: (cpu, address) => this.hwaddr(this.machine.cpus[cpu]!, address),
    };
    return (cpu, access, address) => {
      if (this.batch !== undefined) this.makeCalls(true);
      this.inside = number;
      const info = new AccessInfo(host, cpu, access, address);
      try {
        (made.use as MemCallback)(cpu, info, address);
      } catch (error) {
        this.threw(made, error);
      }
      info.end();
      this.inside = NONE;
    };
  }

  private handleHost(owner: Instance): HandleHost {
    const { machine } = this;
    return {
      place: () => this.placeOf(owner),
      registerExec: (exec, flags, hook) => this.register(owner, hook, flags, exec),
      noteExec: (exec, hook, pc) => this.noteExec(owner, hook, exec, pc),
      registerMem: (mem, flags) => this.register(owner, MEM_HOOK, flags, mem),
      registerFull: (ring) =>
        this.register(owner, 'ring callback', 'no-regs', (cpu: number) => ring.full!(ring, cpu), ring),
      slotOf: (name) => {
        const found = machine.isa.registers.find((r) => r.name === name || r.aliases.includes(name));
        if (!found) throw new PluginUseError(this.placeOf(owner), `there is no register ${name}`);
        return found.slot;
      },
      disassemble: (pc, bytes) => machine.isa.disassemble(pc, bytes),
      symbolName: (pc) => machine.symbolName(pc),
      codePage: (page) => machine.memory.codePage(alignDown(page, PAGE_SIZE)),
    };
  }
}

function checkVersion(name: string, version: number): void {
  if (!Number.isInteger(version))
    throw new PluginVersionError(
      name,
      'does not say which API version it is for',
      `export apiVersion = ${API_VERSION}`,
    );
  if (version < API_VERSION_MIN || version > API_VERSION)
    throw new PluginVersionError(
      name,
      `is for API version ${version}; this is version ${API_VERSION}`,
      `supported: ${API_VERSION_MIN} to ${API_VERSION}`,
    );
}

/** Whether this window ends at icount. */
function isOver({ interval, due }: Window, icount: number, atSeam: boolean): boolean {
  if (due === undefined) return icount % interval === 0;
  return icount >= due + SEAM_LIMIT || (icount > due && atSeam);
}
