// A region that runs past its deadline, so that a timer interrupt comes late. Real ones: back ends that check the time
// in one place too few; Dolphin's ARM back end checked its downcount with an off-by-one (dolphin-emu/dolphin pull
// request 11191), FEX missed loops without back edges (FEX-Emu/FEX pull request 5007).

import type { Mutant } from '../scenario.ts';
import { withPolicy } from './derive.ts';

const summary = 'Looks at the budget of a region for one block instead of the way to the next check';

export const deadline: Mutant = {
  name: 'deadline',
  kind: 'policy',
  summary,
  program: 'scenarios/guests/bare/ticks.elf',
  args: [],
  expect: { pc: 0x80000388, kind: 'path', culprit: { pass: 'policy', rule: 'deadline', pc: 0x80000388 } },
  translator: withPolicy('deadline', summary, {
    deadline: () => 0,
  }),
};
