// An atomic operation that should return what memory held before it and returns what it holds after. Real ones: hosts'
// exchanging addition and addition in memory are taken for each other; results of atomics have been wrong in many
// ways, such as extended wrongly (riscv/riscv-unified-db pull request 2498).

import { NONE, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Returns the new value of an atomic addition of words instead of the old one';

export const fetchAndAdd: Mutant = {
  name: 'fetch-and-add',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/reservations.elf',
  args: [],
  expect: { pc: 0x1022e, kind: 'data', culprit: { pass: 'lower', rule: 'fetch-and-add', pc: 0x1022e } },
  translator: withLowering('fetch-and-add', summary, { mask: 0xf800707f, match: 0x202f }, (context, from) => {
    let sum = NONE;
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] === Op.add) sum = ops[at + 1]!;
      if (ops[at] === Op.mov && sum !== NONE) ops.set([Op.ext32s, ops[at + 1]!, sum, NONE, NONE, 0, 0, 0], at);
    });
  }),
};
