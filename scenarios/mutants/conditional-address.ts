// A store-conditional done as a compare-and-exchange of the value alone: the address of the reservation is forgotten.
// Real ones: libriscv took address zero for a reservation that nobody had made (libriscv issue 387); Spike once kept
// virtual addresses only (riscv-software-src/riscv-isa-sim pull request 217).

import { NONE, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Lets a store-conditional succeed at another address that holds the value reserved';

export const conditionalAddress: Mutant = {
  name: 'conditional-address',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/reservations.elf',
  args: [],
  expect: { pc: 0x101e2, kind: 'data', culprit: { pass: 'lower', rule: 'conditional-address', pc: 0x101e2 } },
  translator: withLowering('conditional-address', summary, { mask: 0xf800707f, match: 0x1800302f }, (context, from) => {
    // The first branch of the instruction is the one that compares addresses.
    let seen = false;
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] !== Op.brcond || seen) return;
      seen = true;
      ops.set([Op.nop, NONE, NONE, NONE, NONE, 0, 0, 0], at);
    });
  }),
};
