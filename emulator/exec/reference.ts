// Executes blocks by the ISA's reference model, one instruction after another: what the translator `reference` does where
// others run translated code. It keeps the contract of the runtime's `run` (runtime/assembly/run.ts): from the pc of one
// vCPU on until ENV_EXIT says why not further, with the same budget, refunds and header fields; so the machine cuts blocks,
// resumes them and runs single instructions as it always does.
//
// Of a block it takes the extent and the hooks, nothing else: instructions are fetched from memory as they are reached.

import type { GuestIsa } from '../guest/isa.ts';
import type { ReferenceMemory, ReferenceModel, ReferenceStop } from '../guest/reference.ts';
import { CALL_ICOUNT, CALL_MEM, CALL_READS, CALL_WRITES, MEM_SIGN, MEM_SIZE } from '../ir/op.ts';
import * as L from '../memory/layout.ts';
import type { PageMap } from '../memory/page-map.ts';
import { must } from '../must.ts';
import { CALL_PC, type Hook } from '../plugin/hooks.ts';
import { callbackWord } from '../plugin/weave.ts';
import type { Block } from './block.ts';
import type { BlockCache } from './cache.ts';
import { type HookAccess, HookActions } from './hook-actions.ts';

/** What the machine does for translated code, and does here too. */
export interface ReferenceHost {
  codeWrite(env: number, record: number, addr: bigint, size: number): number;
  ioAccepts(addr: bigint, size: number, write: number): number;
  ioRead(env: number, addr: bigint, size: number): bigint;
  ioWrite(env: number, addr: bigint, size: number, value: bigint): void;
  pluginExec(word: number, cpu: number): void;
  pluginAccess(word: number, cpu: number, address: bigint): void;
}

export interface ReferenceParts {
  readonly buffer: ArrayBufferLike;
  readonly isa: GuestIsa;
  readonly memory: PageMap;
  readonly cache: BlockCache;
  readonly userMode: boolean;
  /** The runtime's functions by name: those that observe are called as translated code calls them. */
  readonly helpers: Readonly<Record<string, unknown>>;
  readonly host: ReferenceHost;
}

type ObserveBlock = (env: number, insns: bigint, id: number) => void;
type ObserveStore = (env: number, addr: bigint, value: bigint, size: number) => void;

const ADDRESS_END = 1n << BigInt(L.GUEST_ADDR_BITS);
const BUDGET = L.ENV_BUDGET >> 2;

/** A callback has set the pc. */
const REDIRECTED = Symbol('redirected');
type Stop = ReferenceStop | typeof REDIRECTED;

/** The hooks of a block by instruction: before it (those of the block itself before the first), and after an access. */
interface Plan {
  readonly before: readonly (readonly Hook[])[];
  readonly access: readonly (readonly Hook[])[];
  readonly transfer: readonly Hook[];
}

class ReferenceRunner implements ReferenceMemory {
  private readonly parts: ReferenceParts;
  private readonly actions: HookActions;
  private readonly view: DataView;
  private readonly i32: Int32Array;
  private readonly i64: BigInt64Array;
  private readonly vcpus = new Map<number, { readonly model: ReferenceModel; readonly slots: BigUint64Array }>();
  private readonly plans = new WeakMap<Block, Plan>();
  /** What executes: environment, block, index of the instruction. */
  private env = 0;
  private block: Block | undefined;
  private insn = 0;
  private access: readonly Hook[] = [];
  /** The instruction at which a callback set the pc had begun. */
  private begun = false;
  /** The instruction needs to be run alone, with devices allowed. */
  private alone = false;
  private codePage = -1;
  private codeAt = 0;

  constructor(parts: ReferenceParts) {
    this.parts = parts;
    this.actions = new HookActions(parts.buffer);
    this.view = new DataView(parts.buffer);
    this.i32 = new Int32Array(parts.buffer);
    this.i64 = new BigInt64Array(parts.buffer);
  }

  private vcpu(env: number) {
    let found = this.vcpus.get(env);
    if (!found) {
      const { isa, buffer, userMode } = this.parts;
      found = { model: isa.reference(this, userMode), slots: new BigUint64Array(buffer, env, isa.slotEnd) };
      this.vcpus.set(env, found);
    }
    return found;
  }

  run(env: number, first: number): void {
    const { cache } = this.parts;
    const { model, slots } = this.vcpu(env);
    const at = env >> 2;
    model.load(slots);
    this.env = env;
    this.codePage = -1;
    let block = first === 0 ? undefined : cache.ofRecord(first);
    must(first === 0 || block, 'a block to begin with that is not in the cache');
    for (;;) {
      const { pc } = model;
      block ??= pc < ADDRESS_END ? cache.at(Number(pc)) : undefined;
      const reason = !block ? L.EXIT_LOOKUP : this.i32[at + BUDGET]! < block.insns ? L.EXIT_BUDGET : L.EXIT_NONE;
      if (!block || reason !== L.EXIT_NONE) {
        model.save(slots);
        this.i32[at + (L.ENV_TB >> 2)] = block?.record ?? 0;
        this.i32[at + (L.ENV_EXIT >> 2)] = reason;
        return;
      }
      this.i32[at + BUDGET]! -= block.insns;
      const stop = this.execute(block, model);
      if (stop) {
        model.save(slots);
        this.stopped(block, stop);
        return;
      }
      block = undefined;
    }
  }

  /** Undefined when the block is over. */
  private execute(block: Block, model: ReferenceModel): Stop | undefined {
    const { before, access, transfer } = this.planOf(block);
    this.block = block;
    const first = Number(model.pc);
    for (let insn = 0; insn < block.insns; insn++) {
      this.insn = insn;
      for (const hook of before[insn]!) if (this.hook(hook, undefined, 0, false)) return REDIRECTED;
      this.access = access[insn]!;
      this.alone = false;
      const stop = this.access.length === 0 ? model.step() : stepWatched(model);
      if (stop) return stop;
      if (Number(model.pc) === first + block.offset(insn + 1)) continue;
      for (const hook of transfer) this.hook(hook, undefined, 0, false, model.pc);
      if (insn + 1 < block.insns) {
        // Control goes elsewhere from the middle of what was taken for a block: what follows is not executed.
        this.i32[(this.env >> 2) + BUDGET]! += block.insns - insn - 1;
        return undefined;
      }
    }
    return undefined;
  }

  /** As the runtime's stopAt. */
  private stopped(block: Block, stop: Stop): void {
    const at = this.env >> 2;
    const remain = block.insns - this.insn;
    let reason: number = L.EXIT_IO;
    if (stop === REDIRECTED) {
      reason = L.EXIT_STOP;
      this.i64[(this.env + L.ENV_EXIT_VALUE) >> 3] = this.begun ? 0n : 1n;
    } else if (!this.alone) {
      if (stop.kind === 'fault') {
        reason = stop.misaligned ? L.EXIT_MISALIGNED : L.EXIT_FAULT;
        this.i32[at + (L.ENV_EXIT_CAUSE >> 2)] = stop.access === 'store' ? L.ACCESS_STORE : L.ACCESS_LOAD;
        this.i64[(this.env + L.ENV_EXIT_VALUE) >> 3] = BigInt.asIntN(64, stop.address);
        must(stop.access !== 'fetch', 'an instruction of a block cannot be fetched');
      } else {
        reason = stop.kind === 'illegal' ? L.EXIT_ILLEGAL : L.EXIT_SYSTEM;
        this.i64[(this.env + L.ENV_EXIT_VALUE) >> 3] = BigInt(stop.word | 0);
      }
    }
    this.i32[at + (L.ENV_EXIT >> 2)] = reason;
    this.i32[at + (L.ENV_REMAIN >> 2)] = remain;
    this.i32[at + (L.ENV_TB >> 2)] = block.record;
    this.i32[at + (L.ENV_EXIT_INSN >> 2)] = this.insn;
    this.i32[at + BUDGET]! += reason === L.EXIT_IO ? remain : remain - 1;
  }

  // --- hooks ---

  private planOf(block: Block): Plan {
    let plan = this.plans.get(block);
    if (!plan) {
      const of = (insn: number, ...at: Hook['at'][]) =>
        at.flatMap((place) => block.hooks!.filter((hook) => hook.at === place && hook.insn === insn));
      const insns = Array.from({ length: block.insns }, (_, insn) => insn);
      plan = {
        before: insns.map((n) => of(n, 'entry', 'tb', 'insn')),
        access: insns.map((n) => of(n, 'mem')),
        transfer: of(0, 'transfer'),
      };
      this.plans.set(block, plan);
    }
    return plan;
  }

  /** True when a callback has set the pc: nothing more of the block is done. */
  private hook(
    { action, when }: Hook,
    access: HookAccess | undefined,
    memop: number,
    isStore: boolean,
    target?: bigint,
  ): boolean {
    const { env, parts, actions } = this;
    const { model, slots } = this.vcpu(env);
    if (action.does === 'observe' && access) {
      const observe = parts.helpers.observe_store as ObserveStore;
      observe(env, BigInt.asIntN(64, access.address), BigInt.asIntN(64, access.value), memop & MEM_SIZE);
      return false;
    }
    if (when.length > 0 || readsRegisters(action)) model.save(slots);
    else if (action.does === 'call') slots[L.SLOT_PC] = model.pc;
    if (!when.every((test) => actions.holds(test, env, { access, target }))) return false;
    if (action.does === 'observe') {
      (parts.helpers.observe_block as ObserveBlock)(env, BigInt(this.block!.insns), action.block);
      return false;
    }
    if (action.does !== 'call') {
      const isFull = actions.run(action, env, { access, target });
      if (isFull && action.does === 'record') this.call(action.full, CALL_ICOUNT, access, memop, isStore);
      return false;
    }
    this.call(action.callback, action.flags, access, memop, isStore);
    if (!(action.flags & CALL_PC) || slots[L.SLOT_REDIRECT] === 0n) return false;
    this.begun = access !== undefined;
    return true;
  }

  private call(callback: number, flags: number, access: HookAccess | undefined, memop: number, isStore: boolean): void {
    const { env } = this;
    const { model, slots } = this.vcpu(env);
    this.i32[(env + L.ENV_REMAIN) >> 2] = this.block!.insns - this.insn;
    const word = callbackWord(callback, memop, isStore);
    const cpu = this.i32[(env + L.ENV_CPU_INDEX) >> 2]!;
    if (access && flags & CALL_MEM) {
      slots[L.ENV_VALUE >> 3] = access.value;
      this.parts.host.pluginAccess(word, cpu, access.address);
    } else this.parts.host.pluginExec(word, cpu);
    if (flags & CALL_WRITES) model.load(slots);
  }

  accessed(address: bigint, size: number, value: bigint, access: 'load' | 'load-signed' | 'store'): void {
    if (this.access.length === 0) return;
    const isStore = access === 'store';
    const memop = (31 - Math.clz32(size)) | (access === 'load-signed' ? MEM_SIGN : 0);
    for (const hook of this.access) {
      if (!(hook.access & (isStore ? 2 : 1))) continue;
      // Whatever the instruction was still to do is not done.
      if (this.hook(hook, { address, value, size }, memop, isStore)) throw REDIRECTED;
    }
  }

  // --- memory ---

  fetch16(address: bigint): number | undefined {
    if (address >= ADDRESS_END) return undefined;
    const at = Number(address);
    const page = at - (at % L.PAGE_SIZE);
    if (page !== this.codePage) {
      const linear = this.parts.memory.codePage(page);
      if (linear === 0) return undefined;
      this.codePage = page;
      this.codeAt = linear;
    }
    return this.view.getUint16(this.codeAt + (at - page), true);
  }

  load(address: bigint, size: number): bigint | undefined {
    if (address >= ADDRESS_END) return undefined;
    const linear = this.parts.memory.linearToRead(Number(address));
    if (linear !== 0) return this.bytesAt(linear, size);
    if (!this.isDevice(address) || this.mustBeAlone()) return undefined;
    const { host } = this.parts;
    if (!host.ioAccepts(address, size, 0)) return undefined;
    return BigInt.asUintN(8 * size, host.ioRead(this.env, address, size));
  }

  private bytesAt(linear: number, size: number): bigint {
    const { view } = this;
    if (size === 8) return view.getBigUint64(linear, true);
    if (size === 4) return BigInt(view.getUint32(linear, true));
    if (size === 1) return BigInt(view.getUint8(linear));
    let value = 0n;
    for (let k = size - 1; k >= 0; k--) value = (value << 8n) | BigInt(view.getUint8(linear + k));
    return value;
  }

  /** True when the instruction must be begun again, alone: a device answers, or the block that runs changes. */
  private mustBeAlone(): boolean {
    this.alone = !this.i32[(this.env + L.ENV_IO_OK) >> 2];
    return this.alone;
  }

  writable(address: bigint, size: number): boolean {
    if (address >= ADDRESS_END) return false;
    const at = Number(address);
    const { memory, cache } = this.parts;
    const found = memory.linearToWrite(at);
    if (found === 0) return this.isDevice(address) && !this.mustBeAlone();
    if (!memory.holdsCode(at) || !cache.hits(this.block!.record, at, at + size)) return true;
    return !this.mustBeAlone();
  }

  store(address: bigint, size: number, value: bigint): boolean {
    const { memory, host } = this.parts;
    const at = Number(address);
    const linear = memory.linearToWrite(at);
    if (linear === 0) {
      if (!host.ioAccepts(address, size, 1)) return false;
      host.ioWrite(this.env, address, size, value);
      return true;
    }
    if (memory.holdsCode(at)) host.codeWrite(this.env, this.block!.record, address, size);
    memory.written(at);
    const { view } = this;
    if (size === 8) view.setBigUint64(linear, value, true);
    else if (size === 4) view.setUint32(linear, Number(value), true);
    else for (let k = 0; k < size; k++) view.setUint8(linear + k, Number((value >> BigInt(8 * k)) & 255n));
    return true;
  }

  isDevice(address: bigint): boolean {
    return address < ADDRESS_END && this.parts.memory.ioAt(Number(address)) !== undefined;
  }
}

/** Plain counters and rings need no registers, nor do most callbacks. */
function readsRegisters(action: Hook['action']): boolean {
  if (action.does === 'call') return (action.flags & (CALL_READS | CALL_WRITES)) !== 0;
  return !('value' in action) || action.value.from !== 'constant';
}

/** A step whose accesses somebody may end it at. */
function stepWatched(model: ReferenceModel): Stop | undefined {
  try {
    return model.step();
  } catch (thrown) {
    if (thrown === REDIRECTED) return REDIRECTED;
    throw thrown;
  }
}

/** What runs blocks by the reference model, as the runtime's `run` does by their translation. */
export function referenceRun(parts: ReferenceParts): (env: number, first: number) => void {
  const runner = new ReferenceRunner(parts);
  return (env, first) => runner.run(env, first);
}
