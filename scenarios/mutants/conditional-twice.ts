// A reservation that a store-conditional does not use up, so that a second one succeeds. Real ones: Spike did not
// yield it (riscv-software-src/riscv-isa-sim pull request 217); the official tests had to be taught to look
// (riscv-software-src/riscv-tests pull request 465).

import { isConst, NONE, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Keeps the reservation after a store-conditional of a word';

export const conditionalTwice: Mutant = {
  name: 'conditional-twice',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/reservations.elf',
  args: [],
  expect: { pc: 0x10202, kind: 'data', culprit: { pass: 'lower', rule: 'conditional-twice', pc: 0x10202 } },
  translator: withLowering('conditional-twice', summary, { mask: 0xf800707f, match: 0x1800202f }, (context, from) => {
    emitted(context, from, ({ ops, block }, at) => {
      const value = ops[at + 2]!;
      if (ops[at] === Op.mov && isConst(value) && block.lo(value) === -1)
        ops.set([Op.nop, NONE, NONE, NONE, NONE, 0, 0, 0], at);
    });
  }),
};
