// A conversion from an unsigned 64-bit integer, for which x86 hosts have no instruction of their own before AVX-512.
// Real ones: translators that use the signed one and forget the upper half of the range; wazero builds the unsigned
// ones from several instructions (wazero pull request 124).

import { helperId, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Converts an unsigned 64-bit number to a double as a signed one';

export const unsignedConversion: Mutant = {
  name: 'unsigned-conversion',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/floats.elf',
  args: [],
  expect: { pc: 0x102d8, kind: 'data', culprit: { pass: 'lower', rule: 'unsigned-conversion', pc: 0x102d8 } },
  translator: withLowering('unsigned-conversion', summary, { mask: 0xfff0007f, match: 0xd2300053 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] === Op.call) ops[at + 5] = helperId('fcvt_d_l');
    });
  }),
};
