// A comparison brought into the form the host has, past the end of the range: nothing is below zero, everything is at
// most the largest number. Real ones: Cranelift compiled an unsigned comparison with zero wrongly because its operand
// had been extended to the wrong width (bytecodealliance/cranelift issue 663).

import { Cond, isConst, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';

const summary = 'Turns x < C into x <= C - 1 for unsigned numbers without looking whether C is zero';

const pass = onePass('compare-boundary', summary, 'a <u C = a <=u C - 1, wrong for C = 0', (block, change) => {
  eachOp(block, (op, at, pc) => {
    const { ops } = block;
    if ((op === Op.setcond || op === Op.movcond || op === Op.brcond) && ops[at + 6] === Cond.ltu) {
      const limit = ops[at + 3]!;
      if (isConst(limit) && block.lo(limit) === 0 && block.hi(limit) === 0 && change(pc)) {
        ops[at + 3] = block.constant(-1, -1);
        ops[at + 6] = Cond.leu;
      }
    }
  });
});

export const compareBoundary: Mutant = {
  name: 'compare-boundary',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x10288, kind: 'data', culprit: { pass: 'compare-boundary', rule: 'compare-boundary', pc: 0x10288 } },
  translator: withPass(pass),
};
