// dead-store: drops writes of guest registers that nobody sees before they are overwritten.
//
// Requires: nothing.
// Keeps:    every register at every op that may fault, leave the block, call a helper that reads registers, or call a
//           plugin that reads them: such an op sees exactly what it would have seen.
// Breaks:   nothing.
//
// One backward sweep. `dead` holds the registers that are overwritten below with nobody looking in between; it is
// emptied at every op that shows registers, and at branches, whose other path is not looked at.

import { STRIDE } from '../ir/ir.ts';
import { SLOT_FP_MODE, TEMP_BASE } from '../memory/layout.ts';
import {
  A,
  B,
  BARRIER,
  C,
  CALL,
  D,
  deleteOp,
  E,
  guestPcAt,
  isDeletable,
  isFpCall,
  READS,
  READS_A,
  READS_B,
  READS_C,
  READS_E,
  showsGlobals,
  WRITES,
} from './op-facts.ts';
import { OperandMap } from './operand-map.ts';
import type { Pass } from './pass.ts';

const dead = new OperandMap();

function revive(x: number): void {
  if (x >= 0 && x < TEMP_BASE) dead.drop(x);
}

export const deadStore: Pass = {
  name: 'dead-store',
  summary: 'Drops writes of guest registers that are overwritten before anybody can see them.',
  rules: { overwritten: 'g = x; g = y => g = y, nobody reading g and nothing leaving the block in between' },

  run(block, context) {
    const ops = block.ops;
    let any = false;
    dead.clear();
    for (let at = (block.count - 1) * STRIDE; at >= 0; at -= STRIDE) {
      const op = ops[at]!;
      const barrier = BARRIER[op]!;
      if (barrier === 1 || (barrier === 2 && showsGlobals(ops, at))) {
        if (any) dead.clear();
        any = false;
        continue;
      }
      if (WRITES[op] === 1) {
        const d = ops[at + D]!;
        if (d < TEMP_BASE) {
          if (dead.get(d) !== 0 && isDeletable(ops, at) && context.change('overwritten', guestPcAt(block, at))) {
            deleteOp(ops, at);
            continue;
          }
          dead.set(d, 1);
          any = true;
        }
        // Flags are only added to: where nobody sees the sum, nobody sees the part.
        if (op === CALL && isFpCall(ops, at)) dead.drop(SLOT_FP_MODE);
      }
      const reads = READS[op]!;
      if (any && reads !== 0) {
        if (reads & READS_A) revive(ops[at + A]!);
        if (reads & READS_B) revive(ops[at + B]!);
        if (reads & READS_C) revive(ops[at + C]!);
        if (reads & READS_E) revive(ops[at + E]!);
      }
    }
  },
};
