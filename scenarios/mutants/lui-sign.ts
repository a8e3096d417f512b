// A 32-bit constant that is to be sign-extended, loaded as if it were unsigned. Real one: Cranelift for AArch64
// extended a constant with the wrong sign when it folded it into an address (bytecodealliance/wasmtime pull request
// 2478).

import { isConst, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Leaves the upper half of what lui loads zero when bit 31 is set';

export const luiSign: Mutant = {
  name: 'lui-sign',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x101f8, kind: 'data', culprit: { pass: 'lower', rule: 'lui-sign', pc: 0x101f8 } },
  translator: withLowering('lui-sign', summary, { mask: 0x8000007f, match: 0x80000037 }, (context, from) => {
    emitted(context, from, ({ ops, block }, at) => {
      if (ops[at] === Op.mov && isConst(ops[at + 2]!)) ops[at + 2] = block.constant(block.lo(ops[at + 2]!), 0);
    });
  }),
};
