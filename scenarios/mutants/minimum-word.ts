// An atomic minimum of words that compares the source register with its upper half. Real one: rv32emu compared words
// as unsigned in the signed minimum and maximum (sysprog21/rv32emu pull request 352).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Compares the whole register with the word in memory in the atomic unsigned minimum of words';

export const minimumWord: Mutant = {
  name: 'minimum-word',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/reservations.elf',
  args: [],
  expect: { pc: 0x1025c, kind: 'data', culprit: { pass: 'lower', rule: 'minimum-word', pc: 0x1025c } },
  translator: withLowering('minimum-word', summary, { mask: 0xf800707f, match: 0xc000202f }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] === Op.ext32s) ops[at] = Op.mov;
    });
  }),
};
