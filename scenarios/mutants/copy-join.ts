// Copy propagation that keeps what it knows across a join: at a label two paths meet, and what holds on the path that
// falls into it need not hold on the other. Real ones: local value numbering extended over "small" internal branches of
// conditional stores, conditional moves and string operations.

import { isConst, isTemp, NONE, OPS, Op, type Operand } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';

const summary = 'Propagates copies made on one path past the label where another path joins';

const pass = onePass(
  'copy-join',
  summary,
  'x = y after a label when x = y on the path falling into it, wrong',
  (block, change) => {
    /** Register or temporary -> what it is a copy of. */
    const copies = new Map<Operand, Operand>();
    let joined = false;
    eachOp(block, (op, at, pc) => {
      const { ops } = block;
      const { fields } = OPS[op]!;
      if (op === Op.label) joined = true; // and here the copies should be forgotten
      for (let i = 1; i < 5; i++) {
        if (fields[i] !== 'in') continue;
        const source = copies.get(ops[at + 1 + i]!);
        // Straight-line uses are left to new-tcg's own pass.
        if (joined && source !== undefined && change(pc)) ops[at + 1 + i] = source;
      }
      if (fields[0] !== 'out') return;
      const d = ops[at + 1]!;
      copies.delete(d);
      for (const [copy, source] of copies) if (source === d) copies.delete(copy);
      const a = ops[at + 2]!;
      if (op === Op.mov && a !== NONE && a !== d && (isConst(a) || isTemp(a) || !isTemp(d))) copies.set(d, a);
    });
  },
);

export const copyJoin: Mutant = {
  name: 'copy-join',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/atomics.elf',
  args: [],
  expect: { pc: 0x101e4, kind: 'data', culprit: { pass: 'copy-join', rule: 'copy-join', pc: 0x101e8 } },
  translator: withPass(pass),
};
