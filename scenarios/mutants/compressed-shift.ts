// A compressed encoding whose immediate is scattered: the sixth bit of the count lies apart from the others. Real
// ones: RVVM took encodings of this family for others (LekKit/RVVM issue 284), Rev shifted the immediate of c.lui
// twice (tactcomplabs/rev pull request 34), and the manual itself drew that of c.addi16sp wrongly (riscv-isa-manual
// pull request 1079).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Ignores bit 5 of the count of the compressed arithmetic shift';

export const compressedShift: Mutant = {
  name: 'compressed-shift',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x1032a, kind: 'data', culprit: { pass: 'lower', rule: 'compressed-shift', pc: 0x1032c } },
  translator: withLowering('compressed-shift', summary, { mask: 0xfc03, match: 0x9401 }, (context, from) => {
    emitted(context, from, ({ ops, block }, at) => {
      if (ops[at] === Op.sar) ops[at + 3] = block.constant(block.lo(ops[at + 3]!) & 31, 0);
    });
  }),
};
