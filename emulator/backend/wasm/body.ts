// The body of one region's function while it is written: code bytes, locals, open Wasm blocks, branch hints, and the
// IR operands of the block at hand. A value an op leaves for the very next op may stay on the Wasm stack ("pending").
// Entry code (loads of globals, budget) is written last, when it is known which globals need loading.

import { NONE } from '../../ir/ir.ts';
import * as L from '../../memory/layout.ts';
import { must } from '../../must.ts';
import type { BlockState } from './block-state.ts';
import type { Writer } from './encoder.ts';
import type { RegionDecisions } from './module.ts';
import { NARROW } from './narrow.ts';
import { TYPE_I32, TYPE_I64, TYPE_VOID, W } from './opcode.ts';
import { type PagePlan, WRITES } from './pages.ts';
import type { RegionScan } from './scan.ts';

/** Locals every region function has. */
export const Local = Object.freeze({
  env: 0, // i32, the parameter
  entry: 1, // i32 scratch: TLB entry, ring cursor
  site: 2, // i32: where a miss left: remaining instructions << 16 | index of the instruction
  record: 3, // i32: TB record of the block that runs
  reason: 4, // i32: EXIT_* on the way to the common exit
  cpu: 5, // i32: vCPU index, where cells are per vCPU
  addr: 6, // i64 scratch: address of an access
  pc: 7, // i64: pc of the instruction that left
  budget: 8, // i64: ENV_BUDGET and ENV_ENTRIES
});
const I32_LOCALS = 5;
const I64_LOCALS = 3;
/**
 * Then come, for each pair of pages.ts, the addend (i32); words of globals (i32); the globals; sums of cells; for each pair its
 * two tags; temporaries.
 */
const FIRST_ADDEND = 9;

/** A branch as the section of hints has it: where it stands after the body's start, and whether it is taken. */
export interface BranchHint {
  readonly offset: number;
  readonly likely: boolean;
}

export class Body {
  readonly w: Writer;
  readonly scan: RegionScan;
  readonly pages: PagePlan;
  /** Slots whose low half has a local of its own, in the order of those (words.ts). */
  private readonly words: readonly number[];
  /** Open Wasm blocks; a branch to the block opened as number n has label depth - n. */
  depth = 0;
  state!: BlockState;
  /** The operand whose value is on top of the Wasm stack, to be the next op's first operand; or NONE. */
  pending: number = NONE;
  private readonly decisions: RegionDecisions | undefined;
  private readonly hints: number[] = [];
  /** Those of the hinted branches that are likely. */
  private readonly likely = new Set<number>();
  private readonly needsLoad: Uint8Array;
  private readonly firstWord: number;
  private readonly firstGlobal: number;
  private readonly firstSum: number;
  private readonly firstTag: number;
  private readonly firstTemp: number;
  private tempLocals = 0;

  /** Writes into `w` from where it stands. */
  constructor(scan: RegionScan, pages: PagePlan, words: readonly number[], w: Writer, decisions?: RegionDecisions) {
    this.scan = scan;
    this.pages = pages;
    this.words = words;
    this.firstWord = FIRST_ADDEND + pages.kinds.length;
    this.firstGlobal = this.firstWord + words.length;
    this.firstSum = this.firstGlobal + scan.slots.length;
    this.firstTag = this.firstSum + scan.cells.length;
    this.firstTemp = this.firstTag + 2 * pages.kinds.length;
    this.decisions = decisions;
    this.w = w;
    this.needsLoad = new Uint8Array(scan.slots.length);
  }

  // --- plain instructions ----------------------------------------------------------------------------------------
  op(opcode: number): void {
    this.w.byte(opcode);
  }
  localGet(local: number): void {
    this.w.byte(W.local_get);
    this.w.u32(local);
  }
  localSet(local: number): void {
    this.w.byte(W.local_set);
    this.w.u32(local);
  }
  localTee(local: number): void {
    this.w.byte(W.local_tee);
    this.w.u32(local);
  }
  i32(value: number): void {
    this.w.byte(W.i32_const);
    this.w.s32(value);
  }
  /** Linear address of the TB record of the block at hand. */
  record(): void {
    this.i32(this.state.scan.record);
  }
  i64(lo: number, hi: number = lo >> 31): void {
    this.w.byte(W.i64_const);
    this.w.s64(lo, hi);
  }
  /** A load or store; `align` is the log2 of the alignment promised. */
  memory(opcode: number, align: number, offset: number): void {
    this.w.byte(opcode);
    this.w.u32(align);
    this.w.u32(offset);
  }
  call(func: number): void {
    this.w.byte(W.call);
    this.w.u32(func);
  }

  // --- control ---------------------------------------------------------------------------------------------------
  /** Opens a block or loop and returns its number for `branch`. */
  open(opcode: number, type: number = TYPE_VOID): number {
    this.w.byte(opcode);
    this.w.byte(type);
    return ++this.depth;
  }
  close(): void {
    this.w.byte(W.end);
    this.depth--;
  }
  branch(target: number): void {
    this.w.byte(W.br);
    this.w.u32(this.depth - target);
  }
  branchIf(target: number): void {
    this.w.byte(W.br_if);
    this.w.u32(this.depth - target);
  }
  /** A conditional branch that is hardly ever taken. */
  branchIfUnlikely(target: number): void {
    this.hints.push(this.w.length);
    this.branchIf(target);
  }

  /** One that is nearly always taken. */
  branchIfLikely(target: number): void {
    this.likely.add(this.w.length);
    this.hints.push(this.w.length);
    this.branchIf(target);
  }

  /** Opens an `if` whose body hardly ever runs. */
  openIfUnlikely(): number {
    this.hints.push(this.w.length);
    return this.open(W.if);
  }

  // --- operands --------------------------------------------------------------------------------------------------
  /** Pushes the value of an operand. */
  get(x: number): void {
    if (x === this.pending) {
      this.pending = NONE;
      return;
    }
    if (x < 0) {
      this.i64(this.state.scan.ir.lo(x), this.state.scan.ir.hi(x));
      return;
    }
    const local = this.localOf(x);
    if (local >= 0) this.localGet(local);
    else {
      must(x < L.TEMP_BASE, 'operand missing');
      this.localGet(Local.env);
      this.memory(W.i64_load, 3, 8 * x);
    }
  }

  /** Pushes the low 32 bits of an operand that is no constant. */
  getWord(x: number): void {
    const word = x === this.pending ? -1 : this.wordOf(x);
    if (word < 0) {
      this.get(x);
      this.op(W.i32_wrap_i64);
      return;
    }
    // Is loaded with the whole, where that is.
    this.localOf(x);
    this.localGet(word);
  }

  /** The local of an operand's low half, or -1. */
  private wordOf(x: number): number {
    const index = this.words.indexOf(x);
    return index < 0 ? -1 : this.firstWord + index;
  }

  /** Of what is to become the value of `d` the low half is on the stack, and stays there. */
  keepWord(d: number): void {
    const word = this.wordOf(d);
    if (word >= 0) this.localTee(word);
  }

  /** The local that holds an operand, or -1: a constant, a slot kept in memory, or pending on the stack. */
  localOf(x: number): number {
    if (x < 0 || x === this.pending) return -1;
    if (x >= L.TEMP_BASE) {
      const local = this.state.tempLocal[x - L.TEMP_BASE] ?? -1;
      must(local >= 0, 'temporary without a value');
      return local;
    }
    const global = this.scan.slotIndex[x]!;
    if (global < 0) return -1;
    if (!this.state.walk.isAssigned(global)) this.needsLoad[global] = 1;
    return this.firstGlobal + global;
  }

  /** Before the value of `d` is computed: pushes what its store needs. */
  beginSet(d: number): void {
    if (this.inMemory(d)) this.localGet(Local.env);
  }

  /** Pops the value of `d`. `index` is the op's, `next` the operand the following op pushes first (or NONE). */
  endSet(d: number, index: number, next: number): void {
    if (d === NONE) {
      this.op(W.drop);
    } else if (this.inMemory(d)) {
      this.memory(W.i64_store, 3, 8 * d);
    } else if (d < L.TEMP_BASE) {
      const global = this.scan.slotIndex[d]!;
      this.state.walk.write(global, d === L.SLOT_PC);
      // Its word has been kept already where it was made as one.
      if (this.wordOf(d) >= 0 && this.state.scan.narrow[index] !== NARROW) {
        this.localTee(this.firstGlobal + global);
        this.op(W.i32_wrap_i64);
        this.localSet(this.wordOf(d));
      } else this.setLocal(this.firstGlobal + global, d, next);
    } else {
      const temp = d - L.TEMP_BASE;
      const { scan, tempLocal } = this.state;
      if (scan.reads[temp] === 0) this.op(W.drop);
      else if (scan.reads[temp] === 1 && next === d && tempLocal[temp]! < 0 && scan.lastOp[temp]! > index) {
        this.pending = d;
      } else {
        if (tempLocal[temp]! < 0) tempLocal[temp] = this.takeTemp();
        this.setLocal(tempLocal[temp]!, d, next);
      }
    }
  }

  private setLocal(local: number, d: number, next: number): void {
    if (next === d) {
      this.localTee(local);
      this.pending = d;
    } else this.localSet(local);
  }

  /** A global that is read and written in the environment itself. */
  inMemory(x: number): boolean {
    return x >= 0 && x < L.TEMP_BASE && this.scan.slotIndex[x]! < 0;
  }

  /** A free i64 local of the block. */
  takeTemp(): number {
    const { state } = this;
    const temp = state.freeTemps.pop() ?? state.usedTemps++;
    if (state.usedTemps > this.tempLocals) this.tempLocals = state.usedTemps;
    return this.firstTemp + temp;
  }
  giveTemp(local: number): void {
    this.state.freeTemps.push(local - this.firstTemp);
  }
  /** Frees the local of an operand last named by op `index`. */
  release(x: number, index: number): void {
    if (x < L.TEMP_BASE || x >= L.TEMP_LIMIT) return;
    const temp = x - L.TEMP_BASE;
    const { scan, tempLocal } = this.state;
    if (scan.lastOp[temp] !== index || tempLocal[temp]! < 0) return;
    this.giveTemp(tempLocal[temp]!);
    tempLocal[temp] = -1;
  }

  // --- pairs of pages.ts ---------------------------------------------------------------------------------------
  addendOf(pair: number): number {
    return FIRST_ADDEND + pair;
  }
  tagOf(pair: number, kind: number): number {
    return this.firstTag + 2 * pair + (kind === WRITES ? 1 : 0);
  }
  /** Forgets what the pairs hold: mappings may have changed. */
  forgetPages(): void {
    for (let tag = this.firstTag; tag < this.firstTemp; tag++) {
      this.i64(L.TLB_INVALID);
      this.localSet(tag);
    }
  }

  // --- globals and header fields ---------------------------------------------------------------------------------
  /** Stores the globals that may be dirty here; the sets are left alone. */
  storeDirty(sets: Int32Array): void {
    const words = sets.length / 3;
    for (let word = 0; word < words; word++) {
      for (let rest = sets[word]!; rest !== 0; rest &= rest - 1) {
        const bit = 31 - Math.clz32(rest & -rest);
        const global = word * 32 + bit;
        if (((sets[2 * words + word]! >>> bit) & 1) === 0) this.needsLoad[global] = 1;
        this.localGet(Local.env);
        this.localGet(this.firstGlobal + global);
        this.memory(W.i64_store, 3, 8 * this.scan.slots[global]!);
      }
    }
  }
  /** Makes the environment's globals exact. */
  flush(): void {
    this.storeDirty(this.state.walk.sets);
    this.state.walk.flushed();
  }
  /** Loads every local of a global anew, after something may have written registers. */
  reload(): void {
    for (let global = 0; global < this.scan.slots.length; global++) {
      if (this.scan.slots[global] !== L.SLOT_PC) this.loadGlobal(global);
      else if (!this.state.walk.isAssigned(global)) this.needsLoad[global] = 1;
    }
    this.state.walk.reloaded();
  }
  private loadGlobal(global: number): void {
    this.localGet(Local.env);
    this.memory(W.i64_load, 3, 8 * this.scan.slots[global]!);
    const word = this.wordOf(this.scan.slots[global]!);
    if (word >= 0) {
      this.localTee(this.firstGlobal + global);
      this.op(W.i32_wrap_i64);
      this.localSet(word);
    } else this.localSet(this.firstGlobal + global);
  }
  private loadsAtEntry(global: number): boolean {
    return this.decisions?.entryLoad(this.scan.blocks[0]!.ir.pc, this.scan.slots[global]!) ?? true;
  }
  storePc(lo: number, hi: number): void {
    this.localGet(Local.env);
    this.i64(lo, hi);
    this.memory(W.i64_store, 3, 8 * L.SLOT_PC);
  }
  storeBudget(): void {
    this.localGet(Local.env);
    this.localGet(Local.budget);
    this.memory(W.i64_store, 3, L.ENV_BUDGET);
  }
  loadBudget(): void {
    this.localGet(Local.env);
    this.memory(W.i64_load, 3, L.ENV_BUDGET);
    this.localSet(Local.budget);
  }
  /** Pushes the instructions left, as an i32. */
  budget(): void {
    this.localGet(Local.budget);
    this.op(W.i32_wrap_i64);
  }
  /**
   * Takes `insns` instructions from the budget and adds to the entries. It is never asked for more than there is, so that nothing
   * is borrowed from the high half.
   */
  takeBudget(insns: number, entries: number): void {
    this.localGet(Local.budget);
    this.i64(-insns, entries - 1);
    this.op(W.i64_add);
    this.localSet(Local.budget);
  }
  /** What the block will not use of what it took: an i32 that `push` puts on the stack. */
  giveBudgetBack(push: () => void): void {
    this.localGet(Local.budget);
    push();
    this.op(W.i64_extend_i32_u);
    this.op(W.i64_add);
    this.localSet(Local.budget);
    for (const [index, { byBudget }] of this.scan.cells.entries()) {
      if (!byBudget) continue;
      this.localGet(this.sum(index));
      push();
      this.op(W.i64_extend_i32_u);
      this.op(W.i64_add);
      this.localSet(this.sum(index));
    }
  }

  // --- sums of cells (sums.ts), which begin with 0 ---------------------------------------------------------------
  /** The place among the scan's cells of one that is summed up; -1 when it is added to in memory. */
  cellIndex(address: number, stride: number): number {
    return this.scan.cells.findIndex((cell) => cell.address === address && cell.stride === stride);
  }
  /** The local of the sum. */
  sum(index: number): number {
    return this.firstSum + index;
  }
  /** Those by budget begin with what it is. */
  private beginSums(): void {
    for (const [index, { byBudget }] of this.scan.cells.entries()) {
      if (!byBudget) continue;
      this.budget();
      this.op(W.i64_extend_i32_s);
      this.localSet(this.sum(index));
    }
  }

  // --- the whole -------------------------------------------------------------------------------------------------
  /** Appends locals, entry code and body to `out`; returns the hinted branches. */
  finish(out: Writer): BranchHint[] {
    must(this.depth === 0, 'open blocks at the end of a function');
    const size = out.beginSized();
    const start = out.length;
    const pairs = this.pages.kinds.length;
    const groups = [
      [I32_LOCALS, TYPE_I32],
      [I64_LOCALS, TYPE_I64],
      [pairs + this.words.length, TYPE_I32],
      [this.scan.slots.length + this.scan.cells.length + 2 * pairs + this.tempLocals, TYPE_I64],
    ] as const;
    out.u32(groups.length);
    for (const [count, type] of groups) {
      out.u32(count);
      out.byte(type);
    }

    const entry = new Body(this.scan, this.pages, this.words, out);
    entry.loadBudget();
    entry.beginSums();
    if (this.scan.usesCpuIndex) {
      entry.localGet(Local.env);
      entry.memory(W.i32_load, 2, L.ENV_CPU_INDEX);
      entry.localSet(Local.cpu);
    }
    for (let global = 0; global < this.needsLoad.length; global++) {
      if (this.needsLoad[global] !== 0 && this.loadsAtEntry(global)) entry.loadGlobal(global);
    }
    entry.forgetPages();
    const base = out.length - start;
    out.append(this.w);
    out.byte(W.end);
    out.endSized(size);
    return this.hints.map((offset) => ({ offset: base + offset, likely: this.likely.has(offset) }));
  }
}
