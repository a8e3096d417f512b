// A block cut at a deadline and counted wrongly, so that what follows comes one instruction late. Real ones: cycle
// counts moved from instructions to blocks (sysprog21/rv32emu pull request 694 is such a change); Dolphin's off-by-one
// in its downcount (dolphin-emu/dolphin pull request 11191).

import type { Mutant } from '../scenario.ts';
import { withPolicy } from './derive.ts';

const summary = 'Charges the clock one instruction too few for the first part of a cut block';

export const cutCount: Mutant = {
  name: 'cut-count',
  kind: 'policy',
  summary,
  program: 'scenarios/guests/bare/ticks.elf',
  args: [],
  expect: { pc: 0x80000388, kind: 'data', culprit: { pass: 'policy', rule: 'charge', pc: 0x80000388 } },
  translator: withPolicy('cut-count', summary, {
    charge: (_block, insns) => insns - 1,
  }),
};
