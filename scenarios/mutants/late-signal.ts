// A signal that arrives after one more block has run. Real ones: interrupt checks removed from block entries (restored
// in FEX-Emu/FEX pull request 5007), and signals taken in the epilogue of a system call (sysprog21/elfuse issue 384).

import type { Mutant } from '../scenario.ts';
import { withPolicy } from './derive.ts';

const summary = 'Takes signals and interrupts one block late';

export const lateSignal: Mutant = {
  name: 'late-signal',
  kind: 'policy',
  summary,
  program: 'scenarios/guests/nolibc/hot.elf',
  args: [],
  expect: { pc: 0x10266, kind: 'data', culprit: { pass: 'policy', rule: 'attend', pc: 0x10272 } },
  translator: withPolicy('late-signal', summary, {
    attend: () => false,
  }),
};
