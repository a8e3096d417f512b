// The machine: vCPUs in turns over one platform, run to exact instruction counts. It decides nothing about the guest's
// semantics; it moves between translated code and what translated code cannot do itself.
//
// A slice is a run of one vCPU that ends at a limit, a timer deadline or a turn's end, exactly. A block that does not
// fit is cut; the rest of a cut block, or of one that left in its middle, is resumed without its block hooks.

import { alignDown, type GuestAddr, hex16 } from '../bits.ts';
import type { GuestIsa } from '../guest/isa.ts';
import { ACCESS_BITS, CALL_READS } from '../ir/op.ts';
import { printBlock } from '../ir/text.ts';
import * as L from '../memory/layout.ts';
import type { PageMap } from '../memory/page-map.ts';
import { must } from '../must.ts';
import type { ChangeLog, ChangeOptions } from '../passes/change.ts';
import { type Hook, sliceHooks } from '../plugin/hooks.ts';
import type { RuntimeExports, RuntimeHost } from '../runtime/host-load.ts';
import type { Translator } from '../translators/translator.ts';
import { type Block, NO_HOOKS } from './block.ts';
import { BlockCache } from './cache.ts';
import type { Cpu } from './cpu.ts';
import { Decisions } from './decisions.ts';
import { EventLog } from './events.ts';
import type { Log } from './log.ts';
import type { BlockText, Checkpoint, InsnEffects, MachineControl, StopReason } from './machine-control.ts';
import { type NumberedBlock, Observations } from './observations.ts';
import type { Fault, GuestEvent, Platform, PlatformHost } from './platform.ts';
import type { CodeCallback, PluginPort } from './plugin-port.ts';
import type { Probe } from './probe.ts';
import { referenceRun } from './reference.ts';
import { Regions } from './regions.ts';
import { type Picture, SavedBlocks } from './saved-blocks.ts';
import { hexBytes, Translation } from './translation.ts';
import { type Resume, type SavedVcpus, type Vcpu, Vcpus } from './vcpus.ts';

/** The callback number of -d exec, beyond those of plugins. */
const TRACE_CALLBACK = 0xffffff;
const TRACE_HOOK: Hook = {
  at: 'tb',
  insn: 0,
  access: 0,
  action: { does: 'call', callback: TRACE_CALLBACK, flags: CALL_READS },
  when: [],
};
/** Longest slice: budgets are 32 bits. */
const MAX_SLICE = 2 ** 30;
/** Instructions between two returns from translated code, at the start of a run and later. */
const FIRST_STRETCH = 2 ** 16;
const LAST_STRETCH = 2 ** 23;

/**
 * Which hooks of its block a part has: `head` all of them; `rest` no block hooks, they have run; `again` neither those
 * nor the ones before its first instruction, which left in its middle and is executed anew.
 */
type PartKind = 'head' | 'rest' | 'again';

/** What a checkpoint holds beside memory. */
interface Saved {
  readonly icount: number;
  readonly vcpus: SavedVcpus;
  readonly ended: StopReason | undefined;
  readonly platform: unknown;
  readonly stores: bigint;
}

export interface MachineParts {
  readonly buffer: ArrayBufferLike;
  readonly runtime: RuntimeExports;
  readonly helpers: Readonly<Record<string, unknown>>;
  readonly wasmMemory: WebAssembly.Memory;
  readonly isa: GuestIsa;
  readonly memory: PageMap;
  readonly translator: Translator;
  readonly changes: ChangeLog;
  readonly userMode: boolean;
  readonly log: Log;
  readonly probe?: Probe | undefined;
  readonly branchHints: boolean;
  readonly symbolAt: (addr: GuestAddr) => string | undefined;
  readonly warn: (text: string) => void;
  /** Text of a compiled module, for -d out_asm. */
  readonly wasmText?: (bytes: Uint8Array) => string;
}

export class MachineCore implements MachineControl, PlatformHost {
  readonly isa: GuestIsa;
  readonly memory: PageMap;
  readonly cache: BlockCache;
  readonly translation: Translation;
  platform!: Platform;
  plugins: PluginPort | undefined;
  ended: StopReason | undefined;
  atSeam = false;
  private readonly parts: MachineParts;
  private readonly runtime: RuntimeExports;
  /** Runs blocks from a vCPU's pc on: translated code, or the reference model. */
  private readonly execute: RuntimeExports['run'];
  readonly regions: Regions;
  private readonly decisions: Decisions;
  private readonly eventLog: EventLog;
  readonly observations: Observations;
  private readonly vcpus: Vcpus;
  private count = 0;
  private running: Cpu | undefined;
  private sliceEnd = 0;
  /** False while no block is to be cut: the slice ends before one that does not fit. */
  private mayCut = true;
  /** The slice has ended so. */
  private held = false;
  /** Where a callback has set the pc to. */
  private redirectTo = 0n;
  private stopping = false;
  private flushWanted = false;
  private savedKey = '';
  private ioDone = false;
  private readonly saved = new Map<Checkpoint, Saved>();

  constructor(parts: MachineParts) {
    this.parts = parts;
    this.isa = parts.isa;
    this.memory = parts.memory;
    this.runtime = parts.runtime;
    const { tuning, policy } = parts.translator;
    this.decisions = new Decisions(policy ?? {}, parts.changes);
    this.cache = new BlockCache(
      parts.buffer,
      parts.memory,
      this.decisions,
      tuning.link && !parts.log.items.has('nochain'),
    );
    this.eventLog = new EventLog(parts.runtime.mix);
    this.observations = new Observations(parts.buffer, parts.runtime);
    this.vcpus = new Vcpus(parts.buffer);
    this.translation = new Translation({
      ...parts,
      cache: this.cache,
      wantsHooks: () => parts.log.items.has('exec') || this.plugins?.wantsBlocks === true,
      hooksFor: (view) => {
        const hooks = this.plugins?.wantsBlocks ? this.plugins.translate(view) : NO_HOOKS;
        return parts.log.items.has('exec') ? [TRACE_HOOK, ...hooks] : hooks;
      },
    });
    const { wasmText, log } = parts;
    const threshold = tuning.tier === 'both' ? powerOfTwo(tuning.hotThreshold) : tuning.tier === 'wasm' ? 1 : 0;
    this.regions = new Regions({
      cache: this.cache,
      translation: this.translation,
      decisions: this.decisions,
      tuning,
      threshold,
      table: parts.runtime.table,
      branchHints: parts.branchHints,
      imports: {
        env: { memory: parts.wasmMemory },
        h: parts.helpers,
      },
      callback: (number) => this.callback(number),
      compiled:
        wasmText && log.items.has('out_asm')
          ? (bytes, heads) =>
              log.write(`OUT: ${heads.map((pc) => `0x${pc.toString(16)}`).join(' ')}\n${wasmText(bytes)}\n`)
          : undefined,
      blockAt: (pc) => this.blockAt(pc),
      probe: parts.probe,
    });
    this.execute =
      tuning.tier === 'reference' ? referenceRun({ ...parts, cache: this.cache, host: this }) : parts.runtime.run;
    parts.runtime.setHotThreshold(threshold);
    parts.runtime.setObservedSlots(parts.isa.slotEnd);
    parts.memory.onCodeWrite = (start, end) => this.cache.invalidate(start, end);
    parts.memory.flushAll = () => parts.runtime.flushTlb(this.vcpus.list.length);
    parts.memory.flushRange = (start, end) => {
      if (this.decisions.forget(start, end)) parts.memory.flushAll();
    };
    parts.memory.flushPage = (page) => {
      if (this.decisions.forget(page, page + L.PAGE_SIZE))
        parts.runtime.flushPage(this.vcpus.list.length, BigInt(page));
    };
  }

  // --- what the runtime calls ---

  resolve(addr: bigint, access: number): number {
    const at = Number(addr);
    return this.memory.resolve(at, access) ? 1 : 0;
  }
  codeWrite(env: number, record: number, addr: bigint, size: number): number {
    const start = Number(addr);
    // The running block sees its own change: everything after this instruction is translated anew.
    if (!this.cpuOf(env).field(L.ENV_IO_OK) && this.cache.hits(record, start, start + size)) return 1;
    this.cache.invalidate(start, start + size);
    return 0;
  }
  ioAccepts(addr: bigint, size: number, write: number): number {
    const found = this.memory.ioAt(Number(addr));
    must(found, 'device page without a device');
    return (found.region.accepts?.(found.offset, size, write !== 0) ?? true) ? 1 : 0;
  }
  ioRead(_env: number, addr: bigint, size: number): bigint {
    this.ioDone = true;
    const found = this.memory.ioAt(Number(addr));
    must(found, 'device page without a device');
    return BigInt.asIntN(64, found.region.read(found.offset, size));
  }
  ioWrite(_env: number, addr: bigint, size: number, value: bigint): void {
    this.ioDone = true;
    const found = this.memory.ioAt(Number(addr));
    must(found, 'device page without a device');
    found.region.write(found.offset, size, BigInt.asUintN(size * 8, value));
  }
  link(record: number, slot: number, pc: bigint): number {
    return this.cache.link(record, slot, Number(pc));
  }
  pluginExec(word: number, cpu: number): void {
    this.callback(word >>> 7)(cpu, 0, 0n);
  }
  pluginAccess(word: number, cpu: number, address: bigint): void {
    this.callback(word >>> 7)(cpu, word & ACCESS_BITS, address);
  }

  /** What a plugin_call calls. */
  private callback(number: number): CodeCallback {
    if (number === TRACE_CALLBACK) return (cpu) => this.trace(this.cpus[cpu]!);
    const callback = this.plugins!.callback(number);
    const { probe } = this.parts;
    if (!probe) return callback;
    return (cpu, access, address) => {
      probe.enter('plugin');
      callback(cpu, access, address);
      probe.leave();
    };
  }

  // --- what plugins bring about ---

  /** The vCPU that is in translated code. */
  get runningCpu(): Cpu | undefined {
    return this.running;
  }
  get liveCpus(): Cpu[] {
    return this.vcpus.list.filter(({ gone }) => !gone).map(({ cpu }) => cpu);
  }
  get nextCpu(): number {
    return this.ended ? -1 : this.vcpus.next(this.count, (cpu) => this.platform.runnable(cpu));
  }
  /** From inside a callback that may set the pc: the block ends behind the callback, and execution goes on at `pc`. */
  redirect(cpu: Cpu, pc: bigint): void {
    this.redirectTo = pc;
    cpu.write(L.SLOT_REDIRECT, 1n);
  }
  /** Hands virtual time over; undefined where the platform has none to give. */
  controlTime(): ((ns: bigint) => void) | undefined {
    const update = this.platform.controlTime?.();
    return (
      update &&
      ((ns) => {
        update(ns);
        // A deadline may be due before the slice was to end.
        if (this.running) this.curtail(this.running);
      })
    );
  }
  physicalAddress(cpu: Cpu, addr: GuestAddr): GuestAddr | undefined {
    if (this.platform.physicalAddress) return this.platform.physicalAddress(cpu, addr);
    return this.memory.protectionOf(addr) === undefined ? undefined : addr;
  }

  /** From a callback in translated code: what was just asked for is done as soon as the block has ended. */
  private hurry(): void {
    if (this.running && this.plugins?.inCode) this.curtail(this.running);
  }

  /** Ends the slice with the block that runs (compiled code may finish its region): something is to be done outside. */
  private curtail(cpu: Cpu): void {
    const left = cpu.field(L.ENV_BUDGET);
    if (left <= 0) return;
    this.sliceEnd -= left;
    this.runtime.setSliceEnd(this.sliceEnd);
    cpu.setField(L.ENV_BUDGET, 0);
  }

  /**
   * A line of -d exec in QEMU's form: vCPU, where the block's code is, [cs_base/pc/flags/cflags], symbol. RISC-V has no
   * cs_base; blocks here are not specialised by processor state, so flags are zero; and whole blocks have no cflags.
   */
  private trace(cpu: Cpu): void {
    const { log } = this.parts;
    const record = this.cache.at(cpu.pc)?.record ?? 0;
    const symbol = this.symbolName(cpu.pc) ?? '';
    log.write(
      `Trace ${cpu.index}: 0x${record.toString(16)} [${hex16(0)}/${hex16(cpu.pc)}/00000000/00000000] ${symbol}\n`,
    );
  }

  private cpuOf(env: number): Cpu {
    return this.cpus[(env - L.ENV_BASE) / L.ENV_SIZE]!;
  }

  // --- PlatformHost ---

  get icount(): number {
    const { running } = this;
    if (!running) return this.count;
    // A callback comes before instructions that are charged already, the one it is attached to included.
    const ahead = this.plugins?.inCode ? running.field(L.ENV_REMAIN) : 0;
    return this.sliceEnd - running.field(L.ENV_BUDGET) - ahead;
  }

  get cpus(): readonly Cpu[] {
    return this.vcpus.cpus;
  }

  addCpu(): Cpu | undefined {
    const vcpu = this.vcpus.add(this.icount);
    if (!vcpu) return undefined;
    this.runtime.flushTlb(this.vcpus.list.length);
    this.plugins?.vcpuInit(vcpu.cpu);
    return vcpu.cpu;
  }

  removeCpu(cpu: Cpu): void {
    this.vcpus.list[cpu.index]!.gone = true;
    this.plugins?.vcpuExit(cpu);
  }

  yieldTurn(): void {
    this.vcpus.endTurn();
  }

  exit(code: number, reason?: string): void {
    this.plugins?.ended();
    this.ended ??= reason === undefined ? { kind: 'exit', code } : { kind: 'exit', code, reason };
  }

  event(event: GuestEvent): void {
    this.eventLog.add(event, this.icount);
    if (this.parts.log.items.has('int') && event.kind !== 'io' && event.kind !== 'syscall') {
      this.parts.log.write(`${event.text}\n`);
    }
  }

  warn(text: string): void {
    this.parts.warn(text);
  }

  // --- running ---

  stop(): void {
    this.stopping = true;
    this.hurry();
  }

  run(limitIcount: number, latest: number = limitIcount): StopReason {
    return this.runTo(limitIcount, latest, false);
  }

  runBlocks(limitIcount: number): StopReason {
    try {
      return this.runTo(limitIcount, limitIcount, true);
    } finally {
      this.mayCut = true;
    }
  }

  private runTo(limitIcount: number, latest: number, whole: boolean): StopReason {
    try {
      return this.turns(limitIcount, latest, whole);
    } finally {
      this.plugins?.stopped();
    }
  }

  private turns(limitIcount: number, latest: number, whole: boolean): StopReason {
    must(this.running === undefined, 'the machine is running already');
    this.stopping = false;
    this.held = false;
    this.atSeam = false;
    while (!this.ended) {
      if (this.stopping) return { kind: 'stopped' };
      if (this.count >= latest || (this.count > limitIcount && this.atSeam)) return { kind: 'limit' };
      if (this.platform.nextDeadline() <= this.count) {
        this.platform.deadline();
        continue;
      }
      if (this.plugins && this.platform.kind === 'system') this.tellIdle(this.plugins);
      const state = this.vcpus.pick(this.count, (cpu) => this.platform.runnable(cpu));
      if (!state) {
        if (!this.platform.idle())
          this.ended = { kind: 'stuck', reason: 'every vCPU waits for something that will not happen' };
        continue;
      }
      const late = this.isLate(state);
      if (late === 0 && this.platform.interrupt(state.cpu)) state.resume = undefined;
      if (this.ended || !this.platform.runnable(state.cpu)) continue;
      const { count, platform, vcpus } = this;
      const own = Math.min(platform.nextDeadline(), vcpus.deadline, count + (late || MAX_SLICE));
      const last = Math.min(latest, own);
      // Where a slice ends by itself a block is cut whoever watches.
      this.mayCut = !whole || own <= limitIcount;
      if (last > count) this.slice(state, Math.min(limitIcount, last), last);
      if (this.held) return { kind: 'limit' };
    }
    return this.ended;
  }

  /** How many instructions a translator's policy has interrupts and signals wait for: none, or those of one block. */
  private isLate(state: Vcpu): number {
    if (!this.decisions.has('attend')) return 0;
    state.late = !state.late && !this.decisions.attend(state.cpu.pc);
    return state.late ? (this.blockFor(state.cpu)?.insns ?? 1) : 0;
  }

  /** Tells plugins of harts that have begun or ceased to wait. */
  private tellIdle(plugins: PluginPort): void {
    for (const state of this.vcpus.list) {
      if (state.gone || state.idle !== this.platform.runnable(state.cpu)) continue;
      state.idle = !state.idle;
      if (state.idle) plugins.vcpuIdle(state.cpu);
      else plugins.vcpuResume(state.cpu);
    }
  }

  /**
   * Runs one vCPU until icount is `end`, or on to the next seam when `last` lies behind it; returns early when the platform
   * had to do something.
   */
  private slice(state: Vcpu, end: number, last: number): void {
    const { cpu } = state;
    this.atSeam = false;
    this.begin(cpu, end);
    let first: Block | undefined;
    let interpret = false;
    try {
      while (true) {
        if (this.stopping) return;
        if (this.flushWanted) {
          this.flushNow(true);
          first = undefined;
        }
        first ??= this.resumed(state);
        this.enter(cpu.env, first?.record ?? 0, interpret ? 1 : 0);
        first = undefined;
        interpret = false;
        const left = cpu.field(L.ENV_BUDGET);
        switch (cpu.field(L.ENV_EXIT)) {
          case L.EXIT_LOOKUP: {
            if (left <= 0 && !this.refill(cpu, end)) {
              if (end < last) this.toSeam(state, undefined, last);
              return;
            }
            const block = this.blockFor(cpu);
            if (!block) {
              this.fetchFault(state);
              return;
            }
            this.cache.enterJumpCache(block);
            first = block;
            break;
          }
          case L.EXIT_BUDGET: {
            if (this.refill(cpu, end)) {
              first = this.cache.ofRecord(cpu.field(L.ENV_TB));
              break;
            }
            if (left <= 0 && end === last) return;
            const block = this.cache.ofRecord(cpu.field(L.ENV_TB)) ?? this.blockFor(cpu);
            if (!block) {
              this.fetchFault(state);
              return;
            }
            if (block.insns <= left) {
              first = block;
              interpret = true;
              break;
            }
            if (end < last) {
              this.toSeam(state, block, last);
              return;
            }
            if (!this.cut(state, block, left)) return;
            break;
          }
          case L.EXIT_LEAVE:
          case L.EXIT_IO:
            if (!this.single(state)) return;
            break;
          case L.EXIT_HOT: {
            const block = this.cache.ofRecord(cpu.field(L.ENV_TB));
            must(block, 'hot block is not in the cache');
            this.regions.hot(block);
            first = block;
            break;
          }
          default:
            this.parts.probe?.enter('system');
            this.exception(cpu);
            this.parts.probe?.leave();
            return;
        }
      }
    } finally {
      this.endSlice(cpu);
    }
  }

  /**
   * Runs block by block from where the slice was to end, to the first seam or to `last`: `first` before anything else, which
   * is too long to end there.
   */
  private toSeam(state: Vcpu, first: Block | undefined, last: number): void {
    const { cpu } = state;
    let block = first;
    while (!this.stopping) {
      if (this.flushWanted) {
        this.flushNow(true);
        block = undefined;
      }
      const room = last - this.icount;
      if (room <= 0) return;
      block ??= this.resumed(state) ?? this.blockFor(cpu);
      if (!block) {
        this.fetchFault(state);
        return;
      }
      const insns = Math.min(block.insns, room);
      this.sliceEnd += insns - cpu.field(L.ENV_BUDGET);
      this.runtime.setSliceEnd(this.sliceEnd);
      cpu.setField(L.ENV_BUDGET, insns);
      if (insns < block.insns) {
        this.cut(state, block, insns);
        return;
      }
      this.enter(cpu.env, block.record, 1);
      switch (cpu.field(L.ENV_EXIT)) {
        case L.EXIT_LOOKUP:
        case L.EXIT_BUDGET:
          // What is left over was not reached: control went elsewhere from the middle.
          this.atSeam = this.cache.endsAtSeam(block) || cpu.field(L.ENV_BUDGET) > 0;
          if (this.atSeam) return;
          block = undefined;
          break;
        case L.EXIT_HOT:
          this.regions.hot(block);
          break;
        case L.EXIT_IO:
          if (!this.single(state)) return;
          block = undefined;
          break;
        default:
          this.exception(cpu);
          return;
      }
    }
  }

  /** The rest of a block that was cut or left, when the vCPU is still there. */
  private resumed(state: Vcpu): Block | undefined {
    const { resume, cpu } = state;
    if (!resume) return undefined;
    state.resume = undefined;
    const whole = this.current(resume);
    if (!whole || whole.pc + whole.offset(resume.index) !== cpu.pc) return undefined;
    return this.part(whole, resume.index, whole.insns - resume.index, 'rest');
  }

  /** Runs translated code until it comes back. */
  private enter(env: number, record: number, interpret: number): void {
    const { probe } = this.parts;
    probe?.enter('code');
    this.execute(env, record, interpret);
    probe?.leave();
  }

  /** Takes `cpu` into translated code from here on, up to `end` at most. */
  private begin(cpu: Cpu, end: number): void {
    this.plugins?.turn(cpu);
    this.running = cpu;
    this.sliceEnd = this.count;
    cpu.setField(L.ENV_BUDGET, 0);
    this.refill(cpu, end);
  }

  /**
   * Lets translated code run on when its budget is used up before the slice is: control comes back between blocks now
   * and then, without cutting one, because the engine replaces baseline code only when it is entered anew. The
   * stretches grow with the run. False when the slice is over.
   */
  private refill(cpu: Cpu, end: number): boolean {
    const stretch = Math.min(Math.max(this.sliceEnd / 8, FIRST_STRETCH), LAST_STRETCH);
    const more = Math.min(end - this.sliceEnd, Math.floor(stretch));
    if (more <= 0) return false;
    this.sliceEnd += more;
    this.runtime.setSliceEnd(this.sliceEnd);
    cpu.setField(L.ENV_BUDGET, cpu.field(L.ENV_BUDGET) + more);
    return true;
  }

  private endSlice(cpu: Cpu): void {
    this.count = this.sliceEnd - cpu.field(L.ENV_BUDGET);
    cpu.setField(L.ENV_BUDGET, 0);
    this.running = undefined;
  }

  /** Runs `block` with a budget of `insns` in tier 0 only; true when it came to its end that way. */
  private runExactly(cpu: Cpu, block: Block, insns: number): boolean {
    const rest = cpu.field(L.ENV_BUDGET) - insns;
    const end = this.sliceEnd;
    this.sliceEnd = end - rest;
    this.runtime.setSliceEnd(this.sliceEnd);
    cpu.setField(L.ENV_BUDGET, insns);
    this.enter(cpu.env, block.record, 1);
    const left = cpu.field(L.ENV_BUDGET);
    const reason = cpu.field(L.ENV_EXIT);
    this.sliceEnd = end;
    this.runtime.setSliceEnd(end);
    cpu.setField(L.ENV_BUDGET, left + rest);
    if (left === 0 && (reason === L.EXIT_LOOKUP || reason === L.EXIT_BUDGET)) return true;
    return false;
  }

  /** The first `left` instructions of a block too long for the budget. False when the slice is over. */
  private cut(state: Vcpu, block: Block, left: number): boolean {
    const { cpu } = state;
    const { whole, index } = block;
    if (!this.mayCut) {
      if (block !== whole) state.resume = { whole, index };
      this.held = true;
      return false;
    }
    const head = this.part(whole, index, left, block === whole ? 'head' : 'rest');
    if (!head) {
      this.fetchFault(state);
      return false;
    }
    if (this.runExactly(cpu, head, head.insns)) {
      state.resume = { whole, index: index + head.insns };
      const extra = head.insns - this.decisions.charge(head, head.insns);
      if (extra !== 0) cpu.setField(L.ENV_BUDGET, cpu.field(L.ENV_BUDGET) + extra);
      return cpu.field(L.ENV_BUDGET) > 0;
    }
    if (cpu.field(L.ENV_EXIT) === L.EXIT_IO) return this.single(state);
    this.exception(cpu);
    return false;
  }

  /** Runs the one instruction at pc that left, with devices allowed. False when the slice is over. */
  private single(state: Vcpu): boolean {
    const { cpu } = state;
    // A callback may have changed the code of the block it was called from: then what is there now goes on.
    const parent = this.cache.ofRecord(cpu.field(L.ENV_TB));
    const whole = parent?.whole ?? this.blockFor(cpu);
    const index = parent ? parent.index + cpu.field(L.ENV_EXIT_INSN) : 0;
    const one = whole && this.part(whole, index, 1, 'again');
    if (!one) {
      this.fetchFault(state);
      return false;
    }
    this.ioDone = false;
    cpu.setField(L.ENV_IO_OK, 1);
    const done = this.runExactly(cpu, one, 1);
    cpu.setField(L.ENV_IO_OK, 0);
    if (!done) {
      this.exception(cpu);
      return false;
    }
    if (index + 1 < whole.insns) state.resume = { whole, index: index + 1 };
    this.atSeam = this.ioDone || this.cache.endsAtSeam(one);
    // A device may have raised an interrupt or moved a deadline.
    return !this.ioDone && cpu.field(L.ENV_BUDGET) > 0;
  }

  private exception(cpu: Cpu): void {
    this.atSeam = true;
    if (this.outOfMemory()) return;
    const reason = cpu.field(L.ENV_EXIT);
    const word = Number(BigInt.asIntN(32, cpu.field64(L.ENV_EXIT_VALUE)));
    if (reason === L.EXIT_SYSTEM) this.platform.system(cpu, word);
    else if (reason === L.EXIT_ILLEGAL) this.platform.illegal(cpu, word);
    else if (reason === L.EXIT_FAULT || reason === L.EXIT_MISALIGNED) {
      const address = cpu.field64(L.ENV_EXIT_VALUE);
      this.platform.fault(cpu, this.faultAt(address, cpu.field(L.ENV_EXIT_CAUSE), reason === L.EXIT_MISALIGNED));
    } else {
      must(reason === L.EXIT_STOP, `unknown exit ${reason}`);
      cpu.write(L.SLOT_REDIRECT, 0n);
      cpu.write(L.SLOT_PC, this.redirectTo);
      cpu.setField(L.ENV_BUDGET, cpu.field(L.ENV_BUDGET) + word);
    }
  }

  private outOfMemory(): boolean {
    if (!this.memory.exhausted) return false;
    this.ended = { kind: 'stuck', reason: 'the guest has used up its memory (-m allows more)' };
    return true;
  }

  private faultAt(address: bigint, access: number, misaligned: boolean): Fault {
    const kind = access === L.ACCESS_STORE ? 'store' : access === L.ACCESS_LOAD ? 'load' : 'fetch';
    const page = address >> BigInt(L.GUEST_ADDR_BITS) ? undefined : alignDown(Number(address), L.PAGE_SIZE);
    return { kind, address, misaligned, mapped: page !== undefined && this.memory.protectionOf(page) !== undefined };
  }

  /** The instruction at pc cannot be fetched: that counts as one instruction, so that a guest always gets somewhere. */
  private fetchFault(state: Vcpu): void {
    const { cpu } = state;
    state.resume = undefined;
    this.atSeam = true;
    if (this.outOfMemory()) return;
    cpu.setField(L.ENV_BUDGET, cpu.field(L.ENV_BUDGET) - 1);
    let address = cpu.read(L.SLOT_PC);
    // When the first half can be read, the page of the second half is at fault.
    const pc = cpu.pc;
    if (this.codeAllowed(pc)) address = BigInt.asUintN(64, BigInt(alignDown(pc, L.PAGE_SIZE) + L.PAGE_SIZE));
    this.platform.fault(cpu, this.faultAt(address, L.ACCESS_FETCH, false));
  }

  private codeAllowed(pc: GuestAddr): boolean {
    return pc % 2 === 0 && this.memory.codePage(alignDown(pc, L.PAGE_SIZE)) !== 0;
  }

  // --- blocks ---

  private blockFor(cpu: Cpu): Block | undefined {
    const full = cpu.read(L.SLOT_PC);
    if (full >> BigInt(L.GUEST_ADDR_BITS) || full & 1n) return undefined;
    return this.blockAt(cpu.pc);
  }

  private blockAt(pc: GuestAddr): Block | undefined {
    const found = this.cache.at(pc);
    if (found) return found;
    const made = this.make({ pc, maxInsns: this.parts.translator.tuning.maxInsns });
    if (!made) return undefined;
    this.cache.enterJumpCache(made);
    this.regions.made(made);
    // The code arena may have filled up and been emptied meanwhile.
    return made.valid ? made : this.blockAt(pc);
  }

  /** `insns` instructions of the block `whole` from its instruction `index` on. */
  private part(whole: Block, index: number, insns: number, kind: PartKind): Block | undefined {
    const variant = `${whole.id}:${index}:${insns}:${kind}`;
    const known = this.cache.variant(variant);
    if (known) return known;
    const all = this.translation.hooksOf(whole);
    const hooks = all.length ? sliceHooks(all, index, insns, kind === 'again', kind === 'head') : NO_HOOKS;
    return this.make({ pc: whole.pc + whole.offset(index), maxInsns: insns, hooks, variant, whole, index });
  }

  /**
   * The block a resumed part belongs to, translated anew when it was thrown away (its code has changed, or what plugins
   * want has), so that the part has the hooks of the code that is there. Undefined when it no longer has that instruction.
   */
  private current({ whole, index }: Resume): Block | undefined {
    if (whole.valid) return whole;
    const fresh = this.blockAt(whole.pc);
    return fresh && index < fresh.insns && fresh.offset(index) === whole.offset(index) ? fresh : undefined;
  }

  private make(part: Parameters<Translation['translate']>[0]): Block | undefined {
    let made = this.translation.translate(part);
    if (made === 'full') {
      this.flushNow(false);
      made = this.translation.translate(part);
      must(made !== 'full', 'a block does not fit the code arena');
    }
    if (made === 'fetch') return undefined;
    this.observations.define(made.id, made);
    return made;
  }

  flushCode(): void {
    if (!this.running) {
      this.flushNow(true);
      return;
    }
    this.flushWanted = true;
    this.hurry();
  }

  steerChanges(options: ChangeOptions): void {
    this.parts.changes.steer(options);
    this.flushCode();
  }

  private flushNow(keepPlans: boolean): void {
    this.flushWanted = false;
    this.cache.flush();
    // Plugins may want other hooks from now on.
    if (this.plugins) this.dropSavedBlocks();
    else this.translation.saved?.forget();
    this.regions.flushed(keepPlans);
    this.plugins?.flushed();
  }

  /**
   * Lets blocks come from an earlier run (exec/saved-blocks.ts) where the guest code is the same. Called before the first
   * block is translated. Does nothing where somebody is to see or to change how blocks are made: plugins whose hooks are not steady,
   * a log. `picture` is missing when there is none yet; it is closed when it has been read.
   */
  useSavedBlocks(key: string, picture: Picture | undefined): void {
    const hooks = this.plugins ? this.plugins.steadyHooks : '';
    if (hooks === undefined || [...this.parts.log.items].some((item) => item !== 'plugin')) {
      picture?.close();
      return;
    }
    const saved = new SavedBlocks(this.parts.buffer, this.memory, this.cache, this.runtime);
    this.savedKey = key + hooks;
    if (picture) saved.load(picture, this.savedKey);
    this.translation.saved = saved;
    this.regions.saved = saved.regions;
    const blocks = this.translation.adopt();
    for (const block of blocks) this.observations.define(block.id, block);
    this.regions.adopted(blocks);
  }

  private dropSavedBlocks(): void {
    this.translation.saved = undefined;
    this.regions.saved = undefined;
  }

  /** What a later run may be given; undefined when that would hardly help it. Called once, when no block is to run any more before a flush. */
  blocksToSave(): Uint8Array | undefined {
    return this.translation.saved?.save(this.savedKey);
  }

  // --- checkpoints and digests ---

  checkpoint(): Checkpoint {
    must(!this.running, 'checkpoint inside a slice');
    const id = this.memory.beginEpoch();
    this.eventLog.reset();
    this.saved.set(id, {
      icount: this.count,
      vcpus: this.vcpus.save(),
      ended: this.ended,
      platform: this.platform.save(),
      stores: this.runtime.getStores(),
    });
    return id;
  }

  rollback(to: Checkpoint): void {
    const saved = this.saved.get(to);
    must(saved && !this.running, 'no such checkpoint');
    must(this.memory.rollback(to), 'the undo log of this checkpoint overflowed');
    for (const id of [...this.saved.keys()]) if (id > to) this.saved.delete(id);
    this.vcpus.restore(saved.vcpus);
    this.count = saved.icount;
    this.ended = saved.ended;
    this.platform.restore(saved.platform);
    this.runtime.setStores(saved.stores);
    this.eventLog.reset();
  }

  release(upTo: Checkpoint): void {
    for (const id of [...this.saved.keys()]) if (id <= upTo) this.saved.delete(id);
    this.memory.release(upTo);
  }

  canRollback(to: Checkpoint): boolean {
    return this.saved.has(to) && this.memory.canRollback(to);
  }

  drop(checkpoint: Checkpoint): void {
    this.memory.merge(checkpoint);
    this.saved.delete(checkpoint);
  }
  get undoBytes(): number {
    return this.memory.undoBytes;
  }
  get undoLost(): boolean {
    return this.memory.undoLost;
  }
  watchOutside(wrote: ((start: GuestAddr, end: GuestAddr) => void) | undefined): void {
    this.memory.onOutsideWrite = wrote;
  }

  stateDigest(): bigint {
    const { live } = this.vcpus;
    let digest = BigInt.asUintN(64, this.runtime.stateDigest(live.length, this.isa.slotEnd));
    for (const { gone, cpu } of live) if (gone) digest ^= BigInt(cpu.index + 1);
    return digest;
  }
  memoryDigest(): bigint {
    return BigInt.asUintN(64, this.runtime.memoryDigest());
  }
  dirtyPages(): GuestAddr[] {
    return this.memory.dirtyPages();
  }
  eventDigest(): bigint {
    return this.eventLog.digest;
  }
  events(): readonly (GuestEvent & { readonly icount: number })[] {
    return this.eventLog.list;
  }

  block(id: number): NumberedBlock | undefined {
    return this.observations.block(id);
  }

  // --- text ---

  describeBlock(
    pc: GuestAddr,
    maxInsns = this.parts.translator.tuning.maxInsns,
    wasmText?: (bytes: Uint8Array) => string,
  ): BlockText | undefined {
    const made = this.translation.describe(pc, maxInsns);
    if (!made) return undefined;
    const { formed, optimised, offsets } = made;
    const insns = [];
    for (let i = 0; i < formed.insns; i++) {
      const at = pc + offsets[i]!;
      const bytes = this.memory.peek(at, offsets[i + 1]! - offsets[i]!)!;
      const text = this.isa.disassemble(at, bytes);
      insns.push({ pc: at, bytes: hexBytes(bytes), text });
    }
    // Nothing is translated for the reference model.
    if (this.translation.none) return { pc, insns, ir: '', irOptimised: '' };
    const text = {
      pc,
      insns,
      ir: printBlock(formed, this.translation.slotName),
      irOptimised: printBlock(optimised, this.translation.slotName),
    };
    return wasmText ? { ...text, wasm: this.regions.text(optimised, wasmText) } : text;
  }

  disassemble(pc: GuestAddr): string {
    const first = this.memory.peek(pc, 2);
    if (!first) return '<unmapped>';
    const length = this.isa.instructionLength(first[0]! | (first[1]! << 8));
    return this.isa.disassemble(pc, this.memory.peek(pc, length) ?? first);
  }

  effectsOf(pc: GuestAddr): InsnEffects {
    return this.translation.effectsOf(pc);
  }

  symbolAt(addr: GuestAddr): string | undefined {
    return this.parts.symbolAt(addr);
  }
  /** The symbol's name without an offset. */
  symbolName(addr: GuestAddr): string | undefined {
    return this.parts.symbolAt(addr)?.replace(/\+0x[0-9a-f]+$/, '');
  }
}

/** The runtime's imports, for a machine that will exist by the time code runs. */
export function runtimeHost(machine: () => MachineCore): RuntimeHost {
  return {
    resolve: (addr, access) => machine().resolve(addr, access),
    codeWrite: (env, tb, addr, size) => machine().codeWrite(env, tb, addr, size),
    ioAccepts: (addr, size, write) => machine().ioAccepts(addr, size, write),
    ioRead: (env, addr, size) => machine().ioRead(env, addr, size),
    ioWrite: (env, addr, size, value) => machine().ioWrite(env, addr, size, value),
    link: (tb, slot, pc) => machine().link(tb, slot, pc),
    pluginExec: (word, cpu) => machine().pluginExec(word, cpu),
    pluginAccess: (word, cpu, address) => machine().pluginAccess(word, cpu, address),
  };
}

/** The largest power of two not above `count`, at least 1. */
function powerOfTwo(count: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, count)));
}
