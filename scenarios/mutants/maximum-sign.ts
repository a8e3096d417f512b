// An atomic maximum with the condition of the other signedness. Real one: rv32emu compared words as unsigned in the
// signed minimum and maximum (sysprog21/rv32emu pull request 352).

import { Cond, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Compares as signed in the atomic unsigned maximum';

export const maximumSign: Mutant = {
  name: 'maximum-sign',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/reservations.elf',
  args: [],
  expect: { pc: 0x10282, kind: 'data', culprit: { pass: 'lower', rule: 'maximum-sign', pc: 0x10282 } },
  translator: withLowering('maximum-sign', summary, { mask: 0xf800707f, match: 0xe000302f }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] === Op.movcond && ops[at + 6] === Cond.gtu) ops[at + 6] = Cond.gt;
    });
  }),
};
