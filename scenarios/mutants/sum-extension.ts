// A sign extension removed because both operands are extended already: their sum need not be. Real one: the x64 back
// end of Cranelift skipped the extension of narrow sums because the instruction before was thought to have done it
// (bytecodealliance/wasmtime pull request 3906).

import { isTemp, OPS, Op, type Operand } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';

const summary = 'Takes the sum of two sign-extended words for a sign-extended word';

const pass = onePass(
  'sum-extension',
  summary,
  'ext32s(add(x, y)) = add(x, y) where x and y are extended words, wrong',
  (block, change) => {
    const words = new Set<Operand>();
    const sums = new Set<Operand>();
    eachOp(block, (op, at, pc) => {
      const { ops } = block;
      const d = ops[at + 1]!;
      if (op === Op.ext32s && sums.has(ops[at + 2]!) && change(pc)) ops[at] = Op.mov;
      if (op === Op.label) words.clear();
      if (OPS[op]!.fields[0] !== 'out') return;
      if (op === Op.add && isTemp(d) && words.has(ops[at + 2]!) && words.has(ops[at + 3]!)) sums.add(d);
      if (op === Op.ext32s) words.add(d);
      else words.delete(d);
    });
  },
);

export const sumExtension: Mutant = {
  name: 'sum-extension',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x10252, kind: 'data', culprit: { pass: 'sum-extension', rule: 'sum-extension', pc: 0x1025a } },
  translator: withPass(pass),
};
