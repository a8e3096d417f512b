// dead-code: drops computations of temporaries nobody reads.
//
// Requires: nothing; runs last, after the passes that leave copies unread.
// Keeps:    loads (they may fault), calls with effects or floating-point flags, every write of a guest register.
// Breaks:   nothing.
//
// One backward sweep: branches go forward only, so that every read of a temporary has been seen before its writes.

import { STRIDE } from '../ir/ir.ts';
import { TEMP_BASE, TEMP_LIMIT } from '../memory/layout.ts';
import {
  A,
  B,
  C,
  D,
  deleteOp,
  E,
  guestPcAt,
  isDeletable,
  READS,
  READS_A,
  READS_B,
  READS_C,
  READS_E,
  WRITES,
} from './op-facts.ts';
import { OperandMap } from './operand-map.ts';
import type { Pass } from './pass.ts';

const read = new OperandMap();

function mark(x: number): void {
  if (x >= TEMP_BASE && x < TEMP_LIMIT) read.set(x, 1);
}

export const deadCode: Pass = {
  name: 'dead-code',
  summary: 'Drops pure operations and calls whose result nobody reads.',
  rules: {
    unused: 't = op … => nothing, t being read nowhere below',
  },

  run(block, context) {
    const ops = block.ops;
    if (block.tempCount === 0) return;
    read.clear();
    for (let at = (block.count - 1) * STRIDE; at >= 0; at -= STRIDE) {
      const op = ops[at]!;
      const d = ops[at + D]!;
      if (d >= TEMP_BASE && WRITES[op] === 1) {
        if (read.get(d) === 0 && isDeletable(ops, at) && context.change('unused', guestPcAt(block, at))) {
          deleteOp(ops, at);
          continue;
        }
      }
      const reads = READS[op]!;
      if (reads !== 0) {
        if (reads & READS_A) mark(ops[at + A]!);
        if (reads & READS_B) mark(ops[at + B]!);
        if (reads & READS_C) mark(ops[at + C]!);
        if (reads & READS_E) mark(ops[at + E]!);
      }
    }
  },
};
