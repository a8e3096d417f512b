// Store-to-load forwarding that forgets that memory holds less than the register. Real ones: forwarding of values
// whose type changes on the way; LuaJIT had to forbid some of it (LuaJIT issue 980).

import { MEM_SIGN, MEM_SIZE, NONE, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';
import { forget, type Stored, written } from './stored.ts';

const summary = 'Forwards the whole register to a load of the word that was stored of it';

const pass = onePass(
  'forward-narrow',
  summary,
  'st32 [x] = v; ld32s [x] = v, wrong when v is no extended word',
  (block, change) => {
    const stored: Stored[] = [];
    eachOp(block, (op, at, pc) => {
      const { ops } = block;
      forget(stored, op);
      if (op === Op.ld && (ops[at + 6]! & (MEM_SIZE | MEM_SIGN)) === (2 | MEM_SIGN)) {
        const last = stored.at(-1);
        const same = last && last.base === ops[at + 2] && last.offset === ops[at + 5] && (last.memop & MEM_SIZE) === 2;
        if (same && change(pc)) ops.set([Op.mov, ops[at + 1]!, last.value, NONE, NONE, 0, 0, 0], at);
      }
      if (op === Op.st)
        stored.push({ base: ops[at + 2]!, offset: ops[at + 5]!, memop: ops[at + 6]!, value: ops[at + 3]! });
      written(stored, op, ops, at);
    });
  },
);

export const forwardNarrow: Mutant = {
  name: 'forward-narrow',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/accesses.elf',
  args: [],
  expect: { pc: 0x102e8, kind: 'data', culprit: { pass: 'forward-narrow', rule: 'forward-narrow', pc: 0x102ec } },
  translator: withPass(pass),
};
