// A single-precision operand that is not NaN-boxed and must count as the canonical NaN. Real ones: QEMU did not check
// it for years (riscvarchive/riscv-qemu issue 174); libriscv checked it for one instruction and not for sign injection
// (libriscv issue 425).

import { NONE, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Takes the low half of a register for a single without looking whether it is NaN-boxed';

export const unboxedInput: Mutant = {
  name: 'unboxed-input',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/floats.elf',
  args: [],
  expect: { pc: 0x101fe, kind: 'data', culprit: { pass: 'lower', rule: 'unboxed-input', pc: 0x101fe } },
  translator: withLowering('unboxed-input', summary, { mask: 0xfe00707f, match: 0x20000053 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] !== Op.movcond) return;
      const raw = ops[at + 4]!;
      ops.set([Op.mov, ops[at + 1]!, raw, NONE, NONE, 0, 0, 0], at);
    });
  }),
};
