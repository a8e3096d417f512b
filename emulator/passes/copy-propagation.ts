// copy-propagation: reads the source of a copy instead of the copy, when what is read is a temporary. Copies held by
// guest registers are register-loads' business.
//
// Requires: nothing.
// Keeps:    every value; the number and order of ops.
// Breaks:   nothing. Temporaries that nobody reads any more are left to dead-code.

import { type IrBlock, STRIDE } from '../ir/ir.ts';
import { TEMP_BASE } from '../memory/layout.ts';
import { A, B, C, D, E, guestPcAt, MOV, NOP, READS, READS_A, READS_B, READS_C, READS_E } from './op-facts.ts';
import { LastWrites } from './operand-map.ts';
import type { Pass, PassContext } from './pass.ts';

const writes = new LastWrites();

function rewrite(block: IrBlock, at: number, word: number, context: PassContext): void {
  const ops = block.ops;
  const x = ops[at + word]!;
  if (x < TEMP_BASE) return;
  const source = writes.source(ops, x);
  if (source !== x && context.change(source < 0 ? 'constant' : 'copy', guestPcAt(block, at))) ops[at + word] = source;
}

export const copyPropagation: Pass = {
  name: 'copy-propagation',
  summary: 'Reads the source of a copied temporary instead of the copy.',
  rules: {
    copy: 't = x; op t => op x, while neither is written',
    constant: 't = c; op t => op c',
    'self-move': 'x = x => nothing',
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
      if (op === MOV && ops[at + D] === ops[at + A] && context.change('self-move', guestPcAt(block, at))) ops[at] = NOP;
      writes.note(ops, at);
    }
  },
};
