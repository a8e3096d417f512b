// A translator with a mistake in a block that runs once, in the middle of a long window (session.test.ts).

import { Op, STRIDE } from '../../emulator/index.ts';

const VICTIM = 0x10088;

const late = {
  name: 'late',
  summary: 'turns the last addition of one block into a subtraction',
  rules: { flip: 'a + b = a - b, wrong' },
  run(block, context) {
    if (block.pc !== VICTIM) return;
    for (let at = (block.count - 1) * STRIDE; at >= 0; at -= STRIDE)
      if (block.ops[at] === Op.add && context.change('flip', block.pc)) {
        block.ops[at] = Op.sub;
        return;
      }
  },
};

export default { base: 'old-tcg', name: 'late', passes: (base) => [...base, late] };
