// An address computation folded into a displacement that has no room for it. Real ones: displacement fields of host
// instructions that are shorter than the constants found; Cranelift for AArch64 got constants folded into addresses
// wrong (bytecodealliance/wasmtime pull request 2478).

import { OPS, Op, type Operand } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';
import { KnownConstants } from './known-constants.ts';

const summary = 'Keeps 16 bits of a constant that it folds into the displacement of a load';

const pass = onePass(
  'wide-offset',
  summary,
  'ld(add(x, C) + e) = ld(x + int16(C + e)), wrong for large C',
  (block, change) => {
    const known = new KnownConstants(block);
    /** Sums of a register and a known constant. */
    const sums = new Map<Operand, { base: Operand; offset: number }>();
    eachOp(block, (op, at, pc) => {
      const { ops } = block;
      if (op === Op.ld && sums.has(ops[at + 2]!)) {
        const { base, offset } = sums.get(ops[at + 2]!)!;
        const wide = offset + ops[at + 5]!;
        if (wide > 0x7fff && change(pc)) {
          ops[at + 2] = base;
          ops[at + 5] = (wide << 16) >> 16;
        }
      }
      if (OPS[op]!.fields[0] === 'out') {
        const d = ops[at + 1]!;
        const [a, b] = [ops[at + 2]!, ops[at + 3]!];
        const [left, right] = op === Op.add ? [known.of(a), known.of(b)] : [undefined, undefined];
        sums.delete(d);
        for (const [sum, { base }] of sums) if (base === d) sums.delete(sum);
        const offset = left ?? right;
        const base = left === undefined ? a : b;
        if (offset !== undefined && (left === undefined || right === undefined) && base !== d && block.hi(offset) === 0)
          sums.set(d, { base, offset: block.lo(offset) });
      }
      if (op === Op.label) sums.clear();
      known.step(at);
    });
  },
);

export const wideOffset: Mutant = {
  name: 'wide-offset',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x10354, kind: 'data', culprit: { pass: 'wide-offset', rule: 'wide-offset', pc: 0x10358 } },
  translator: withPass(pass),
};
