// A block that survives a write to its second half. Real ones: invalidation that looks at the page or the cache line
// where a block begins, and forgets that a block reaches further; seen by just-in-time compilers that patch call targets.

import type { Mutant } from '../scenario.ts';
import { withPolicy } from './derive.ts';

const summary = 'Keeps a translated block when a write hits only the second half of its code';

export const staleCode: Mutant = {
  name: 'stale-code',
  kind: 'policy',
  summary,
  program: 'scenarios/guests/nolibc/patch.elf',
  args: [],
  expect: { pc: 0x40000000, kind: 'data', culprit: { pass: 'policy', rule: 'invalidate', pc: 0x40000000 } },
  translator: withPolicy('stale-code', summary, {
    invalidate: (block, start, end) => start < block.pc + block.size / 2 && end > block.pc,
  }),
};
