// D extension: double-precision floating point (Unprivileged ISA, chapter 12). The letter m draws the rounding mode.

import type { RiscvRow } from '../formats.ts';
import {
  F_COMPARE,
  F_LOAD,
  F_R,
  F_R_RM,
  F_R1_EXACT,
  F_R1_RM,
  F_R4,
  F_STORE,
  F_TO_X,
  F_TO_X_RM,
  X_TO_F,
  X_TO_F_EXACT,
  X_TO_F_RM,
} from '../formats.ts';

export const D_ROWS = [
  // §12.3 Load and store
  { name: 'fld', bits: 'iiiiiiiiiiii aaaaa 011 ddddd 0000111', fmt: F_LOAD },
  { name: 'fsd', bits: 'iiiiiii bbbbb aaaaa 011 iiiii 0100111', fmt: F_STORE },
  // §12.4 Computation
  { name: 'fmadd.d', bits: 'ccccc 01 bbbbb aaaaa mmm ddddd 1000011', fmt: F_R4 },
  { name: 'fmsub.d', bits: 'ccccc 01 bbbbb aaaaa mmm ddddd 1000111', fmt: F_R4 },
  { name: 'fnmsub.d', bits: 'ccccc 01 bbbbb aaaaa mmm ddddd 1001011', fmt: F_R4 },
  { name: 'fnmadd.d', bits: 'ccccc 01 bbbbb aaaaa mmm ddddd 1001111', fmt: F_R4 },
  { name: 'fadd.d', bits: '0000001 bbbbb aaaaa mmm ddddd 1010011', fmt: F_R_RM },
  { name: 'fsub.d', bits: '0000101 bbbbb aaaaa mmm ddddd 1010011', fmt: F_R_RM },
  { name: 'fmul.d', bits: '0001001 bbbbb aaaaa mmm ddddd 1010011', fmt: F_R_RM },
  { name: 'fdiv.d', bits: '0001101 bbbbb aaaaa mmm ddddd 1010011', fmt: F_R_RM },
  { name: 'fsqrt.d', bits: '0101101 00000 aaaaa mmm ddddd 1010011', fmt: F_R1_RM },
  { name: 'fmin.d', bits: '0010101 bbbbb aaaaa 000 ddddd 1010011', fmt: F_R },
  { name: 'fmax.d', bits: '0010101 bbbbb aaaaa 001 ddddd 1010011', fmt: F_R },
  // §12.5 Conversion and move
  {
    name: 'fsgnj.d',
    bits: '0010001 bbbbb aaaaa 000 ddddd 1010011',
    fmt: F_R,
    alias: [{ name: 'fmv.d', when: { rs2: 'rs1' }, asm: 'fd,fs1' }],
  },
  {
    name: 'fsgnjn.d',
    bits: '0010001 bbbbb aaaaa 001 ddddd 1010011',
    fmt: F_R,
    alias: [{ name: 'fneg.d', when: { rs2: 'rs1' }, asm: 'fd,fs1' }],
  },
  {
    name: 'fsgnjx.d',
    bits: '0010001 bbbbb aaaaa 010 ddddd 1010011',
    fmt: F_R,
    alias: [{ name: 'fabs.d', when: { rs2: 'rs1' }, asm: 'fd,fs1' }],
  },
  { name: 'fcvt.w.d', bits: '1100001 00000 aaaaa mmm ddddd 1010011', fmt: F_TO_X_RM },
  { name: 'fcvt.wu.d', bits: '1100001 00001 aaaaa mmm ddddd 1010011', fmt: F_TO_X_RM },
  { name: 'fcvt.l.d', bits: '1100001 00010 aaaaa mmm ddddd 1010011', fmt: F_TO_X_RM },
  { name: 'fcvt.lu.d', bits: '1100001 00011 aaaaa mmm ddddd 1010011', fmt: F_TO_X_RM },
  { name: 'fcvt.d.w', bits: '1101001 00000 aaaaa mmm ddddd 1010011', fmt: X_TO_F_EXACT },
  { name: 'fcvt.d.wu', bits: '1101001 00001 aaaaa mmm ddddd 1010011', fmt: X_TO_F_EXACT },
  { name: 'fcvt.d.l', bits: '1101001 00010 aaaaa mmm ddddd 1010011', fmt: X_TO_F_RM },
  { name: 'fcvt.d.lu', bits: '1101001 00011 aaaaa mmm ddddd 1010011', fmt: X_TO_F_RM },
  { name: 'fcvt.s.d', bits: '0100000 00001 aaaaa mmm ddddd 1010011', fmt: F_R1_RM },
  { name: 'fcvt.d.s', bits: '0100001 00000 aaaaa mmm ddddd 1010011', fmt: F_R1_EXACT },
  // §12.6 Comparison, §12.7 classification
  { name: 'feq.d', bits: '1010001 bbbbb aaaaa 010 ddddd 1010011', fmt: F_COMPARE },
  { name: 'flt.d', bits: '1010001 bbbbb aaaaa 001 ddddd 1010011', fmt: F_COMPARE },
  { name: 'fle.d', bits: '1010001 bbbbb aaaaa 000 ddddd 1010011', fmt: F_COMPARE },
  { name: 'fmv.x.d', bits: '1110001 00000 aaaaa 000 ddddd 1010011', fmt: F_TO_X },
  { name: 'fmv.d.x', bits: '1111001 00000 aaaaa 000 ddddd 1010011', fmt: X_TO_F },
  { name: 'fclass.d', bits: '1110001 00000 aaaaa 001 ddddd 1010011', fmt: F_TO_X },
] as const satisfies readonly RiscvRow[];
