// A sign extension removed because "a logical shift right clears the sign bit": not when the count is zero. Real ones:
// box64 treated counts of zero case by case until they were made uniform (ptitSeb/box64 pull request 1345).

import { isConst, isTemp, OPS, Op, type Operand } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';

const summary = 'Drops the sign extension of a word shifted right logically, though the count may be zero';

const pass = onePass(
  'shifted-extension',
  summary,
  'ext32s(shr(ext32u(x), n)) = shr(ext32u(x), n), wrong for n = 0',
  (block, change) => {
    const words = new Set<Operand>();
    const shifted = new Set<Operand>();
    eachOp(block, (op, at, pc) => {
      const { ops } = block;
      if (op === Op.ext32s && shifted.has(ops[at + 2]!) && change(pc)) ops[at] = Op.mov;
      if (op === Op.label) words.clear();
      if (OPS[op]!.fields[0] !== 'out') return;
      const d = ops[at + 1]!;
      if (op === Op.shr && words.has(ops[at + 2]!) && !isConst(ops[at + 3]!) && isTemp(d)) shifted.add(d);
      if (op === Op.ext32u && isTemp(d)) words.add(d);
    });
  },
);

export const shiftedExtension: Mutant = {
  name: 'shifted-extension',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x1023a, kind: 'data', culprit: { pass: 'shifted-extension', rule: 'shifted-extension', pc: 0x1023a } },
  translator: withPass(pass),
};
