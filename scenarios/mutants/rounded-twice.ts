// A fused multiply-add made of a multiplication and an addition, which rounds twice. Real ones: hosts without the
// instruction, or helpers written as a * b + c; RVVM rewrote the family for its roundings (LekKit/RVVM pull request
// 239).

import { helperId, NONE, Op, STRIDE } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Rounds the product of a fused multiply-add before it adds';

export const roundedTwice: Mutant = {
  name: 'rounded-twice',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/floats.elf',
  args: [],
  expect: { pc: 0x102b2, kind: 'data', culprit: { pass: 'lower', rule: 'rounded-twice', pc: 0x102b2 } },
  translator: withLowering('rounded-twice', summary, { mask: 0x600007f, match: 0x2000043 }, (context, from) => {
    emitted(context, from, ({ ops, block }, at) => {
      if (ops[at] !== Op.call) return;
      const { b } = context;
      const [, d, first, second, addend, , mode] = ops.subarray(at, at + STRIDE);
      ops[at] = Op.nop;
      const product = b.call(helperId('fmul_d'), [first!, second!], mode!);
      block.push(Op.call, d!, product, addend!, NONE, helperId('fadd_d'), mode!);
    });
  }),
};
