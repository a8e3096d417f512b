// The unsigned division of words done as one of 64 bits, with operands extended by the wrong sign. Real ones: choices
// between signed and zero extension made once for a family of instructions; Cranelift's x64 back end lost such an
// extension when it moved to rules (bytecodealliance/wasmtime pull request 3906).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Sign-extends the operands of the unsigned division of words';

export const divuwExtension: Mutant = {
  name: 'divuw-extension',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x10304, kind: 'data', culprit: { pass: 'lower', rule: 'divuw-extension', pc: 0x10304 } },
  translator: withLowering('divuw-extension', summary, { mask: 0xfe00707f, match: 0x200503b }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] === Op.ext32u) ops[at] = Op.ext32s;
    });
  }),
};
