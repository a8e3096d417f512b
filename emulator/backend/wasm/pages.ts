// Which accesses of a region are likely to hit the page that an access off the same base register hit before. For such
// a register the tags and the addend of its last page are kept in locals ("a pair"): an access compares with these, and
// only when they do not fit, off the hot path, looks into the TLB. What is kept is checked against every address, so
// that a wrong guess costs time and nothing else; a plugin's callback, which may change mappings, makes it forget.

import { isConst, isGlobal, STRIDE } from '../../ir/ir.ts';
import { MEM_RMW, Op } from '../../ir/op.ts';
import { PAGE_SIZE, TEMP_BASE } from '../../memory/layout.ts';
import { type BlockScan, HAS_OUTPUT, type RegionScan } from './scan.ts';

/** How an access finds its page: in the TLB; there, for later ones to find it too; where an earlier one left it. */
export const LOOK_UP = 0;
export const KEEP = 1;
export const REUSE = 2;

/** Pairs of a region: each is three locals that are live throughout. */
const MAX_PAIRS = 6;
/** Smaller steps of a base register rarely leave the page. */
const MAX_STEP = PAGE_SIZE / 8;

/** Bits of `kinds`: what the accesses off a pair need. */
export const READS = 1;
export const WRITES = 2;

export interface PagePlan {
  /** By slot: number of its pair, or -1. */
  readonly pairOf: Int8Array;
  /** By pair: READS and WRITES. */
  readonly kinds: readonly number[];
  /** By block, by op: LOOK_UP, KEEP or REUSE. */
  readonly how: readonly Uint8Array[];
}

export function planPages(scan: RegionScan): PagePlan {
  const { blocks } = scan;
  const pairOf = new Int8Array(TEMP_BASE).fill(-1);
  const kinds: number[] = [];
  const how = blocks.map((block, number) => planBlock(scan, block, block.targets.includes(number), pairOf, kinds));
  return { pairOf, kinds, how };
}

function planBlock(scan: RegionScan, block: BlockScan, loops: boolean, pairOf: Int8Array, kinds: number[]): Uint8Array {
  const { ops, count } = block.ir;
  const how = new Uint8Array(count);
  /** By base: the last access off it that is still good. */
  const last = new Map<number, number>();
  /** By base: the first access off it since it was set, or -1 when there are several such. */
  const first = new Map<number, number>();
  for (let index = 0, at = 0; index < count; index++, at += STRIDE) {
    if (block.live[index] === 0) continue;
    const op = ops[at]!;
    if (op === Op.plugin_call) last.clear();
    if (op === Op.ld || op === Op.st) {
      const base = ops[at + 2]!;
      if (isGlobal(base) && scan.slotIndex[base]! >= 0) {
        const before = last.get(base);
        if (before !== undefined && takePair(pairOf, kinds, base)) {
          how[index] = REUSE;
          if (how[before] === LOOK_UP) how[before] = KEEP;
        }
        if (before === undefined) first.set(base, first.has(base) ? -1 : index);
        last.set(base, index);
      }
    }
    if (HAS_OUTPUT[op] !== 0 && !isStep(block, at)) last.delete(ops[at + 1]!);
  }
  // A block that jumps to itself comes back with what it left: tables and arrays are walked, or looked into, page by page.
  if (loops) for (const [base, index] of first) if (index >= 0 && takePair(pairOf, kinds, base)) how[index] = REUSE;
  for (let index = 0, at = 0; index < count; index++, at += STRIDE) {
    if (how[index] === LOOK_UP) continue;
    const writes = ops[at] === Op.st || (ops[at + 6]! & MEM_RMW) !== 0;
    kinds[pairOf[ops[at + 2]!]!]! |= writes ? WRITES : READS;
  }
  return how;
}

function takePair(pairOf: Int8Array, kinds: number[], slot: number): boolean {
  if (pairOf[slot]! >= 0) return true;
  if (kinds.length >= MAX_PAIRS) return false;
  pairOf[slot] = kinds.push(0) - 1;
  return true;
}

/** d = d + a small constant. */
function isStep(block: BlockScan, at: number): boolean {
  const { ir } = block;
  const { ops } = ir;
  const b = ops[at + 3]!;
  return (
    ops[at] === Op.add &&
    ops[at + 1] === ops[at + 2] &&
    isConst(b) &&
    Math.abs(ir.lo(b)) <= MAX_STEP &&
    ir.hi(b) === ir.lo(b) >> 31
  );
}
