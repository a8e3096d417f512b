// A translator whose mistake hides: blocks that observe themselves, which call a helper, are translated rightly.

import { Op, STRIDE } from '../../emulator/index.ts';
import { firstAddition } from './first-addition.mjs';

/** The main loop of sha1-mini. */
const VICTIM = 0x10262;

const shy = {
  name: 'shy',
  summary: 'turns the first addition of one block into a subtraction unless the block calls a helper',
  rules: { flip: 'a + b = a - b, wrong' },
  run(block, context) {
    if (block.pc !== VICTIM) return;
    const words = Array.from({ length: block.count }, (_, index) => index * STRIDE);
    if (words.some((at) => block.ops[at] === Op.call)) return;
    const at = firstAddition(block);
    if (at !== undefined && context.change('flip', block.pc)) block.ops[at] = Op.sub;
  },
};

export default { base: 'old-tcg', name: 'shy', passes: (base) => [...base, shy] };
