// register-loads: a guest register whose value is at hand is not read again, and not written with the value it has.
//
// Requires: nothing; finds most after copy-propagation.
// Keeps:    every value of every register at every op.
// Breaks:   nothing.

import { type IrBlock, STRIDE } from '../ir/ir.ts';
import { TEMP_BASE } from '../memory/layout.ts';
import { A, B, C, D, deleteOp, E, guestPcAt, MOV, READS, READS_A, READS_B, READS_C, READS_E } from './op-facts.ts';
import { LastWrites } from './operand-map.ts';
import type { Pass, PassContext } from './pass.ts';

const writes = new LastWrites();

function rewrite(block: IrBlock, at: number, word: number, context: PassContext): void {
  const ops = block.ops;
  const x = ops[at + word]!;
  if (x < 0 || x >= TEMP_BASE) return;
  const source = writes.source(ops, x);
  if (source !== x && context.change(source < 0 ? 'constant' : 'forward', guestPcAt(block, at)))
    ops[at + word] = source;
}

/** True when `mov d, a` writes to d what d holds. */
function writesSameValue(ops: Int32Array, d: number, a: number): boolean {
  const held = writes.source(ops, d);
  return a === d || held === a || writes.source(ops, a) === d || (held !== d && held === writes.source(ops, a));
}

export const registerLoads: Pass = {
  name: 'register-loads',
  summary: 'Forwards the known value of a guest register to later reads, drops writes of the value it has.',
  rules: {
    forward: 'g = x; op g => op x, while neither is written',
    constant: 'g = c; op g => op c',
    'same-value': 'g = x; g = x => g = x, and x = g; g = x => x = g',
  },

  needs: ['mov'],

  run(block, context) {
    const ops = block.ops;
    const end = block.count * STRIDE;
    // Nothing to do, and nothing to take note of, before the first copy.
    let copies = false;
    for (let at = 0; at < end; at += STRIDE) {
      const op = ops[at]!;
      if (!copies) {
        if (op !== MOV) continue;
        copies = true;
        writes.clear();
      }
      const reads = READS[op]!;
      if (reads !== 0) {
        if (reads & READS_A) rewrite(block, at, A, context);
        if (reads & READS_B) rewrite(block, at, B, context);
        if (reads & READS_C) rewrite(block, at, C, context);
        if (reads & READS_E) rewrite(block, at, E, context);
      }
      if (op === MOV) {
        const d = ops[at + D]!;
        if (
          d < TEMP_BASE &&
          writesSameValue(ops, d, ops[at + A]!) &&
          context.change('same-value', guestPcAt(block, at))
        ) {
          deleteOp(ops, at);
          continue;
        }
      }
      writes.note(ops, at);
    }
  },
};
