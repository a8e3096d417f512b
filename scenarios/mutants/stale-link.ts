// A block that is thrown away while another one still jumps into it. Real ones: dynarmic had to learn to take back
// patched jumps when it began to invalidate single blocks (merryhime/dynarmic issue 21); FEX registers links so that
// it can (FEX-Emu/FEX pull request 497).

import type { Mutant } from '../scenario.ts';
import { withPolicy } from './derive.ts';

const summary = 'Leaves jumps into a block in place when the block is thrown away';

export const staleLink: Mutant = {
  name: 'stale-link',
  kind: 'policy',
  summary,
  program: 'scenarios/guests/nolibc/links.elf',
  args: [],
  expect: { pc: 0x40000040, kind: 'data', culprit: { pass: 'policy', rule: 'unlink', pc: 0x40000000 } },
  translator: withPolicy('stale-link', summary, {
    unlink: () => false,
  }),
};
