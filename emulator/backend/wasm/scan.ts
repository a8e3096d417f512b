// First look at a region's blocks: which ops can run, how often and how long temporaries are used, which globals get
// a local, where goto_tb ops lead. Everything later (shape, dirty sets, emission) reads it from here, so that all
// agree about dead ops. Refuses what the IR forbids and the structure relies on: branches backwards, open ends.

import { addrOf } from '../../bits.ts';
import { HELPERS } from '../../ir/helper.ts';
import { type IrBlock, isGlobal, isTemp, STRIDE } from '../../ir/ir.ts';
import { CALL_MEM, CALL_READS, CALL_WRITES, OPS, Op } from '../../ir/op.ts';
import { SLOT_ISA, SLOT_PC, TEMP_BASE } from '../../memory/layout.ts';
import { must } from '../../must.ts';
import { narrowOps } from './narrow.ts';
import { countsEntry, type SummedCell, summedCells } from './sums.ts';

export interface RegionBlock {
  readonly ir: IrBlock;
  /** Linear address of the TB record. */
  readonly record: number;
}

/** Blocks joined by their goto_tb ops; blocks[0] is the only entry. */
export interface Region {
  readonly blocks: readonly RegionBlock[];
}

export interface BlockScan {
  readonly ir: IrBlock;
  readonly record: number;
  /** 1 for each op that control can reach. */
  readonly live: Uint8Array;
  /** By op: WIDE, PART or NARROW (narrow.ts). */
  readonly narrow: Uint8Array;
  /** By temporary: times it is read, and index of the last op that names it. */
  readonly reads: Uint16Array;
  readonly lastOp: Int32Array;
  /** Labels that are branched to, in the order they are placed. */
  readonly labels: number[];
  /** What it adds to the entries as it is entered. */
  readonly entries: number;
  /** By live goto_tb op in order: number of the block it leads to in the region, -1 for outside. */
  readonly targets: number[];
}

export interface RegionScan {
  readonly blocks: readonly BlockScan[];
  /** Slots that live in locals, in the order of their locals. */
  readonly slots: readonly number[];
  /** By slot: its place in `slots`, or -1. */
  readonly slotIndex: Int16Array;
  readonly usesCpuIndex: boolean;
  /** Cells whose sums live in locals, in the order of their locals. */
  readonly cells: readonly SummedCell[];
}

/** What a region calls that is not in it. */
export interface Calls {
  /** Numbers of helpers. */
  readonly helpers: Set<number>;
  /** Plugins' callbacks, by `callbackKey`. */
  readonly callbacks: Set<number>;
}

/** The callback a plugin_call calls, and whether it is one that is told of an access: as one number. */
export function callbackKey(word: number, flags: number): number {
  return 2 * (word >>> 7) + ((flags & CALL_MEM) === 0 ? 0 : 1);
}

/** Fields a, b, c, e of each op that are operands, as bits 0 to 3. */
export const INPUTS: Uint8Array = Uint8Array.from(OPS, (info) =>
  [1, 2, 3, 4].reduce((bits, field) => bits | (info.fields[field] === 'in' ? 1 << (field - 1) : 0), 0),
);
export const HAS_OUTPUT: Uint8Array = Uint8Array.from(OPS, (info) => (info.fields[0] === 'out' ? 1 : 0));
const ENDS = Uint8Array.from(OPS, (info) => (info.ends ? 1 : 0));

/** What is known of a label. */
const BRANCHED_TO = 1;
const PLACED = 2;

/** A slot that may be held in a local. Header slots change behind the code's back (helpers accrue FP flags). */
export function isCached(slot: number): boolean {
  return slot === SLOT_PC || slot >= SLOT_ISA;
}

/** True for ops that need all globals in the environment: others look at the registers. */
export function flushesBefore(ops: Int32Array, at: number): boolean {
  switch (ops[at]) {
    case Op.call:
      return HELPERS[ops[at + 5]!]!.readsGlobals === true;
    case Op.plugin_call:
      return (ops[at + 6]! & (CALL_READS | CALL_WRITES)) !== 0;
    default:
      return false;
  }
}

/** True for ops after which locals must be loaded anew. */
export function reloadsAfter(ops: Int32Array, at: number): boolean {
  return ops[at] === Op.plugin_call && (ops[at + 6]! & CALL_WRITES) !== 0;
}

/** Scans a region; adds what it calls to `calls`. */
export function scanRegion(region: Region, calls: Calls): RegionScan {
  const slots: number[] = [];
  const slotIndex = new Int16Array(TEMP_BASE).fill(-1);
  const blockAt = new Map<number, number>();
  must(region.blocks.length > 0, 'empty region');
  for (const [index, { ir }] of region.blocks.entries()) {
    must(!blockAt.has(ir.pc), 'two blocks of a region at one pc');
    must(ir.insns > 0 && ir.insns < 0x8000, 'block length out of range');
    blockAt.set(ir.pc, index);
  }
  let usesCpuIndex = false;

  const useSlot = (slot: number): void => {
    if (slotIndex[slot]! < 0 && isCached(slot)) slotIndex[slot] = slots.push(slot) - 1;
  };

  const scanBlock = ({ ir, record }: RegionBlock): BlockScan => {
    const { ops, count } = ir;
    const live = new Uint8Array(count);
    const reads = new Uint16Array(ir.tempCount);
    const lastOp = new Int32Array(ir.tempCount).fill(-1);
    const labels: number[] = [];
    const targets: number[] = [];
    const labelState = new Uint8Array(ir.labelCount);
    let running = true;
    let entries = 0;
    for (let index = 0, at = 0; index < count; index++, at += STRIDE) {
      const op = ops[at]!;
      if (op === Op.label) {
        const label = ops[at + 7]!;
        must((labelState[label]! & PLACED) === 0, 'label placed twice');
        if (labelState[label] === BRANCHED_TO) {
          labels.push(label);
          running = true;
        }
        labelState[label]! |= PLACED;
      }
      if (!running) continue;
      live[index] = 1;
      for (let inputs = INPUTS[op]!, field = at + 2; inputs !== 0; inputs >>= 1, field++) {
        if ((inputs & 1) === 0) continue;
        const x = ops[field]!;
        if (isTemp(x)) {
          must(lastOp[x - TEMP_BASE]! >= 0, 'temporary read before it is written');
          reads[x - TEMP_BASE]!++;
          lastOp[x - TEMP_BASE] = index;
        } else if (isGlobal(x)) useSlot(x);
      }
      if (HAS_OUTPUT[op] !== 0) {
        const d = ops[at + 1]!;
        if (isTemp(d)) lastOp[d - TEMP_BASE] = index;
        else if (isGlobal(d)) useSlot(d);
      }
      switch (op) {
        case Op.brcond:
        case Op.br: {
          const label = ops[at + 7]!;
          must(label >= 0 && label < ir.labelCount, 'unknown label');
          must((labelState[label]! & PLACED) === 0, 'branch backwards inside a block');
          labelState[label] = BRANCHED_TO;
          break;
        }
        case Op.goto_tb:
          targets.push(blockAt.get(addrOf(ops[at + 3]!, ops[at + 4]!)) ?? -1);
          break;
        case Op.goto_ptr:
          useSlot(SLOT_PC);
          break;
        case Op.call:
          calls.helpers.add(ops[at + 5]!);
          break;
        case Op.plugin_add:
          if (countsEntry(ops, at)) entries += ir.hi(ops[at + 2]!);
          else if (ops[at + 6] !== 0) usesCpuIndex = true;
          break;
        case Op.plugin_store:
        case Op.plugin_ld:
        case Op.plugin_st:
          if (ops[at + 6] !== 0) usesCpuIndex = true;
          break;
        case Op.plugin_call:
          calls.callbacks.add(callbackKey(ops[at + 5]!, ops[at + 6]!));
          usesCpuIndex = true;
          break;
      }
      if (ENDS[op] !== 0) running = false;
    }
    must(!running, 'block without an end');
    for (let label = 0; label < ir.labelCount; label++) {
      must(labelState[label] !== BRANCHED_TO, 'branch to a label never placed');
    }
    return { ir, record, live, narrow: narrowOps(ir, live, reads), reads, lastOp, labels, entries, targets };
  };

  const blocks = region.blocks.map(scanBlock);
  return { blocks, slots, slotIndex, usesCpuIndex, cells: summedCells(blocks) };
}
