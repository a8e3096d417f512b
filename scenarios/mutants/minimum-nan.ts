// The minimum as a comparison and a selection, as the host's instruction does it: with a NaN the answer depends on
// which operand it is. Real ones: minimum and maximum lowered to the host's own; RVVM went over NaN results of its
// whole unit (LekKit/RVVM pull request 236).

import { helperId, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Takes the second operand for the minimum when the first is not less, a NaN too';

export const minimumNan: Mutant = {
  name: 'minimum-nan',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/floats.elf',
  args: [],
  expect: { pc: 0x10284, kind: 'data', culprit: { pass: 'lower', rule: 'minimum-nan', pc: 0x10284 } },
  translator: withLowering('minimum-nan', summary, { mask: 0xfe00707f, match: 0x2a000053 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] !== Op.call) return;
      const { b } = context;
      const [, d, first, second] = ops.subarray(at, at + 4);
      ops[at] = Op.nop;
      const less = b.call(helperId('flt_d'), [first!, second!], 0);
      b.movcond('ne', less, b.imm(0), first!, second!, d!);
    });
  }),
};
