// A load scheduled over a store that writes what it reads. Real ones: schedulers and hoisting that ask for the
// register and not for the address; in LuaJIT hoisted checks and loads were wrong more than once (LuaJIT issues 1133
// and 1194).

import { Op, STRIDE } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';

const summary = 'Moves a load over the store before it when their base registers differ';

const pass = onePass('load-hoist', summary, 'st [x]; ld [y] = ld [y]; st [x], wrong for x = y', (block, change) => {
  eachOp(block, (op, at, pc) => {
    const { ops } = block;
    if (op !== Op.st) return;
    const [base, value] = [ops[at + 2]!, ops[at + 3]!];
    let next = at + STRIDE;
    // Plugins' calls may stand behind the store.
    while (next < block.count * STRIDE && (ops[next] === Op.insn_start || ops[next] === Op.call)) next += STRIDE;
    if (next >= block.count * STRIDE || ops[next] !== Op.ld) return;
    const [d, from] = [ops[next + 1]!, ops[next + 2]!];
    if (from === base || d === base || d === value || !change(pc)) return;
    const load = ops.slice(next, next + STRIDE);
    ops.copyWithin(at + STRIDE, at, next);
    ops.set(load, at);
  });
});

export const loadHoist: Mutant = {
  name: 'load-hoist',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/accesses.elf',
  args: [],
  expect: { pc: 0x1028e, kind: 'data', culprit: { pass: 'load-hoist', rule: 'load-hoist', pc: 0x1028e } },
  translator: withPass(pass),
};
