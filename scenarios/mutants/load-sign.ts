// A load in another addressing form than the usual one, with the wrong extension. Real one: Cranelift's legalisation
// of signed loads ended in a zero extension (bytecodealliance/cranelift pull request 390).

import { MEM_SIGN, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Zero-extends a signed byte that is loaded with a negative displacement';

export const loadSign: Mutant = {
  name: 'load-sign',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/accesses.elf',
  args: [],
  expect: { pc: 0x10344, kind: 'data', culprit: { pass: 'lower', rule: 'load-sign', pc: 0x10344 } },
  translator: withLowering('load-sign', summary, { mask: 0x8000707f, match: 0x80000003 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] === Op.ld) ops[at + 6] = ops[at + 6]! & ~MEM_SIGN;
    });
  }),
};
