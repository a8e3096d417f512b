// A 32-bit shift whose count keeps six bits instead of five, as on a host whose 64-bit shifter is used for both widths.
// Real ones: every port where 32-bit operations are lowered to 64-bit ones and the count comes straight from a register.

import { isConst, isTemp, Op, type Operand } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';

const summary = 'Masks the count of 32-bit shifts by a register with 63 instead of 31';

const pass = onePass('shift-mask', summary, 'and(n, 31) = and(n, 63) as a count of a shift, wrong', (block, change) => {
  // First which operands serve as counts, then the masks that make them: temporaries are not reused in a block.
  const counts = new Set<Operand>();
  eachOp(block, (op, at) => {
    if (op === Op.shl || op === Op.shr || op === Op.sar) counts.add(block.ops[at + 3]!);
  });
  eachOp(block, (op, at, pc) => {
    const { ops } = block;
    // A guest's own `andi x, x, 31` writes a register; the mask of a shift is a temporary.
    const d = ops[at + 1]!;
    const mask = ops[at + 3]!;
    if (op !== Op.and || !isTemp(d) || !counts.has(d) || !isConst(mask)) return;
    if (block.lo(mask) === 31 && block.hi(mask) === 0 && change(pc)) {
      ops[at + 3] = block.constant(63, 0);
    }
  });
});

export const shiftMask: Mutant = {
  name: 'shift-mask',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/rc5.elf',
  args: [],
  expect: { pc: 0x1019a, kind: 'data', culprit: { pass: 'shift-mask', rule: 'shift-mask', pc: 0x101a4 } },
  translator: withPass(pass),
};
