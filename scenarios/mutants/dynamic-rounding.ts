// An addition that uses the host's rounding mode, which nobody has set to the guest's. Real ones: RVVM fell back to
// the host's mode for the dynamic one (LekKit/RVVM pull request 260); Cranelift relied on fcsr holding the default
// (bytecodealliance/wasmtime pull request 7327).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Adds doubles to nearest whatever the dynamic rounding mode says';

export const dynamicRounding: Mutant = {
  name: 'dynamic-rounding',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/floats.elf',
  args: [],
  expect: { pc: 0x101b4, kind: 'data', culprit: { pass: 'lower', rule: 'dynamic-rounding', pc: 0x101b4 } },
  translator: withLowering('dynamic-rounding', summary, { mask: 0xfe00707f, match: 0x2007053 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] === Op.call) ops[at + 6] = 0;
    });
  }),
};
