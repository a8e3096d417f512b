// Instruction formats of RISC-V: which letters a row draws, how immediates are put together (Unprivileged ISA §2.3,
// §16.2), and how operands are printed.

import type { Format, LetterSpec, Row } from '../pattern.ts';

/** Decoded fields; a field's index is its place here. `aqrl` is aq << 1 | rl, `pred` and `succ` belong to fence. */
export const FIELD_NAMES = ['rd', 'rs1', 'rs2', 'rs3', 'imm', 'rm', 'csr', 'aqrl', 'pred', 'succ'] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

/** The fields of the instruction decoded last that emitters use. Fields the row does not have keep old values. */
export class Fields {
  rd = 0;
  rs1 = 0;
  rs2 = 0;
  rs3 = 0;
  /** Immediate, shift amount or 5-bit CSR operand, sign-extended where the manual says so. */
  imm = 0;
  rm = 0;
  csr = 0;
}

export interface RiscvFormat extends Format {
  /**
   * Operands as printed. Words: rd rs1 rs2 (integer), fd fs1 fs2 fs3 (float), imm, hex (imm in hexadecimal), upper
   * (imm >> 12), target (pc + imm), csr, pred, succ; anything else is itself. `,rm` prints unless dynamic.
   */
  readonly asm: string;
}

/** Another spelling, taken when each field named has that value, or the value of that other field. */
export interface Alias {
  readonly name: string;
  readonly when: Readonly<Partial<Record<FieldName, number | FieldName>>>;
  readonly asm: string;
}

export interface RiscvRow extends Row {
  readonly fmt: RiscvFormat;
  /** Tried in order; the first that holds is printed. */
  readonly alias?: readonly Alias[];
}

const RD: LetterSpec = { to: ['rd'] };
const RS1: LetterSpec = { to: ['rs1'] };
const RS2: LetterSpec = { to: ['rs2'] };
const RS3: LetterSpec = { to: ['rs3'] };
const RM: LetterSpec = { to: ['rm'] };
const AQRL: LetterSpec = { to: ['aqrl'] };
const CSR: LetterSpec = { to: ['csr'] };
const UIMM: LetterSpec = { to: ['imm'] };
const SIMM: LetterSpec = { to: ['imm'], signed: true };
const signed = (parts: string): LetterSpec => ({ to: ['imm'], parts, signed: true });
const unsigned = (parts: string): LetterSpec => ({ to: ['imm'], parts });

export const NONE: RiscvFormat = { letters: {}, asm: '' };
export const R: RiscvFormat = { letters: { d: RD, a: RS1, b: RS2 }, asm: 'rd,rs1,rs2' };
/** One source register. */
export const R1: RiscvFormat = { letters: { d: RD, a: RS1 }, asm: 'rd,rs1' };
export const I: RiscvFormat = { letters: { d: RD, a: RS1, i: SIMM }, asm: 'rd,rs1,imm' };
export const SHIFT: RiscvFormat = { letters: { d: RD, a: RS1, i: UIMM }, asm: 'rd,rs1,hex' };
export const LOAD: RiscvFormat = { letters: I.letters, asm: 'rd,imm(rs1)' };
export const JALR: RiscvFormat = { letters: I.letters, asm: 'rd,imm(rs1)' };
export const S: RiscvFormat = { letters: { a: RS1, b: RS2, i: SIMM }, asm: 'rs2,imm(rs1)' };
export const B: RiscvFormat = { letters: { a: RS1, b: RS2, i: signed('12|10:5|4:1|11') }, asm: 'rs1,rs2,target' };
export const U: RiscvFormat = { letters: { d: RD, i: signed('31:12') }, asm: 'rd,upper' };
export const J: RiscvFormat = { letters: { d: RD, i: signed('20|10:1|11|19:12') }, asm: 'rd,target' };
export const FENCE: RiscvFormat = { letters: { p: { to: ['pred'] }, s: { to: ['succ'] } }, asm: 'pred,succ' };
export const FENCE_VMA: RiscvFormat = { letters: { a: RS1, b: RS2 }, asm: 'rs1,rs2' };

export const CSR_R: RiscvFormat = { letters: { d: RD, a: RS1, z: CSR }, asm: 'rd,csr,rs1' };
export const CSR_I: RiscvFormat = { letters: { d: RD, i: UIMM, z: CSR }, asm: 'rd,csr,imm' };

export const AMO: RiscvFormat = { letters: { d: RD, a: RS1, b: RS2, q: AQRL }, asm: 'rd,rs2,(rs1)' };
export const LR: RiscvFormat = { letters: { d: RD, a: RS1, q: AQRL }, asm: 'rd,(rs1)' };

// Floating point. The letter after F: what the destination is.
export const F_LOAD: RiscvFormat = { letters: I.letters, asm: 'fd,imm(rs1)' };
export const F_STORE: RiscvFormat = { letters: S.letters, asm: 'fs2,imm(rs1)' };
export const F_R: RiscvFormat = { letters: R.letters, asm: 'fd,fs1,fs2' };
export const F_R_RM: RiscvFormat = { letters: { d: RD, a: RS1, b: RS2, m: RM }, asm: 'fd,fs1,fs2,rm' };
export const F_R1_RM: RiscvFormat = { letters: { d: RD, a: RS1, m: RM }, asm: 'fd,fs1,rm' };
/** Exact conversions: a rounding mode is encoded, but never printed. */
export const F_R1_EXACT: RiscvFormat = { letters: { d: RD, a: RS1, m: RM }, asm: 'fd,fs1' };
export const F_R4: RiscvFormat = { letters: { d: RD, a: RS1, b: RS2, c: RS3, m: RM }, asm: 'fd,fs1,fs2,fs3,rm' };
export const F_TO_X: RiscvFormat = { letters: R1.letters, asm: 'rd,fs1' };
export const F_TO_X_RM: RiscvFormat = { letters: { d: RD, a: RS1, m: RM }, asm: 'rd,fs1,rm' };
export const F_COMPARE: RiscvFormat = { letters: R.letters, asm: 'rd,fs1,fs2' };
export const X_TO_F: RiscvFormat = { letters: R1.letters, asm: 'fd,rs1' };
export const X_TO_F_RM: RiscvFormat = { letters: { d: RD, a: RS1, m: RM }, asm: 'fd,rs1,rm' };
export const X_TO_F_EXACT: RiscvFormat = { letters: { d: RD, a: RS1, m: RM }, asm: 'fd,rs1' };

// Compressed forms fill the fields of the instruction they stand for (§16.2). Three-bit registers are x8 to x15.
const RD3: LetterSpec = { to: ['rd'], plus: 8 };
const RS1_3: LetterSpec = { to: ['rs1'], plus: 8 };
const RS2_3: LetterSpec = { to: ['rs2'], plus: 8 };
const RD_RS1: LetterSpec = { to: ['rd', 'rs1'] };
const RD_RS1_3: LetterSpec = { to: ['rd', 'rs1'], plus: 8 };

export const CI: Format = { letters: { d: RD_RS1, i: signed('5|4:0') } };
export const CI_LI: Format = { letters: { d: RD, i: signed('5|4:0') }, fixed: { rs1: 0 } };
export const CI_LUI: Format = { letters: { d: RD, i: signed('17|16:12') } };
export const CI_SHIFT: Format = { letters: { d: RD_RS1, i: unsigned('5|4:0') } };
export const CI_SP: Format = { letters: { i: signed('9|4|6|8:7|5') }, fixed: { rd: 2, rs1: 2 } };
export const CI_LOAD4: Format = { letters: { d: RD, i: unsigned('5|4:2|7:6') }, fixed: { rs1: 2 } };
export const CI_LOAD8: Format = { letters: { d: RD, i: unsigned('5|4:3|8:6') }, fixed: { rs1: 2 } };
export const CSS4: Format = { letters: { b: RS2, i: unsigned('5:2|7:6') }, fixed: { rs1: 2 } };
export const CSS8: Format = { letters: { b: RS2, i: unsigned('5:3|8:6') }, fixed: { rs1: 2 } };
export const CIW: Format = { letters: { d: RD3, i: unsigned('5:4|9:6|2|3') }, fixed: { rs1: 2 } };
export const CL4: Format = { letters: { d: RD3, a: RS1_3, i: unsigned('5:3|2|6') } };
export const CL8: Format = { letters: { d: RD3, a: RS1_3, i: unsigned('5:3|7:6') } };
export const CS4: Format = { letters: { a: RS1_3, b: RS2_3, i: unsigned('5:3|2|6') } };
export const CS8: Format = { letters: { a: RS1_3, b: RS2_3, i: unsigned('5:3|7:6') } };
export const CB_SHIFT: Format = { letters: { d: RD_RS1_3, i: unsigned('5|4:0') } };
export const CB_ANDI: Format = { letters: { d: RD_RS1_3, i: signed('5|4:0') } };
export const CA: Format = { letters: { d: RD_RS1_3, b: RS2_3 } };
export const CB: Format = { letters: { a: RS1_3, i: signed('8|4:3|7:6|2:1|5') }, fixed: { rs2: 0 } };
export const CJ: Format = { letters: { i: signed('11|4|9:8|10|6|7|3:1|5') }, fixed: { rd: 0 } };
export const CR_JUMP: Format = { letters: { a: RS1 }, fixed: { rd: 0, imm: 0 } };
export const CR_CALL: Format = { letters: { a: RS1 }, fixed: { rd: 1, imm: 0 } };
export const CR_MV: Format = { letters: { d: RD, b: RS1 }, fixed: { imm: 0 } };
export const CR_ADD: Format = { letters: { d: RD_RS1, b: RS2 } };
export const C_NONE: Format = { letters: {} };
