// Constant folding on 32-bit halves with the boundary off by one. A translator that runs on 32-bit pieces folds a
// 64-bit shift in two cases, count below 32 and count from 32 on; here 32 itself falls into the first, where the hosts'
// shifts by 32 do nothing. Real ones: shifts by exactly the word size in every compiler that folds by halves.

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';
import { KnownConstants } from './known-constants.ts';

const summary = 'Folds a constant shifted right by exactly 32 as if the count were below 32';

const pass = onePass('fold', summary, 'shr(C, 32) = (lo >> 32 | hi << 0, hi >> 32), wrong', (block, change) => {
  const known = new KnownConstants(block);
  eachOp(block, (op, at, pc) => {
    const { ops } = block;
    if (op === Op.shr) {
      const value = known.of(ops[at + 2]!);
      const count = known.of(ops[at + 3]!);
      if (value !== undefined && count !== undefined && block.lo(count) === 32 && change(pc)) {
        const hi = block.hi(value);
        ops[at] = Op.mov;
        ops[at + 2] = block.constant(block.lo(value) | hi, hi);
      }
    }
    known.step(at);
  });
});

export const fold: Mutant = {
  name: 'fold',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/mul128.elf',
  args: [],
  expect: { pc: 0x10162, kind: 'data', culprit: { pass: 'fold', rule: 'fold', pc: 0x10164 } },
  translator: withPass(pass),
};
