// Constant folding on 32-bit halves that finds the carry by comparing signed numbers. Wrong only when the low halves
// overflow as signed ones. Real ones: folding in a width or signedness other than that of the operation; Cranelift for
// AArch64 folded a negative constant with the wrong extension (bytecodealliance/wasmtime pull request 2478).

import { NONE, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';
import { KnownConstants } from './known-constants.ts';

const summary = 'Detects the carry between the halves of a folded sum with a signed comparison';

const pass = onePass('fold-carry', summary, 'add(C, D) = (lo, hi + (lo <s C.lo)), wrong', (block, change) => {
  const known = new KnownConstants(block);
  eachOp(block, (op, at, pc) => {
    const { ops } = block;
    if (op === Op.add) {
      const a = known.of(ops[at + 2]!);
      const b = known.of(ops[at + 3]!);
      if (a !== undefined && b !== undefined) {
        const lo = (block.lo(a) + block.lo(b)) | 0;
        const carry = lo >>> 0 < block.lo(a) >>> 0 ? 1 : 0;
        const guess = lo < block.lo(a) ? 1 : 0;
        if (guess !== carry && change(pc)) {
          const hi = block.hi(a) + block.hi(b) + guess;
          ops.set([Op.mov, ops[at + 1]!, block.constant(lo, hi | 0), NONE, NONE, 0, 0, 0], at);
        }
      }
    }
    known.step(at);
  });
});

export const foldCarry: Mutant = {
  name: 'fold-carry',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x10202, kind: 'data', culprit: { pass: 'fold-carry', rule: 'fold-carry', pc: 0x1020a } },
  translator: withPass(pass),
};
