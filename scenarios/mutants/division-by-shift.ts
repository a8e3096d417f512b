// A signed division by a power of two done as a shift: it rounds down where it should round towards zero. Real ones:
// strength reduction that forgets negative dividends; the family is still alive (dotnet/runtime issues 133517 and
// 133756).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';
import { KnownConstants } from './known-constants.ts';

const summary = 'Divides a signed number by a power of two with an arithmetic shift';

const pass = onePass('division-by-shift', summary, 'div(x, 2^n) = sar(x, n), wrong for x < 0', (block, change) => {
  const known = new KnownConstants(block);
  eachOp(block, (op, at, pc) => {
    const { ops } = block;
    if (op === Op.div) {
      const divisor = known.of(ops[at + 3]!);
      if (divisor !== undefined && block.hi(divisor) === 0) {
        const value = block.lo(divisor);
        if (value > 1 && (value & (value - 1)) === 0 && change(pc)) {
          ops[at] = Op.sar;
          ops[at + 3] = block.constant(31 - Math.clz32(value), 0);
        }
      }
    }
    known.step(at);
  });
});

export const divisionByShift: Mutant = {
  name: 'division-by-shift',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x102f0, kind: 'data', culprit: { pass: 'division-by-shift', rule: 'division-by-shift', pc: 0x102f2 } },
  translator: withPass(pass),
};
