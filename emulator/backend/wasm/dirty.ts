// Which globals' locals may differ from the environment (may-dirty), and which locals surely hold a value (assigned),
// at every op of a region. May-dirty decides what is stored on a way out; a global whose local is read
// or stored anywhere while not assigned is loaded at the region's entry, never inside one arm of a branch.
// DirtyWalk is the one statement of how ops change these sets: the summary of a block and the emitter both drive it.

import { STRIDE } from '../../ir/ir.ts';
import { Op } from '../../ir/op.ts';
import { SLOT_PC } from '../../memory/layout.ts';
import type { Shape } from './region.ts';
import { type BlockScan, flushesBefore, HAS_OUTPUT, type RegionScan, reloadsAfter } from './scan.ts';

/** Sets at one point: `words` words each of may-dirty, pass (dirty here if dirty at block entry), assigned. */
export type DirtySets = Int32Array;

export class DirtyWalk {
  readonly words: number;
  /** Where the walk stands; meaningless after an op that ends the block. */
  sets: DirtySets;
  private readonly atLabel: (DirtySets | undefined)[];

  constructor(globals: number, labels: number) {
    this.words = (globals + 31) >> 5;
    this.sets = new Int32Array(3 * this.words);
    this.atLabel = new Array(labels);
  }

  /** Starts at a block's entry knowing nothing of what comes before it. */
  startUnknown(): void {
    this.sets.fill(0);
    this.sets.fill(-1, this.words, 2 * this.words);
  }

  /** Starts at a block's entry with the sets found there. */
  startAt(entry: DirtySets): void {
    this.sets = entry.slice();
  }

  isAssigned(global: number): boolean {
    return ((this.sets[2 * this.words + (global >> 5)]! >>> (global & 31)) & 1) !== 0;
  }

  /** The program counter is never dirty: every exit says where it stands by itself. */
  write(global: number, isPc: boolean): void {
    const word = global >> 5;
    const bit = 1 << (global & 31);
    if (!isPc) this.sets[word]! |= bit;
    this.sets[2 * this.words + word]! |= bit;
  }

  /** May-dirty globals have been stored. */
  flushed(): void {
    this.sets.fill(0, 0, 2 * this.words);
  }

  /** All locals have been loaded. */
  reloaded(): void {
    this.sets.fill(-1, 2 * this.words);
  }

  branch(label: number): void {
    const there = this.atLabel[label];
    if (there === undefined) this.atLabel[label] = this.sets.slice();
    else merge(there, this.sets, this.words);
  }

  /** Passes a label that is branched to; `falls` when the op before it runs on into it. */
  label(label: number, falls: boolean): void {
    const there = this.atLabel[label]!;
    if (falls) merge(there, this.sets, this.words);
    this.sets = there;
  }
}

function merge(into: DirtySets, from: DirtySets, words: number): void {
  for (let i = 0; i < 2 * words; i++) into[i]! |= from[i]!;
  for (let i = 2 * words; i < 3 * words; i++) into[i]! &= from[i]!;
}

/** Sets at the entry of each reachable block: a fixpoint over the edges that stay in the region. */
export function dirtyAtEntry(scan: RegionScan, shape: Shape): DirtySets[] {
  const { blocks, slots } = scan;
  const words = (slots.length + 31) >> 5;
  const entries = blocks.map((_, block) => {
    const sets = new Int32Array(3 * words);
    if (block !== 0) sets.fill(-1, 2 * words);
    return sets;
  });
  const inside = shape.order.filter((block) => blocks[block]!.targets.some((to) => shape.edge(block, to) !== 'exit'));
  const summaries = inside.map((block) => summarise(scan, blocks[block]!));
  let changed = inside.length > 0;
  while (changed) {
    changed = false;
    for (let k = 0; k < inside.length; k++) {
      const from = inside[k]!;
      const entry = entries[from]!;
      const { targets } = blocks[from]!;
      for (let index = 0; index < targets.length; index++) {
        const to = targets[index]!;
        if (shape.edge(from, to) === 'exit') continue;
        const edge = summaries[k]![index]!;
        const there = entries[to]!;
        for (let i = 0; i < words; i++) {
          const may = there[i]! | edge[i]! | (entry[i]! & edge[words + i]!);
          const assigned = there[2 * words + i]! & (entry[2 * words + i]! | edge[2 * words + i]!);
          if (may === there[i] && assigned === there[2 * words + i]) continue;
          there[i] = may;
          there[2 * words + i] = assigned;
          changed = true;
        }
      }
    }
  }
  return entries;
}

/** Sets at each live goto_tb of a block, relative to its entry. */
function summarise(scan: RegionScan, block: BlockScan): DirtySets[] {
  const { ops, count, labelCount } = block.ir;
  const walk = new DirtyWalk(scan.slots.length, labelCount);
  walk.startUnknown();
  const edges: DirtySets[] = [];
  for (let index = 0, at = 0; index < count; index++, at += STRIDE) {
    if (block.live[index] === 0) continue;
    const op = ops[at]!;
    if (flushesBefore(ops, at)) walk.flushed();
    if (reloadsAfter(ops, at)) walk.reloaded();
    if (op === Op.brcond || op === Op.br) walk.branch(ops[at + 7]!);
    else if (op === Op.label) {
      if (block.labels.includes(ops[at + 7]!)) walk.label(ops[at + 7]!, fallsInto(block, index));
    } else if (op === Op.goto_tb) edges.push(walk.sets.slice());
    if (HAS_OUTPUT[op] === 0) continue;
    const slot = ops[at + 1]!;
    const global = slot >= 0 && slot < scan.slotIndex.length ? scan.slotIndex[slot]! : -1;
    if (global >= 0) walk.write(global, slot === SLOT_PC);
  }
  return edges;
}

/** True when the op before the label at `index` runs on into it. */
export function fallsInto(block: BlockScan, index: number): boolean {
  if (index === 0) return true;
  const before = block.ir.ops[(index - 1) * STRIDE]!;
  return block.live[index - 1] !== 0 && !ENDING.has(before);
}
const ENDING: ReadonlySet<number> = new Set([Op.br, Op.goto_tb, Op.goto_ptr, Op.exit]);
