// Where emission stands in one IR block: its sets of dirty globals, its temporaries' locals, the instruction at hand.
// Blocks nest (one is emitted where another jumps to it), so each has a state of its own.

import { hiOf, loOf } from '../../bits.ts';
import { type DirtySets, DirtyWalk } from './dirty.ts';
import type { BlockScan } from './scan.ts';

export interface BlockState {
  readonly scan: BlockScan;
  /** By op: how an access finds its page (pages.ts). */
  readonly pages: Uint8Array;
  readonly walk: DirtyWalk;
  /** By temporary: its local, -1 while it has none. */
  readonly tempLocal: Int32Array;
  readonly freeTemps: number[];
  usedTemps: number;
  /** The instruction being emitted. */
  insn: number;
  pcLo: number;
  pcHi: number;
}

/** The state at the block's entry, where `entry` holds. */
export function newBlockState(scan: BlockScan, pages: Uint8Array, globals: number, entry: DirtySets): BlockState {
  const walk = new DirtyWalk(globals, scan.ir.labelCount);
  walk.startAt(entry);
  return {
    scan,
    pages,
    walk,
    tempLocal: new Int32Array(scan.ir.tempCount).fill(-1),
    freeTemps: [],
    usedTemps: 0,
    insn: 0,
    pcLo: loOf(scan.ir.pc),
    pcHi: hiOf(scan.ir.pc),
  };
}
