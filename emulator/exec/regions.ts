// Tier 1: chooses regions around hot blocks, has them compiled in batches, puts the functions into the table. Choices
// depend on execution counts and on the code alone.

import { compileRegions, type Region, type WasmOptions } from '../backend/wasm/index.ts';
import { addrOf, type GuestAddr, hiOf, loOf } from '../bits.ts';
import { type IrBlock, STRIDE } from '../ir/ir.ts';
import { Op } from '../ir/op.ts';
import { must } from '../must.ts';
import type { Tuning } from '../translators/translator.ts';
import type { Block, CompiledModule } from './block.ts';
import type { BlockCache } from './cache.ts';
import type { Decisions } from './decisions.ts';
import type { CodeCallback } from './plugin-port.ts';
import type { Probe } from './probe.ts';
import type { SavedModule, SavedRegions } from './saved-regions.ts';
import type { Translation } from './translation.ts';

/**
 * Hot heads compiled together; a module costs about half a millisecond however small, in each run that takes it from an earlier
 * one again. Regions of a module die together: when code has changed under one the next batches are small, each twice as large as
 * the one before until it happens again.
 */
const BATCH = 64;
const SMALL_BATCH = 8;
/** Those that wait are compiled when they have reached the threshold again so often, all together; of a small batch at once. */
const PATIENCE = 8;
/** A block that has run this many times less than it takes to be hot is left out of regions. */
const RARE = 32;

export interface RegionParts {
  readonly cache: BlockCache;
  readonly translation: Translation;
  readonly decisions: Decisions;
  readonly tuning: Tuning;
  /** Executions in tier 0 after which a block is hot; 0 = never. */
  readonly threshold: number;
  readonly table: WebAssembly.Table;
  /** Imports of compiled modules beside the callbacks of plugins: env, h. */
  readonly imports: WebAssembly.Imports;
  readonly callback: (number: number) => CodeCallback;
  readonly branchHints: boolean;
  /** Called with each module's bytes (log). */
  readonly compiled?: ((bytes: Uint8Array, heads: readonly GuestAddr[]) => void) | undefined;
  /** The block at pc, translated if need be; undefined when there is no code. */
  readonly blockAt: (pc: GuestAddr) => Block | undefined;
  readonly probe?: Probe | undefined;
}

export class Regions {
  private readonly parts: RegionParts;
  private readonly options: WasmOptions;
  private queue: Block[] = [];
  /** How often one of those in the queue has become hot again. */
  private waited = 0;
  /** Heads of the next batch. */
  private batch = BATCH;
  /** Modules that had been lost by then. */
  private lost = 0;
  /** Blocks just made, while the modules that they bring back are entered. */
  private fresh: Block[] = [];
  /** Members of each region compiled since the last flush, by head. */
  private plans = new Map<GuestAddr, readonly GuestAddr[]>();
  /** Of those compiled before: what the flushed cache is recompiled to, each once, when its head is translated. */
  private readonly replay = new Map<GuestAddr, readonly GuestAddr[]>();
  /** Executions in tier 0 below which a block is left out of regions. */
  private readonly rare: number;
  modules = 0;
  /** Modules of an earlier run; undefined where none are used or kept. */
  saved: SavedRegions | undefined;

  constructor(parts: RegionParts) {
    this.parts = parts;
    const { decisions, branchHints } = parts;
    const decides = decisions.has('entryLoad') || decisions.has('deadline');
    this.options = decides ? { branchHints, decisions } : { branchHints };
    this.rare = Math.floor(parts.tuning.hotThreshold / RARE);
  }

  /** Those at the head of a region of an earlier run are hot as soon as they are run. */
  adopted(blocks: readonly Block[]): void {
    const { cache, threshold } = this.parts;
    for (const block of blocks) if (this.saved?.isHead(block.record)) cache.setExecutions(block, threshold - 1);
  }

  /** A block reached the threshold (again): queues it, compiles when the batch is full or has waited long enough. */
  hot(block: Block): void {
    if (this.enterSaved(block)) return;
    const { cache, tuning } = this.parts;
    if (cache.modulesLost !== this.lost) {
      this.lost = cache.modulesLost;
      this.batch = SMALL_BATCH;
    }
    const small = this.batch < BATCH;
    if (block.queued) {
      if (++this.waited >= PATIENCE || small) this.compileQueue();
      return;
    }
    block.queued = true;
    this.queue.push(block);
    if (this.queue.length >= this.batch || tuning.tier === 'wasm') this.compileQueue();
  }

  /** Text of the Wasm a block becomes on its own; for reports. */
  text(ir: IrBlock, wasmText: (bytes: Uint8Array) => string): string {
    return wasmText(compileRegions([{ blocks: [{ ir, record: 0 }] }], this.options));
  }

  /** The cache was flushed: nothing is queued any more. With `keepPlans` the same regions come back. */
  flushed(keepPlans: boolean): void {
    this.queue = [];
    this.waited = 0;
    if (keepPlans) for (const [head, members] of this.plans) this.replay.set(head, members);
    else this.replay.clear();
    this.plans = new Map();
  }

  /** A block has been made: whatever has been compiled with it at its head, in an earlier run or before a flush, comes back. */
  made(block: Block): void {
    if (!this.saved?.isHead(block.record) && !this.replay.has(block.pc)) return;
    this.fresh.push(block);
    // Entering a module makes blocks: that comes back here.
    if (this.fresh.length > 1) return;
    for (const each of this.fresh) {
      this.enterSaved(each);
      this.recompile(each);
    }
    this.fresh = [];
  }

  /** Puts what was compiled with the block at its head in an earlier run into service; true when there is something. */
  private enterSaved(block: Block): boolean {
    const { saved } = this;
    if (!saved?.isHead(block.record)) return false;
    let entered = false;
    for (const module of saved.headedBy(block.record, this.parts.blockAt)) {
      this.enter(module.groups, module.bytes, module);
      entered = true;
    }
    return entered;
  }

  private recompile(block: Block): void {
    const plan = this.replay.get(block.pc);
    if (!plan) return;
    this.replay.delete(block.pc);
    const members = [block];
    for (const pc of plan) {
      const member = pc === block.pc ? undefined : this.parts.blockAt(pc);
      if (member) members.push(member);
    }
    if (block.valid) this.compile([members.filter((member) => member.valid)]);
  }

  private compileQueue(): void {
    const heads = this.queue.filter((block) => block.valid);
    this.queue = [];
    this.waited = 0;
    this.batch = Math.min(2 * this.batch, BATCH);
    const taken = new Set<Block>();
    const groups: Block[][] = [];
    for (const head of heads) {
      head.queued = false;
      // A block inside a region of this batch is compiled there; it gets one of its own only if it stays hot.
      if (taken.has(head)) continue;
      const group = this.choose(head, taken);
      for (const block of group) taken.add(block);
      groups.push(group);
    }
    if (groups.length > 0) this.compile(groups);
  }

  /** `ir` with its jumps where the policy has the links of `block` lead. */
  private linked(block: Block, ir: IrBlock): IrBlock {
    const { decisions } = this.parts;
    if (!decisions.has('linkTarget')) return ir;
    const { ops } = ir;
    for (let at = 0, end = ir.count * STRIDE; at < end; at += STRIDE) {
      if (ops[at] !== Op.goto_tb) continue;
      const target = decisions.linkTarget(block, ops[at + 5]!, addrOf(ops[at + 3]!, ops[at + 4]!));
      ops[at + 3] = loOf(target);
      ops[at + 4] = hiOf(target);
    }
    return ir;
  }

  /**
   * Blocks reachable from the head over direct jumps, breadth first, as far as they have run more than now and then.
   * One that is compiled elsewhere joins only when it leads back to the head: a loop stays whole wherever it is entered
   * (a region is entered at its head alone), and nothing else is compiled twice.
   */
  private choose(head: Block, taken: ReadonlySet<Block>): Block[] {
    const { cache, tuning } = this.parts;
    const near: Block[] = [head];
    const seen = new Set<Block>(near);
    const before = new Map<Block, Block[]>();
    let insns = head.insns;
    for (let i = 0; i < near.length; i++) {
      for (const pc of near[i]!.targets) {
        const next = cache.at(pc);
        if (!next) continue;
        const from = before.get(next);
        if (from) from.push(near[i]!);
        else before.set(next, [near[i]!]);
        if (seen.has(next)) continue;
        seen.add(next);
        if (near.length >= tuning.regionBlocks || insns + next.insns > tuning.regionInsns) continue;
        if (taken.has(next) ? false : !next.compiled && cache.executions(next) < this.rare) continue;
        near.push(next);
        insns += next.insns;
      }
    }
    const looping = new Set<Block>([head]);
    for (const block of looping) for (const from of before.get(block) ?? []) if (seen.has(from)) looping.add(from);
    const group = [head];
    const chosen = new Set<Block>(near.filter((block) => looping.has(block) || (!block.compiled && !taken.has(block))));
    chosen.delete(head);
    for (let i = 0; i < group.length; i++) {
      for (const pc of group[i]!.targets) {
        const next = cache.at(pc);
        if (next && chosen.delete(next)) group.push(next);
      }
    }
    return group;
  }

  private compile(groups: readonly Block[][]): void {
    const { translation, probe } = this.parts;
    probe?.enter('region');
    const regions: Region[] = [];
    const made: Block[][] = [];
    let whole = true;
    for (const group of groups) {
      const blocks = [];
      const members: Block[] = [];
      for (const block of group) {
        const ir = translation.again(block);
        if (ir) blocks.push({ ir: this.linked(block, ir), record: block.record });
        else whole = false;
        if (!ir && block === group[0]) break;
        members.push(block);
      }
      if (blocks.length === 0) continue;
      regions.push({ blocks });
      made.push(members);
    }
    probe?.leave();
    if (regions.length === 0) return;
    probe?.enter('emit');
    const bytes = compileRegions(regions, this.options);
    probe?.leave();
    this.enter(made, bytes, whole ? this.saved?.add(made, bytes) : undefined);
  }

  /** Puts the functions of a module into the table, one a group. */
  private enter(
    groups: readonly (readonly Block[])[],
    bytes: Uint8Array<ArrayBuffer>,
    saved: SavedModule | undefined,
  ): void {
    const { cache, table, imports, callback, probe } = this.parts;
    const heads = groups.map((group) => group[0]!);
    for (const group of groups)
      this.plans.set(
        group[0]!.pc,
        group.map((block) => block.pc),
      );
    this.parts.compiled?.(
      bytes,
      heads.map((head) => head.pc),
    );
    probe?.enter('compile');
    const code = saved?.optimised() ?? new WebAssembly.Module(bytes);
    const p: Record<string, CodeCallback> = {};
    for (const { module, name } of WebAssembly.Module.imports(code))
      if (module === 'p') p[name] = callback(Number(name));
    const instance = new WebAssembly.Instance(code, { ...imports, p });
    const entries = heads.map((block, i) => {
      const index = cache.takeFunctionIndex() ?? table.grow(1);
      must(index > 0, 'function table starts at 1');
      table.set(index, instance.exports[`r${i}`]);
      return { block, index };
    });
    saved?.instantiated(
      code,
      heads.map((_, i) => instance.exports[`r${i}`]!),
    );
    probe?.leave();
    const module: CompiledModule = { heads: entries, members: new Set(groups.flat()) };
    cache.addModule(module);
    this.modules++;
  }
}
