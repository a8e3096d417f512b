// A conversion to an integer that ignores the rounding mode of the instruction. Real ones: an emulator of RISC-V
// rounded all conversions alike, and its fuzzer saw nothing because the interpreter did the same (brazilofmux/tinymux
// issue 1320); Dart's compiler for MIPS used CVT where TRUNC was meant (dart-lang/sdk issue 25900).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Rounds to nearest where a conversion to an integer asks for truncation';

export const truncation: Mutant = {
  name: 'truncation',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/floats.elf',
  args: [],
  expect: { pc: 0x101da, kind: 'data', culprit: { pass: 'lower', rule: 'truncation', pc: 0x101da } },
  translator: withLowering('truncation', summary, { mask: 0xfff0707f, match: 0xc2001053 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] === Op.call) ops[at + 6] = 0;
    });
  }),
};
