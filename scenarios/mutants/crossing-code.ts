// A block that reaches into a second page and survives a write there. Real ones: Dolphin marked only part of a block
// as occupied, so that writes to its last portion were missed (dolphin-emu/dolphin pull request 1487); v86 did not
// handle code changed on the next page (copy/v86 issue 1575).

import type { Mutant } from '../scenario.ts';
import { withPolicy } from './derive.ts';

const summary = 'Looks for blocks to throw away on the page they begin on only';

export const crossingCode: Mutant = {
  name: 'crossing-code',
  kind: 'policy',
  summary,
  program: 'scenarios/guests/nolibc/links.elf',
  args: [],
  expect: { pc: 0x40000ffe, kind: 'data', culprit: { pass: 'policy', rule: 'invalidate', pc: 0x40000ffe } },
  translator: withPolicy('crossing-code', summary, {
    invalidate: (block, start) => Math.floor(block.pc / 4096) === Math.floor(start / 4096),
  }),
};
