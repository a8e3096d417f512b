// Folding of a 64-bit shift on 32-bit halves: with a count from 32 on the upper half is made of sign bits, here it is
// made of zeros. Real ones: corner cases of folded shifts, such as box64's constant shifts of narrow operands
// (ptitSeb/box64 pull request 1728).

import { NONE, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';
import { KnownConstants } from './known-constants.ts';

const summary = 'Fills with zeros when it folds an arithmetic shift right by 32 or more';

const pass = onePass(
  'fold-arithmetic-shift',
  summary,
  'sar(C, n) = (C.hi >> (n - 32), 0) where n is 32 or more, wrong',
  (block, change) => {
    const known = new KnownConstants(block);
    eachOp(block, (op, at, pc) => {
      const { ops } = block;
      if (op === Op.sar) {
        const value = known.of(ops[at + 2]!);
        const count = known.of(ops[at + 3]!);
        if (value !== undefined && count !== undefined) {
          const n = block.lo(count) & 63;
          if (n >= 32 && block.hi(value) < 0 && change(pc))
            ops.set([Op.mov, ops[at + 1]!, block.constant(block.hi(value) >> (n - 32), 0), NONE, NONE, 0, 0, 0], at);
        }
      }
      known.step(at);
    });
  },
);

export const foldArithmeticShift: Mutant = {
  name: 'fold-arithmetic-shift',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: {
    pc: 0x1021e,
    kind: 'data',
    culprit: { pass: 'fold-arithmetic-shift', rule: 'fold-arithmetic-shift', pc: 0x10222 },
  },
  translator: withPass(pass),
};
