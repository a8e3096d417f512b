// Exception flags that an operation overwrites instead of accruing. Real ones: libriscv's translated code lost flags
// (libriscv issues 405 and 424).

import { NONE, Op, SLOT_FP_FLAGS, STRIDE } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Sets the exception flags to those of a multiplication instead of adding them';

export const lostFlags: Mutant = {
  name: 'lost-flags',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/floats.elf',
  args: [],
  expect: { pc: 0x10256, kind: 'data', culprit: { pass: 'lower', rule: 'lost-flags', pc: 0x1025a } },
  translator: withLowering('lost-flags', summary, { mask: 0xfe00007f, match: 0x12000053 }, (context, from) => {
    emitted(context, from, ({ ops, block }, at) => {
      if (ops[at] !== Op.call) return;
      const call = ops.slice(at, at + STRIDE);
      ops.set([Op.mov, SLOT_FP_FLAGS, context.b.imm(0), NONE, NONE, 0, 0, 0], at);
      block.push(call[0]!, ...call.subarray(1));
    });
  }),
};
