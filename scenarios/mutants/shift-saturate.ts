// A shift count that is not reduced to its low bits, as on hosts (or in intermediate languages) where a shift by the
// width or more gives zero. Real ones: counts left unmasked in emulators of x86 (nepx/halfix issue 8) and box64's
// RISC-V back end, which repaired its masks more than once (ptitSeb/box64 pull requests 577 and 1160).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Gives zero for a shift left by 64 or more instead of taking the count modulo 64';

export const shiftSaturate: Mutant = {
  name: 'shift-saturate',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x10272, kind: 'data', culprit: { pass: 'lower', rule: 'shift-saturate', pc: 0x10272 } },
  translator: withLowering('shift-saturate', summary, { mask: 0xfe00707f, match: 0x1033 }, (context, from) => {
    emitted(context, from, ({ ops, block }, at) => {
      if (ops[at] !== Op.shl) return;
      const d = ops[at + 1]!;
      const count = ops[at + 3]!;
      const shifted = block.newTemp();
      ops[at + 1] = shifted;
      context.b.movcond('gtu', count, context.b.imm(63), context.b.imm(0), shifted, d);
    });
  }),
};
