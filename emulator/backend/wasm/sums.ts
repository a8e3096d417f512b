// Cells of plugins to which a region does nothing but add: what is added is summed up in locals, and reaches memory on each
// way out. Nobody can tell, as long as nothing in the region reads or writes cells otherwise or calls who might.
// What counts instructions block by block is not even summed up: the budget counts them already, downwards.

import { isConst, STRIDE } from '../../ir/ir.ts';
import { OPS, Op } from '../../ir/op.ts';
import { ENV_BASE, ENV_BUDGET } from '../../memory/layout.ts';
import type { BlockScan } from './scan.ts';

/** Linear address of vCPU 0's word, and the distance to the next vCPU's. */
export interface SummedCell {
  readonly address: number;
  readonly stride: number;
  /** Every block adds its instructions as it is entered: the local holds what the budget was at the region's entry. */
  readonly byBudget: boolean;
}

/** Each is added to memory on every way out: more than a few would be in the way. */
const MOST = 4;

const LOOKS: ReadonlySet<number> = new Set([Op.plugin_call, Op.plugin_store, Op.plugin_ld, Op.plugin_st]);

/** True for an addition to the entries: the upper half of the budget's word, changed together with that. */
export function countsEntry(ops: Int32Array, at: number): boolean {
  return ops[at] === Op.plugin_add && ops[at + 5] === ENV_BASE + ENV_BUDGET;
}

type ScannedBlock = Pick<BlockScan, 'ir' | 'live' | 'targets'>;

/** The cells to sum up, most additions first. Those of single blocks are left out where there are many. */
export function summedCells(blocks: readonly ScannedBlock[]): SummedCell[] {
  /** `counting`: blocks that add their instructions, the last of them `by`. */
  const cells = new Map<
    string,
    { address: number; stride: number; additions: number; counting: number; by: ScannedBlock | undefined }
  >();
  for (const block of blocks) {
    const { ir, live } = block;
    const { ops, count } = ir;
    /** Nothing so far can leave the block, or pass an addition by. */
    let entering = true;
    for (let index = 0, at = 0; index < count; index++, at += STRIDE) {
      const op = ops[at]!;
      if (live[index] === 0) continue;
      if (LOOKS.has(op)) return [];
      if (countsEntry(ops, at)) continue;
      if (op !== Op.plugin_add) {
        entering &&= op === Op.insn_start ? ops[at + 2] === 0 : !OPS[op]!.effects && op !== Op.call;
        continue;
      }
      const a = ops[at + 2]!;
      const address = ops[at + 5]!;
      const stride = ops[at + 6]!;
      const key = `${address}:${stride}`;
      const cell = cells.get(key) ?? { address, stride, additions: 0, counting: 0, by: undefined };
      cells.set(key, cell);
      cell.additions++;
      const counts = entering && isConst(a) && ir.lo(a) === ir.insns && ir.hi(a) === 0;
      if (!counts || cell.by === block) continue;
      cell.by = block;
      cell.counting++;
    }
  }
  const all = [...cells.values()].sort((a, b) => b.additions - a.additions);
  const few = all.length <= MOST ? all : all.filter(({ additions }) => additions > 1).slice(0, MOST);
  // Where no block leads to another one, a sum is a constant, which costs less than a difference.
  const goesOn = blocks.some(({ targets }) => targets.some((target) => target >= 0));
  return few.map(({ address, stride, additions, counting }) => ({
    address,
    stride,
    byBudget: goesOn && additions === blocks.length && counting === blocks.length,
  }));
}
