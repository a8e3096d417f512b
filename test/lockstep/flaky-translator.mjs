// A translator whose mistake does not come back: the first translation of one block is wrong, the next ones are right.
// A replay, which translates anew, cannot show it.

import { Op, STRIDE } from '../../emulator/index.ts';

/** The main loop of sha1-mini: run often, and long after the start. */
const VICTIM = 0x10262;
let done = false;

const flaky = {
  name: 'flaky',
  summary: 'turns the last addition of one block into a subtraction, the first time only',
  rules: { flip: 'a + b = a - b, wrong' },
  run(block, context) {
    if (block.pc !== VICTIM || done) return;
    done = true;
    for (let at = (block.count - 1) * STRIDE; at >= 0; at -= STRIDE)
      if (block.ops[at] === Op.add && context.change('flip', block.pc)) {
        block.ops[at] = Op.sub;
        return;
      }
  },
};

export default { base: 'old-tcg', name: 'flaky', passes: (base) => [...base, flaky] };
