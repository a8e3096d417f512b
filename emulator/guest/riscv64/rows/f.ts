// F extension: single-precision floating point (Unprivileged ISA, chapter 11). The letter m draws the rounding mode.

import type { RiscvRow } from '../formats.ts';
import {
  F_COMPARE,
  F_LOAD,
  F_R,
  F_R_RM,
  F_R1_RM,
  F_R4,
  F_STORE,
  F_TO_X,
  F_TO_X_RM,
  X_TO_F,
  X_TO_F_RM,
} from '../formats.ts';

export const F_ROWS = [
  // §11.5 Load and store
  { name: 'flw', bits: 'iiiiiiiiiiii aaaaa 010 ddddd 0000111', fmt: F_LOAD },
  { name: 'fsw', bits: 'iiiiiii bbbbb aaaaa 010 iiiii 0100111', fmt: F_STORE },
  // §11.6 Computation
  { name: 'fmadd.s', bits: 'ccccc 00 bbbbb aaaaa mmm ddddd 1000011', fmt: F_R4 },
  { name: 'fmsub.s', bits: 'ccccc 00 bbbbb aaaaa mmm ddddd 1000111', fmt: F_R4 },
  { name: 'fnmsub.s', bits: 'ccccc 00 bbbbb aaaaa mmm ddddd 1001011', fmt: F_R4 },
  { name: 'fnmadd.s', bits: 'ccccc 00 bbbbb aaaaa mmm ddddd 1001111', fmt: F_R4 },
  { name: 'fadd.s', bits: '0000000 bbbbb aaaaa mmm ddddd 1010011', fmt: F_R_RM },
  { name: 'fsub.s', bits: '0000100 bbbbb aaaaa mmm ddddd 1010011', fmt: F_R_RM },
  { name: 'fmul.s', bits: '0001000 bbbbb aaaaa mmm ddddd 1010011', fmt: F_R_RM },
  { name: 'fdiv.s', bits: '0001100 bbbbb aaaaa mmm ddddd 1010011', fmt: F_R_RM },
  { name: 'fsqrt.s', bits: '0101100 00000 aaaaa mmm ddddd 1010011', fmt: F_R1_RM },
  { name: 'fmin.s', bits: '0010100 bbbbb aaaaa 000 ddddd 1010011', fmt: F_R },
  { name: 'fmax.s', bits: '0010100 bbbbb aaaaa 001 ddddd 1010011', fmt: F_R },
  // §11.7 Conversion and move
  {
    name: 'fsgnj.s',
    bits: '0010000 bbbbb aaaaa 000 ddddd 1010011',
    fmt: F_R,
    alias: [{ name: 'fmv.s', when: { rs2: 'rs1' }, asm: 'fd,fs1' }],
  },
  {
    name: 'fsgnjn.s',
    bits: '0010000 bbbbb aaaaa 001 ddddd 1010011',
    fmt: F_R,
    alias: [{ name: 'fneg.s', when: { rs2: 'rs1' }, asm: 'fd,fs1' }],
  },
  {
    name: 'fsgnjx.s',
    bits: '0010000 bbbbb aaaaa 010 ddddd 1010011',
    fmt: F_R,
    alias: [{ name: 'fabs.s', when: { rs2: 'rs1' }, asm: 'fd,fs1' }],
  },
  { name: 'fcvt.w.s', bits: '1100000 00000 aaaaa mmm ddddd 1010011', fmt: F_TO_X_RM },
  { name: 'fcvt.wu.s', bits: '1100000 00001 aaaaa mmm ddddd 1010011', fmt: F_TO_X_RM },
  { name: 'fcvt.l.s', bits: '1100000 00010 aaaaa mmm ddddd 1010011', fmt: F_TO_X_RM },
  { name: 'fcvt.lu.s', bits: '1100000 00011 aaaaa mmm ddddd 1010011', fmt: F_TO_X_RM },
  { name: 'fcvt.s.w', bits: '1101000 00000 aaaaa mmm ddddd 1010011', fmt: X_TO_F_RM },
  { name: 'fcvt.s.wu', bits: '1101000 00001 aaaaa mmm ddddd 1010011', fmt: X_TO_F_RM },
  { name: 'fcvt.s.l', bits: '1101000 00010 aaaaa mmm ddddd 1010011', fmt: X_TO_F_RM },
  { name: 'fcvt.s.lu', bits: '1101000 00011 aaaaa mmm ddddd 1010011', fmt: X_TO_F_RM },
  // §11.8 Comparison, §11.9 classification
  { name: 'feq.s', bits: '1010000 bbbbb aaaaa 010 ddddd 1010011', fmt: F_COMPARE },
  { name: 'flt.s', bits: '1010000 bbbbb aaaaa 001 ddddd 1010011', fmt: F_COMPARE },
  { name: 'fle.s', bits: '1010000 bbbbb aaaaa 000 ddddd 1010011', fmt: F_COMPARE },
  { name: 'fmv.x.w', bits: '1110000 00000 aaaaa 000 ddddd 1010011', fmt: F_TO_X },
  { name: 'fmv.w.x', bits: '1111000 00000 aaaaa 000 ddddd 1010011', fmt: X_TO_F },
  { name: 'fclass.s', bits: '1110000 00000 aaaaa 001 ddddd 1010011', fmt: F_TO_X },
] as const satisfies readonly RiscvRow[];
