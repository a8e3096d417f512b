// A TLB that is not told of a change of protection when it concerns more than one page. Real ones: unicorn flushed its
// TLB only while code was running (unicorn-engine/unicorn issue 552), and missed pages made executable at run time
// (pull request 2414).

import type { Mutant } from '../scenario.ts';
import { withPolicy } from './derive.ts';

const summary = 'Keeps TLB entries when the protection or mapping of several pages changes';

export const staleProtection: Mutant = {
  name: 'stale-protection',
  kind: 'policy',
  summary,
  program: 'scenarios/guests/nolibc/accesses.elf',
  args: [],
  expect: { pc: 0x103f2, kind: 'path', culprit: { pass: 'policy', rule: 'forget', pc: 0x50000000 } },
  translator: withPolicy('stale-protection', summary, {
    forget: (start, end) => end - start <= 4096,
  }),
};
