// A translator whose mistake does not come back: the first translation of one block is wrong, the next ones are right.
// A replay, which translates anew, cannot show it.

import { Op } from '../../emulator/index.ts';
import { firstAddition } from './first-addition.mjs';

/** The main loop of sha1-mini: run often, and long after the start. */
const VICTIM = 0x10262;
let done = false;

const flaky = {
  name: 'flaky',
  summary: 'turns the first addition of one block into a subtraction, the first time only',
  rules: { flip: 'a + b = a - b, wrong' },
  run(block, context) {
    if (block.pc !== VICTIM || done) return;
    done = true;
    const at = firstAddition(block);
    if (at !== undefined && context.change('flip', block.pc)) block.ops[at] = Op.sub;
  },
};

export default { base: 'old-tcg', name: 'flaky', passes: (base) => [...base, flaky] };
