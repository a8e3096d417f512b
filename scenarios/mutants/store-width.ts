// A store that is wider than it should be and overwrites its neighbour. Real ones: host instructions chosen by the
// width of the register instead of that of the access; box64 went over the widths of its 16-bit operations several
// times (ptitSeb/box64 pull requests 1728 and 3404 are such repairs).

import { MEM_SIZE, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Stores 32 bits for a store of 16';

export const storeWidth: Mutant = {
  name: 'store-width',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/accesses.elf',
  args: [],
  expect: { pc: 0x10318, kind: 'data', culprit: { pass: 'lower', rule: 'store-width', pc: 0x10318 } },
  translator: withLowering('store-width', summary, { mask: 0x707f, match: 0x1023 }, (context, from) => {
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] === Op.st) ops[at + 6] = (ops[at + 6]! & ~MEM_SIZE) | 2;
    });
  }),
};
