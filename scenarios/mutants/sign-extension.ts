// A sign extension removed because "32-bit loads come extended": true of the signed load, not of the unsigned one. Real
// ones: redundant-extension elimination that tracks the width of a value and forgets its signedness (a frequent bug of
// 64-bit back ends).

import { isConst, isTemp, MEM_SIGN, MEM_SIZE, OPS, Op, type Operand } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';

const summary = 'Drops the sign extension of a value that an unsigned 32-bit load made';

const pass = onePass(
  'sign-extension',
  summary,
  'ext32s(x) = x where x was loaded with 32 bits, wrong',
  (block, change) => {
    /** Operands that hold a zero-extended 32-bit load. */
    const loaded = new Set<Operand>();
    eachOp(block, (op, at, pc) => {
      const { ops } = block;
      const d = ops[at + 1]!;
      const a = ops[at + 2]!;
      const b = ops[at + 3]!;
      if (op === Op.ext32s && loaded.has(a) && change(pc)) ops[at] = Op.mov;
      if (op === Op.label) loaded.clear();
      if (OPS[op]!.fields[0] !== 'out') return;
      const unsignedLoad = op === Op.ld && (ops[at + 6]! & MEM_SIZE) === 2 && (ops[at + 6]! & MEM_SIGN) === 0;
      // sext.w is an addition of zero before its extension
      const copied =
        (op === Op.mov && loaded.has(a)) ||
        (op === Op.add && isTemp(d) && loaded.has(a) && isConst(b) && block.lo(b) === 0 && block.hi(b) === 0);
      if (unsignedLoad || copied) loaded.add(d);
      else loaded.delete(d);
    });
  },
);

export const signExtension: Mutant = {
  name: 'sign-extension',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/samples.elf',
  args: [],
  expect: { pc: 0x10164, kind: 'data', culprit: { pass: 'sign-extension', rule: 'sign-extension', pc: 0x10168 } },
  translator: withPass(pass),
};
