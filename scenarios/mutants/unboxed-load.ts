// A single that is not NaN-boxed on the way into its register. Real ones: libriscv left out the upper word in loads
// and results (libriscv issue 361), the Sunflower emulator zero-extended (issue 54).

import { isTemp, NONE, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Leaves the upper half of a register zero when it loads a single';

export const unboxedLoad: Mutant = {
  name: 'unboxed-load',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/floats.elf',
  args: [],
  expect: { pc: 0x10228, kind: 'data', culprit: { pass: 'lower', rule: 'unboxed-load', pc: 0x10228 } },
  translator: withLowering('unboxed-load', summary, { mask: 0x707f, match: 0x2007 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] === Op.or && isTemp(ops[at + 2]!))
        ops.set([Op.mov, ops[at + 1]!, ops[at + 2]!, NONE, NONE, 0, 0, 0], at);
    });
  }),
};
