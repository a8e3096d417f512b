// A compressed encoding whose immediate is scattered: bits 8 and 7 stand side by side in the instruction, in an order
// that is easily taken for the other one. Real ones: RVVM took encodings of this family for others (LekKit/RVVM issue
// 284), Rev shifted the immediate of c.lui twice (tactcomplabs/rev pull request 34), and the manual itself drew that
// of c.addi16sp wrongly (riscv-isa-manual pull request 1079).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Takes bits 7 and 8 of the immediate of c.addi16sp in the wrong order';

export const compressedStack: Mutant = {
  name: 'compressed-stack',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x10332, kind: 'data', culprit: { pass: 'lower', rule: 'compressed-stack', pc: 0x10334 } },
  translator: withLowering('compressed-stack', summary, { mask: 0xef83, match: 0x6101 }, (context, from) => {
    emitted(context, from, ({ ops, block }, at) => {
      if (ops[at] !== Op.add) return;
      const value = block.lo(ops[at + 3]!);
      const swapped = (value & ~0x180) | ((value & 0x80) << 1) | ((value & 0x100) >> 1);
      ops[at + 3] = block.constant(swapped, swapped >> 31);
    });
  }),
};
