// Emission of one region as one function: the dominator tree as nested Wasm blocks, and each block's ops in order.
// Layout of a function: entry code; block $exit { block $leave { the tree } misses' tail } common exit returning 1.

import { hiOf, loOf } from '../../bits.ts';
import { NONE, STRIDE } from '../../ir/ir.ts';
import { Op } from '../../ir/op.ts';
import * as L from '../../memory/layout.ts';
import { must } from '../../must.ts';
import { leaveTail, load, store } from './access.ts';
import { compare, isCommutative, pushesFirst, value } from './arith.ts';
import { newBlockState } from './block-state.ts';
import { Body, Local } from './body.ts';
import { addToCell, callHelper, callPlugin, cell, loadWord, ring, settleSums, storeWord } from './calls.ts';
import { type DirtySets, dirtyAtEntry, fallsInto } from './dirty.ts';
import type { Writer } from './encoder.ts';
import type { RegionDecisions } from './module.ts';
import { NARROW, narrowRoot, PART, partBefore, WIDE } from './narrow.ts';
import { W } from './opcode.ts';
import { planPages } from './pages.ts';
import { type Shape, shapeOf } from './region.ts';
import {
  type BlockScan,
  callbackKey,
  flushesBefore,
  HAS_OUTPUT,
  INPUTS,
  type RegionScan,
  reloadsAfter,
} from './scan.ts';
import { countsEntry } from './sums.ts';
import { carriedWords } from './words.ts';

/** Function numbers of a module as calls need them. */
export interface Callees {
  /** By helper number. */
  readonly helpers: ReadonlyMap<number, number>;
  /** By `callbackKey`. */
  readonly callbacks: ReadonlyMap<number, number>;
  /** The function of the region entered at a pc, by `pcKey`. */
  readonly regions: ReadonlyMap<string, number>;
}

export function pcKey(lo: number, hi: number): string {
  return `${hi}:${lo}`;
}

/** Emits the region's body with `scratch` as its buffer, which must stay untouched until the body is finished. */
export function emitRegion(
  scan: RegionScan,
  callees: Callees,
  scratch: Writer,
  decisions: RegionDecisions | undefined,
): Body {
  scratch.length = 0;
  return new RegionEmitter(scan, callees, scratch, decisions).run();
}

/** True for a branch around a plugin's callback: conditions of callbacks seldom hold. */
function skipsCallback(ops: Int32Array, branch: number): boolean {
  const target = ops[branch + 7]!;
  for (let at = branch + STRIDE; ops[at] !== Op.label || ops[at + 7] !== target; at += STRIDE) {
    if (ops[at] === Op.insn_start) return false;
    if (ops[at] === Op.plugin_call) return true;
  }
  return false;
}

class RegionEmitter {
  private readonly scan: RegionScan;
  private readonly callees: Callees;
  private readonly decisions: RegionDecisions | undefined;
  private readonly body: Body;
  private readonly shape: Shape;
  private readonly entries: DirtySets[];
  /** By block: the Wasm loop it heads, the Wasm block after which it stands. */
  private readonly loopOf: Int32Array;
  private readonly blockOf: Int32Array;
  private exit = 0;
  private leave = 0;

  constructor(scan: RegionScan, callees: Callees, scratch: Writer, decisions: RegionDecisions | undefined) {
    this.scan = scan;
    this.decisions = decisions;
    this.callees = callees;
    this.shape = shapeOf(scan.blocks);
    this.body = new Body(scan, planPages(scan), carriedWords(scan.blocks), scratch, decisions);
    this.entries = dirtyAtEntry(scan, this.shape);
    this.loopOf = new Int32Array(scan.blocks.length);
    this.blockOf = new Int32Array(scan.blocks.length);
  }

  run(): Body {
    const { body } = this;
    this.exit = body.open(W.block);
    this.leave = body.open(W.block);
    this.tree(0);
    body.op(W.unreachable);
    body.close();
    leaveTail(body);
    body.close();
    body.localGet(Local.env);
    body.localGet(Local.reason);
    body.memory(W.i32_store, 2, L.ENV_EXIT);
    body.storeBudget();
    settleSums(body);
    body.i64(1);
    return body;
  }

  /** A block and all it dominates. Loop headers and the entry first see whether the budget reaches the next check. */
  private tree(block: number): void {
    const { body, shape } = this;
    const isHeader = shape.isHeader[block] !== 0;
    const checked = isHeader || block === 0;
    const spent = checked ? body.open(W.block) : 0;
    if (isHeader) this.loopOf[block] = body.open(W.loop);
    if (checked) {
      body.budget();
      body.i32(this.deadline(block));
      body.op(W.i32_lt_s);
      body.branchIfUnlikely(spent);
    }
    const follows = shape.follows[block]!;
    for (let i = follows.length - 1; i >= 0; i--) this.blockOf[follows[i]!] = body.open(W.block);
    this.ops(block);
    for (const next of follows) {
      body.close();
      this.tree(next);
    }
    if (isHeader) body.close();
    if (checked) {
      body.close();
      this.outOfBudget(block);
    }
  }

  /** The least budget to go on with. */
  private deadline(block: number): number {
    const longest = this.shape.longest[block]!;
    const { blocks } = this.scan;
    return this.decisions?.deadline(blocks[0]!.ir.pc, blocks[block]!.ir.pc, longest) ?? longest;
  }

  /** Stands after the loop, so that the hot path does not jump over it. */
  private outOfBudget(block: number): void {
    const { body } = this;
    const scan = this.scan.blocks[block]!;
    body.storeDirty(this.entries[block]!);
    body.storePc(loOf(scan.ir.pc), hiOf(scan.ir.pc));
    body.i32(L.EXIT_BUDGET);
    body.localSet(Local.reason);
    body.branch(this.exit);
  }

  private ops(block: number): void {
    const { body } = this;
    const scan = this.scan.blocks[block]!;
    const { ops, count, insns, labelCount } = scan.ir;
    const outer = body.state;
    const state = newBlockState(scan, body.pages.how[block]!, this.scan.slots.length, this.entries[block]!);
    body.state = state;
    body.takeBudget(insns, scan.entries);
    const labelBlock = new Int32Array(labelCount);
    for (let i = scan.labels.length - 1; i >= 0; i--) labelBlock[scan.labels[i]!] = body.open(W.block);
    let edge = 0;
    for (let index = 0, at = 0; index < count; index++, at += STRIDE) {
      if (scan.live[index] === 0 || scan.narrow[index] === PART) continue;
      const op = ops[at]!;
      switch (op) {
        case Op.insn_start:
          state.insn = ops[at + 2]!;
          must(state.insn >= 0 && state.insn < insns, 'instruction index outside its block');
          state.pcLo = ops[at + 3]!;
          state.pcHi = ops[at + 4]!;
          break;
        case Op.brcond:
          if (scan.narrow[index] === NARROW) narrowRoot(body, index);
          else compare(body, ops[at + 6]!, ops[at + 2]!, ops[at + 3]!);
          state.walk.branch(ops[at + 7]!);
          if (skipsCallback(ops, at)) body.branchIfLikely(labelBlock[ops[at + 7]!]!);
          else body.branchIf(labelBlock[ops[at + 7]!]!);
          break;
        case Op.br:
          state.walk.branch(ops[at + 7]!);
          body.branch(labelBlock[ops[at + 7]!]!);
          break;
        case Op.label:
          if (labelBlock[ops[at + 7]!] !== 0) {
            state.walk.label(ops[at + 7]!, fallsInto(scan, index));
            body.close();
          }
          break;
        case Op.goto_tb:
          this.gotoTb(block, scan.targets[edge++]!, ops[at + 3]!, ops[at + 4]!);
          body.state = state;
          break;
        case Op.goto_ptr:
          this.gotoPtr();
          break;
        case Op.exit:
          this.exitOp(scan, ops[at + 5]!, ops[at + 6]!);
          break;
        default:
          this.plain(scan, index, at);
      }
      this.release(scan, index);
    }
    must(body.pending === NONE, 'a value is left on the stack');
    body.state = outer;
  }

  /** Frees the locals of temporaries last named by an op or by the parts of its chain. */
  private release(scan: BlockScan, index: number): void {
    const { body } = this;
    const { ops } = scan.ir;
    for (let part = index; part >= 0; part = scan.narrow[index] === NARROW ? partBefore(scan, part) : -1) {
      const at = part * STRIDE;
      const op = ops[at]!;
      for (let inputs = INPUTS[op]!, field = at + 2; inputs !== 0; inputs >>= 1, field++) {
        if ((inputs & 1) !== 0) body.release(ops[field]!, part);
      }
      if (HAS_OUTPUT[op] !== 0) body.release(ops[at + 1]!, part);
    }
  }

  /** Ops that run on into the next one. */
  private plain(scan: BlockScan, index: number, at: number): void {
    const { body } = this;
    const { ops } = scan.ir;
    const op = ops[at]!;
    const d = ops[at + 1]!;
    const a = ops[at + 2]!;
    const b = ops[at + 3]!;
    const c = ops[at + 4]!;
    const e = ops[at + 5]!;
    const f = ops[at + 6]!;
    if (flushesBefore(ops, at)) body.flush();
    if (HAS_OUTPUT[op] !== 0) body.beginSet(d);
    if (scan.narrow[index] === NARROW) {
      narrowRoot(body, index);
      body.endSet(d, index, this.firstOperand(scan, index + 1));
      return;
    }
    switch (op) {
      case Op.nop:
        return;
      case Op.setcond:
        compare(body, f, a, b);
        body.op(W.i64_extend_i32_u);
        break;
      case Op.movcond:
        body.get(c);
        body.get(e);
        compare(body, f, a, b);
        body.op(W.select);
        break;
      case Op.ld:
        load(body, index, this.leave);
        break;
      case Op.st:
        store(body, index, this.leave);
        return;
      case Op.call:
        callHelper(body, this.callees.helpers.get(e)!, e, f, [a, b, c]);
        break;
      case Op.plugin_add:
        // Entries were counted with the budget, at the block's entry.
        if (!countsEntry(ops, at)) addToCell(body, a, e, f);
        return;
      case Op.plugin_store:
        cell(body, false, a, e, f);
        return;
      case Op.plugin_ring:
        ring(body, a, e, f, ops[at + 7]!);
        return;
      case Op.plugin_ld:
        loadWord(body, a, e, f);
        break;
      case Op.plugin_st:
        storeWord(body, a, b, e, f);
        return;
      case Op.plugin_call:
        callPlugin(body, this.callees.callbacks.get(callbackKey(e, f))!, a, b, e, f);
        if (reloadsAfter(ops, at)) body.reload();
        body.forgetPages();
        return;
      default:
        value(body, op, a, b);
    }
    body.endSet(d, index, this.firstOperand(scan, index + 1));
  }

  /** The operand that the next op to be emitted pushes first, or NONE. */
  private firstOperand(scan: BlockScan, index: number): number {
    const { ops, count } = scan.ir;
    const { pending } = this.body;
    must(pending === NONE, 'operand left on the stack');
    for (let i = index, at = index * STRIDE; i < count; i++, at += STRIDE) {
      const op = ops[at]!;
      if (op === Op.insn_start || op === Op.nop) continue;
      if (scan.narrow[i] !== WIDE || !pushesFirst(op) || (HAS_OUTPUT[op] !== 0 && this.body.inMemory(ops[at + 1]!)))
        return NONE;
      const a = ops[at + 2]!;
      const b = ops[at + 3]!;
      // What was just computed is most likely a temporary; of a commutative op it may be either operand.
      return isCommutative(op) && a < L.TEMP_BASE && b >= L.TEMP_BASE ? b : a;
    }
    return NONE;
  }

  private gotoTb(from: number, to: number, lo: number, hi: number): void {
    const { body } = this;
    switch (this.shape.edge(from, to)) {
      case 'inline':
        this.tree(to);
        return;
      case 'forward':
        body.branch(this.blockOf[to]!);
        return;
      case 'back':
        body.branch(this.loopOf[to]!);
        return;
      case 'exit': {
        body.flush();
        body.storeBudget();
        settleSums(body);
        const region = this.callees.regions.get(pcKey(lo, hi));
        if (region !== undefined) {
          body.localGet(Local.env);
          body.op(W.return_call);
          body.w.u32(region);
          return;
        }
        body.i64(lo, hi);
        body.op(W.return);
      }
    }
  }

  private gotoPtr(): void {
    const { body } = this;
    body.flush();
    body.storeBudget();
    settleSums(body);
    body.localGet(Local.env);
    body.get(L.SLOT_PC);
    body.memory(W.i64_store, 3, 8 * L.SLOT_PC);
    body.get(L.SLOT_PC);
    body.op(W.return);
  }

  private exitOp(scan: BlockScan, reason: number, argument: number): void {
    const { body } = this;
    const { insn, pcLo, pcHi } = body.state;
    body.flush();
    body.storePc(pcLo, pcHi);
    body.localGet(Local.env);
    body.i64(argument);
    body.memory(W.i64_store, 3, L.ENV_EXIT_VALUE);
    body.localGet(Local.env);
    body.record();
    body.memory(W.i32_store, 2, L.ENV_TB);
    body.localGet(Local.env);
    body.i32(insn);
    body.memory(W.i32_store, 2, L.ENV_EXIT_INSN);
    if (insn + 1 < scan.ir.insns) body.giveBudgetBack(() => body.i32(scan.ir.insns - insn - 1));
    body.i32(reason);
    body.localSet(Local.reason);
    body.branch(this.exit);
  }
}
