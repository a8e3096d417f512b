// Store-to-load forwarding that takes two registers for two addresses. Real ones: LuaJIT forwarded the length of a
// table over stores to the same table under another name (LuaJIT pull request 843), and missed that two kinds of
// reference may alias (LuaJIT issue 1133).

import { MEM_SIZE, NONE, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';
import { forget, type Stored, written } from './stored.ts';

const summary = 'Forwards a stored value to a load over a store through another register';

const pass = onePass(
  'forward-alias',
  summary,
  'st [x] = v; st [y] = w; ld [x] = v, wrong for x = y',
  (block, change) => {
    const stored: Stored[] = [];
    eachOp(block, (op, at, pc) => {
      const { ops } = block;
      forget(stored, op);
      if (op === Op.st)
        stored.push({ base: ops[at + 2]!, offset: ops[at + 5]!, memop: ops[at + 6]!, value: ops[at + 3]! });
      if (op === Op.ld && (ops[at + 6]! & MEM_SIZE) === 3) {
        const found = stored.findLastIndex(
          (s) => s.base === ops[at + 2] && s.offset === ops[at + 5] && s.memop === ops[at + 6],
        );
        const between = found >= 0 && stored.slice(found + 1).some((s) => s.base !== ops[at + 2]);
        if (between && change(pc)) ops.set([Op.mov, ops[at + 1]!, stored[found]!.value, NONE, NONE, 0, 0, 0], at);
      }
      written(stored, op, ops, at);
    });
  },
);

export const forwardAlias: Mutant = {
  name: 'forward-alias',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/accesses.elf',
  args: [],
  expect: { pc: 0x102b6, kind: 'data', culprit: { pass: 'forward-alias', rule: 'forward-alias', pc: 0x102be } },
  translator: withPass(pass),
};
