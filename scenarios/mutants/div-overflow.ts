// The one signed quotient that overflows. Hosts trap on it or give something of their own, so translators guard it,
// and the guard is what goes wrong. Real ones: RVVM's x86 JIT compared the divisor where it meant the dividend
// (LekKit/RVVM issue 256); Dolphin set the result to zero (dolphin-emu/dolphin pull request 6943); xenia had no guard
// (issue 1085).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Gives zero for the overflowing quotient of the least number by -1';

export const divOverflow: Mutant = {
  name: 'div-overflow',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x102b4, kind: 'data', culprit: { pass: 'lower', rule: 'div-overflow', pc: 0x102b4 } },
  translator: withLowering('div-overflow', summary, { mask: 0xfe00707f, match: 0x2004033 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] !== Op.div) return;
      const { b } = context;
      const [, d, dividend, divisor] = ops.subarray(at, at + 4);
      ops[at] = Op.nop;
      // Both registers are looked at before the quotient is written over one of them.
      const least = b.setcond('eq', dividend!, b.imm64(0, 1 << 31));
      const overflows = b.binary(Op.and, least, b.setcond('eq', divisor!, b.imm(-1)));
      const quotient = b.binary(Op.div, dividend!, divisor!);
      b.movcond('ne', overflows, b.imm(0), b.imm(0), quotient, d!);
    });
  }),
};
