// A direct jump patched with a displacement of 16 bits: right as long as blocks go through the look-up, wrong once they
// are linked and the target is far. Real ones: hosts whose jump immediate is short, and patching code that does not check
// that the distance fits.

import type { Mutant } from '../scenario.ts';
import { withPolicy } from './derive.ts';

const summary = "Keeps 16 bits of a jump's displacement when it links two blocks";

export const wrongLink: Mutant = {
  name: 'wrong-link',
  kind: 'policy',
  summary,
  program: 'scenarios/guests/nolibc/far.elf',
  args: [],
  expect: { pc: 0x10170, kind: 'path', culprit: { pass: 'policy', rule: 'link-target', pc: 0x10170 } },
  translator: withPolicy('wrong-link', summary, {
    linkTarget: (from, _slot, pc) => from.pc + (((pc - from.pc) << 16) >> 16),
  }),
};
