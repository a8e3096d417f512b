// A translator with a mistake in a block that runs once, in the middle of a long window (session.test.ts).

import { Op } from '../../emulator/index.ts';
import { firstAddition } from './first-addition.mjs';

const VICTIM = 0x10088;

const late = {
  name: 'late',
  summary: 'turns the first addition of one block into a subtraction',
  rules: { flip: 'a + b = a - b, wrong' },
  run(block, context) {
    if (block.pc !== VICTIM) return;
    const at = firstAddition(block);
    if (at !== undefined && context.change('flip', block.pc)) block.ops[at] = Op.sub;
  },
};

export default { base: 'old-tcg', name: 'late', passes: (base) => [...base, late] };
