// A branch whose condition is negated wrongly: the opposite of "below" is "above or equal". Real ones: tables of
// conditions and their negations or swapped forms; Dolphin's ARM back end tested its downcount with the condition off
// by one (dolphin-emu/dolphin pull request 11191).

import { Cond, isConst, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';

const summary = 'Negates "below" as "above" and forgets equal numbers';

const pass = onePass('branch-equal', summary, 'not (a <u b) = a >u b, wrong for a = b', (block, change) => {
  eachOp(block, (op, at, pc) => {
    const { ops } = block;
    if (op === Op.brcond && ops[at + 6] === Cond.geu && !isConst(ops[at + 3]!) && change(pc)) ops[at + 6] = Cond.gtu;
  });
});

export const branchEqual: Mutant = {
  name: 'branch-equal',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x1029a, kind: 'path', culprit: { pass: 'branch-equal', rule: 'branch-equal', pc: 0x1029c } },
  translator: withPass(pass),
};
