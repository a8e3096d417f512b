// The remainder of a division by zero, which RISC-V defines as the dividend. Real ones: guards against the host's trap
// that skip the whole operation; special cases of quotient and remainder are what N64 test suites check emulators for
// (lemmy-64/n64-systemtest pull request 39).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Gives zero for the remainder of a division by zero';

export const remainderZero: Mutant = {
  name: 'remainder-zero',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x102cc, kind: 'data', culprit: { pass: 'lower', rule: 'remainder-zero', pc: 0x102cc } },
  translator: withLowering('remainder-zero', summary, { mask: 0xfe00707f, match: 0x2007033 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] !== Op.remu) return;
      const { b } = context;
      const [, d, dividend, divisor] = ops.subarray(at, at + 4);
      ops[at] = Op.nop;
      const remainder = b.binary(Op.remu, dividend!, divisor!);
      b.movcond('eq', divisor!, b.imm(0), b.imm(0), remainder, d!);
    });
  }),
};
