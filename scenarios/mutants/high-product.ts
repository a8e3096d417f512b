// The high half of a product of a signed and an unsigned number. Real ones: libriscv's translator took it for unsigned
// by unsigned (libriscv issue 330); RVVM's x86 JIT corrected the sign with a register it had written (LekKit/RVVM
// issue 265).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Takes the operands of mulhsu the wrong way round: the second as the signed one';

export const highProduct: Mutant = {
  name: 'high-product',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x102de, kind: 'data', culprit: { pass: 'lower', rule: 'high-product', pc: 0x102de } },
  translator: withLowering('high-product', summary, { mask: 0xfe00707f, match: 0x2002033 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] !== Op.mulsuh) return;
      const first = ops[at + 2]!;
      ops[at + 2] = ops[at + 3]!;
      ops[at + 3] = first;
    });
  }),
};
