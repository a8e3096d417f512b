// A region entered with stale registers: the set of those it reads is kept in too few bits. Real one: libriscv's
// translator and others keep registers in locals of a function and load them at its entry; the mistake was met in this
// project's own prototype, where a register first read in one arm of a branch was not loaded on the other path.

import { SLOT_ISA } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { withPolicy } from './derive.ts';

const summary = 'Keeps 16 bits of the set of registers that a region loads at its entry';

export const entryLoad: Mutant = {
  name: 'entry-load',
  kind: 'policy',
  summary,
  program: 'scenarios/guests/nolibc/hot.elf',
  args: [],
  expect: { pc: 0x10202, kind: 'data', culprit: { pass: 'policy', rule: 'entry-load', pc: 0x10202 } },
  translator: withPolicy('entry-load', summary, {
    entryLoad: (_head, slot) => slot < SLOT_ISA + 16 || slot >= SLOT_ISA + 32,
  }),
};
