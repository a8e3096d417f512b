// An unsigned comparison with a negative constant done as a signed one. Real ones: lowering of compare-with-immediate
// where the immediate field is signed, swapped or inverted conditions taken from the wrong half of a table; programs meet
// it in the C library's check for errors (`result > -4096ul`).

import { Cond, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';
import { KnownConstants } from './known-constants.ts';

const summary = 'Compares as signed when an operand of an unsigned comparison is a negative constant';

const SIGNED = new Map<number, number>([
  [Cond.ltu, Cond.lt],
  [Cond.geu, Cond.ge],
  [Cond.gtu, Cond.gt],
  [Cond.leu, Cond.le],
]);

const pass = onePass('condition', summary, 'a <u C = a < C where C is negative, wrong', (block, change) => {
  const known = new KnownConstants(block);
  eachOp(block, (op, at, pc) => {
    const { ops } = block;
    if (op === Op.setcond || op === Op.movcond || op === Op.brcond) {
      const signed = SIGNED.get(ops[at + 6]!);
      const constant = known.of(ops[at + 2]!) ?? known.of(ops[at + 3]!);
      if (signed !== undefined && constant !== undefined && block.hi(constant) < 0 && change(pc)) ops[at + 6] = signed;
    }
    known.step(at);
  });
});

export const condition: Mutant = {
  name: 'condition',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/errno.elf',
  args: [],
  expect: { pc: 0x10168, kind: 'path', culprit: { pass: 'condition', rule: 'condition', pc: 0x1016a } },
  translator: withPass(pass),
};
