// The block cache: finds blocks by pc, links them, and throws away exactly those whose guest bytes change. It owns the
// code arena, the jump cache and the link fields of TB records.

import { alignDown, type GuestAddr } from '../bits.ts';
import * as L from '../memory/layout.ts';
import type { PageMap } from '../memory/page-map.ts';
import { onlyTransfers } from '../plugin/hooks.ts';
import type { Block, CompiledModule } from './block.ts';
import type { Decisions } from './decisions.ts';

/** The blocks with code on one page, those thrown away since among them. */
interface PageBlocks {
  blocks: Block[];
  /** How many of them are in the cache. */
  valid: number;
}

/** So many blocks thrown away stay in the list of a page before it is tidied. */
const KEPT = 16;

export class BlockCache {
  private readonly byPc = new Map<GuestAddr, Block>();
  private readonly variants = new Map<string, Block>();
  /** By id, from that of the first block since the last flush on; undefined where one was thrown away. */
  private byId: (Block | undefined)[] = [];
  private firstId = 1;
  private readonly byPage = new Map<GuestAddr, PageBlocks>();
  private readonly i32: Int32Array;
  private readonly memory: PageMap;
  private readonly decisions: Decisions;
  private readonly linking: boolean;
  private arenaNext = L.CODE_ARENA + L.ARENA_HEADER;
  private arenaEnd = L.CODE_ARENA_END;
  /** Blocks whose links are not among `incoming` yet: hardly any block is ever thrown away. */
  private adopted: readonly Block[] = [];
  private readonly freeFunctions: number[] = [];
  /** Blocks in the cache. */
  size = 0;
  /** Modules out of service because code of theirs has changed. */
  modulesLost = 0;

  constructor(buffer: ArrayBufferLike, memory: PageMap, decisions: Decisions, linking: boolean) {
    this.i32 = new Int32Array(buffer);
    this.memory = memory;
    this.decisions = decisions;
    this.linking = linking;
  }

  /** Linear address of `bytes` free bytes in the code arena, 16-byte aligned; 0 when it is full (flush then). */
  room(bytes: number): number {
    return this.arenaNext + bytes > this.arenaEnd ? 0 : this.arenaNext;
  }

  /** Bytes of the arena in use, its header among them. */
  get used(): number {
    return this.arenaNext - L.CODE_ARENA;
  }

  /** Takes the first `bytes` of the room. */
  take(bytes: number): void {
    this.arenaNext += (bytes + 15) & ~15;
  }

  /** Keeps the last `bytes` of the arena from blocks until the next flush. */
  reserve(bytes: number): void {
    this.arenaEnd = L.CODE_ARENA_END - bytes;
  }

  at(pc: GuestAddr): Block | undefined {
    return this.byPc.get(pc);
  }
  variant(key: string): Block | undefined {
    return this.variants.get(key);
  }
  ofRecord(record: number): Block | undefined {
    const block = this.byId[this.i32[(record + L.TB_ID) >> 2]! - this.firstId];
    // Where a record was before a flush there may be anything.
    return block !== undefined && block.record === record ? block : undefined;
  }
  /** How often tier 0 has begun the block. */
  executions(block: Block): number {
    return this.i32[(block.record + L.TB_COUNT) >> 2]!;
  }
  setExecutions(block: Block, count: number): void {
    this.i32[(block.record + L.TB_COUNT) >> 2] = count;
  }
  /** Every translator ends a block with its last instruction. */
  endsAtSeam(block: Block): boolean {
    return (this.i32[(block.record + L.TB_FLAGS) >> 2]! & L.TB_SEAM) !== 0;
  }
  blocks(): IterableIterator<Block> {
    return this.byPc.values();
  }
  /** Cut and resumed blocks without hooks but those of transfers. */
  bareParts(): Block[] {
    return [...this.variants.values()].filter(({ hooks }) => hooks && onlyTransfers(hooks));
  }

  add(block: Block): void {
    if (this.size++ === 0) {
      this.byId = [];
      this.firstId = block.id;
    }
    this.byId[block.id - this.firstId] = block;
    if (block.variant === undefined) this.byPc.set(block.pc, block);
    else this.variants.set(block.variant, block);
    for (let page = alignDown(block.pc, L.PAGE_SIZE); page < block.pc + block.size; page += L.PAGE_SIZE) {
      let on = this.byPage.get(page);
      if (!on) {
        on = { blocks: [], valid: 0 };
        this.byPage.set(page, on);
      }
      on.blocks.push(block);
      on.valid++;
      this.memory.markCode(page, true);
    }
  }

  /** Puts blocks just added into service that are linked as they were in an earlier run, where links lead to others of these. */
  adopt(blocks: readonly Block[]): void {
    const { i32 } = this;
    this.adopted = blocks;
    for (const block of blocks) {
      for (let at = (block.record + L.TB_LINK0) >> 2, end = at + 2; at < end; at++)
        if (i32[at] !== 0 && this.ofRecord(i32[at]!) === undefined) i32[at] = 0;
      this.enterJumpCache(block);
    }
  }

  /** Notes the links of adopted blocks where they lead. */
  private noteLinks(): void {
    for (const { record } of this.adopted)
      for (let at = (record + L.TB_LINK0) >> 2, end = at + 2; at < end; at++) {
        const to = this.i32[at] === 0 ? undefined : this.ofRecord(this.i32[at]!);
        if (to) to.incoming = [...(to.incoming ?? []), at];
      }
    this.adopted = [];
  }

  private jumpSlot(pc: GuestAddr): number {
    return (L.JUMP_CACHE >> 2) + (((pc | 0) >>> 1) & (L.JUMP_CACHE_ENTRIES - 1));
  }

  /** Makes the dispatch loop find the block. */
  enterJumpCache(block: Block): void {
    this.i32[this.jumpSlot(block.pc)] = block.record;
  }

  /** Resolves goto_tb `slot` of the block with this record; its target's record, 0 when not translated yet. */
  link(record: number, slot: number, pc: GuestAddr): number {
    const from = this.ofRecord(record);
    if (!from) return 0;
    const target = this.decisions.linkTarget(from, slot, pc);
    const to = this.byPc.get(target);
    if (!to) return 0;
    if (this.linking && from.variant === undefined && this.decisions.link(from, slot, to)) {
      const at = (from.record + L.TB_LINK0 + slot * 4) >> 2;
      this.i32[at] = to.record;
      if (to.incoming === undefined) to.incoming = [at];
      else to.incoming.push(at);
    }
    return to.record;
  }

  /** Blocks that overlap [start, end), or that the policy says do. */
  private overlapping(start: GuestAddr, end: GuestAddr): Block[] {
    const found: Block[] = [];
    for (let page = alignDown(start, L.PAGE_SIZE); page < end; page += L.PAGE_SIZE) {
      for (const block of this.byPage.get(page)?.blocks ?? []) {
        const overlap = block.valid && block.pc < end && start < block.pc + block.size;
        if (overlap && this.decisions.invalidate(block, start, end)) found.push(block);
      }
    }
    return found;
  }

  /** True when a write to [start, end) changes the block with this record, or the block it is a part of. */
  hits(record: number, start: GuestAddr, end: GuestAddr): boolean {
    const block = this.ofRecord(record)?.whole;
    return block !== undefined && block.pc < end && start < block.pc + block.size;
  }

  /** Throws away the blocks a write to [start, end) changes. */
  invalidate(start: GuestAddr, end: GuestAddr): void {
    for (const block of this.overlapping(start, end)) this.drop(block);
  }

  private drop(block: Block): void {
    if (!block.valid) return;
    if (this.adopted.length > 0) this.noteLinks();
    block.valid = false;
    let reachable = false;
    if (block.variant === undefined) {
      if (this.byPc.get(block.pc) === block) this.byPc.delete(block.pc);
      const at = this.jumpSlot(block.pc);
      if (this.i32[at] === block.record) this.i32[at] = 0;
    } else this.variants.delete(block.variant);
    for (const at of block.incoming ?? []) {
      if (this.i32[at] !== block.record) continue;
      // Records lie at multiples of 16 bytes, the two link fields side by side.
      const from = this.ofRecord((at * 4 - L.TB_LINK0) & ~15);
      if (from === undefined || this.decisions.unlink(from, block)) this.i32[at] = 0;
      else reachable = true;
    }
    if (!reachable) {
      this.byId[block.id - this.firstId] = undefined;
      this.size--;
    }
    for (const module of block.regions ?? []) {
      this.modulesLost++;
      this.dropModule(module);
    }
    for (let page = alignDown(block.pc, L.PAGE_SIZE); page < block.pc + block.size; page += L.PAGE_SIZE) {
      const on = this.byPage.get(page);
      if (!on) continue;
      on.valid--;
      if (on.valid === 0) {
        this.byPage.delete(page);
        this.memory.markCode(page, false);
      } else if (on.blocks.length > 2 * on.valid + KEPT) on.blocks = on.blocks.filter((other) => other.valid);
    }
  }

  // --- compiled functions ---

  /** A free index of the function table, or undefined to grow it. */
  takeFunctionIndex(): number | undefined {
    return this.freeFunctions.pop();
  }

  /** Puts the module's functions into service. */
  addModule(module: CompiledModule): void {
    for (const member of module.members) {
      if (member.regions === undefined) member.regions = new Set([module]);
      else member.regions.add(module);
    }
    for (const { block, index } of module.heads) this.i32[(block.record + L.TB_FUNC) >> 2] = index;
  }

  private dropModule(module: CompiledModule): void {
    for (const member of module.members) member.regions?.delete(module);
    for (const { block, index } of module.heads) {
      const at = (block.record + L.TB_FUNC) >> 2;
      if (this.i32[at] === index) this.i32[at] = 0;
      this.freeFunctions.push(index);
    }
  }

  /** Throws everything away. Never from inside translated code. */
  flush(): void {
    for (const block of this.byId) {
      if (block === undefined) continue;
      block.valid = false;
      for (const module of block.regions ?? []) this.dropModule(module);
    }
    for (const page of this.byPage.keys()) this.memory.markCode(page, false);
    this.byPc.clear();
    this.variants.clear();
    this.byId = [];
    this.size = 0;
    this.adopted = [];
    this.byPage.clear();
    this.arenaNext = L.CODE_ARENA + L.ARENA_HEADER;
    this.arenaEnd = L.CODE_ARENA_END;
    this.i32.fill(0, L.JUMP_CACHE >> 2, (L.JUMP_CACHE >> 2) + L.JUMP_CACHE_ENTRIES);
  }
}
