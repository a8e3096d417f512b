// Cells of plugins to which a region does nothing but add: what is added is summed up in locals, and reaches memory on each
// way out. Nobody can tell, as long as nothing in the region reads or writes cells otherwise or calls who might.

import { STRIDE } from '../../ir/ir.ts';
import { Op } from '../../ir/op.ts';
import type { BlockScan } from './scan.ts';

/** Linear address of vCPU 0's word, and the distance to the next vCPU's. */
export interface SummedCell {
  readonly address: number;
  readonly stride: number;
}

/** Each is added to memory on every way out: more than a few would be in the way. */
const MOST = 4;

const LOOKS: ReadonlySet<number> = new Set([Op.plugin_call, Op.plugin_store, Op.plugin_ld, Op.plugin_st]);

/** The cells to sum up, most additions first. Those of single blocks are left out where there are many. */
export function summedCells(blocks: readonly Pick<BlockScan, 'ir' | 'live'>[]): SummedCell[] {
  const cells = new Map<string, SummedCell & { additions: number }>();
  for (const { ir, live } of blocks) {
    const { ops, count } = ir;
    for (let index = 0, at = 0; index < count; index++, at += STRIDE) {
      const op = ops[at]!;
      if (live[index] === 0) continue;
      if (LOOKS.has(op)) return [];
      if (op !== Op.plugin_add) continue;
      const address = ops[at + 5]!;
      const stride = ops[at + 6]!;
      const key = `${address}:${stride}`;
      const cell = cells.get(key);
      if (cell) cell.additions++;
      else cells.set(key, { address, stride, additions: 1 });
    }
  }
  const all = [...cells.values()].sort((a, b) => b.additions - a.additions);
  return all.length <= MOST ? all : all.filter(({ additions }) => additions > 1).slice(0, MOST);
}
