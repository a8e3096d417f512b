// Meaning of multiplication and division (rows/m.ts). The IR divides as RISC-V does: x/0 = -1, x%0 = x, and the
// overflowing quotient is the dividend. Word forms divide extended operands, for which the same holds.

import { Op } from '../../../ir/op.ts';
import type { M_ROWS } from '../rows/m.ts';
import type { Emitters } from './emitter.ts';
import { binary, binaryWord } from './emitter.ts';

export const M_EMITTERS: Emitters<typeof M_ROWS> = {
  mul: binary(Op.mul),
  mulh: binary(Op.mulsh),
  mulhsu: binary(Op.mulsuh),
  mulhu: binary(Op.muluh),
  mulw: binaryWord(Op.mul),
  div: binary(Op.div),
  divu: binary(Op.divu),
  rem: binary(Op.rem),
  remu: binary(Op.remu),
  divw: binaryWord(Op.div, Op.ext32s),
  divuw: binaryWord(Op.divu, Op.ext32u),
  remw: binaryWord(Op.rem, Op.ext32s),
  remuw: binaryWord(Op.remu, Op.ext32u),
};
