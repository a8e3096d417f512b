// C extension for RV64GC (Unprivileged ISA §16.8). A row fills the fields of the instruction `as` that it stands for,
// and so has that instruction's meaning and text. `unless` draws what is reserved (illegal) or another row's; hints
// (rd = x0, shift by 0 …) fall out as instructions that change nothing.

import type { Row } from '../../pattern.ts';
import type { Alias } from '../formats.ts';
import * as F from '../formats.ts';
import type { BaseName } from './index.ts';

export interface CompressedRow extends Row {
  readonly as: BaseName;
  /** Spellings that differ from those of the instruction `as`. */
  readonly alias?: readonly Alias[];
}

// Spellings of hints, and of rows whose expansion would have another alias.
const ADDI: readonly Alias[] = [
  { name: 'nop', when: { rd: 0, imm: 0 }, asm: '' },
  { name: 'c.nop', when: { rd: 0 }, asm: 'imm' },
];
const LI: readonly Alias[] = [
  { name: 'c.li', when: { rd: 0 }, asm: 'rd,imm' },
  { name: 'li', when: {}, asm: 'rd,imm' },
];
const LUI: readonly Alias[] = [{ name: 'c.lui', when: { rd: 0 }, asm: 'rd,upper' }];
const SRLI: readonly Alias[] = [{ name: 'c.srli64', when: { imm: 0 }, asm: 'rd' }];
const SRAI: readonly Alias[] = [{ name: 'c.srai64', when: { imm: 0 }, asm: 'rd' }];
const SLLI: readonly Alias[] = [
  { name: 'c.slli64', when: { imm: 0 }, asm: 'rd' },
  { name: 'c.slli', when: { rd: 0 }, asm: 'rd,hex' },
];
const MV: readonly Alias[] = [
  { name: 'c.mv', when: { rd: 0 }, asm: 'rd,rs1' },
  { name: 'mv', when: {}, asm: 'rd,rs1' },
];
const ADD: readonly Alias[] = [{ name: 'c.add', when: { rd: 0 }, asm: 'rd,rs2' }];

export const C_ROWS: readonly CompressedRow[] = [
  // Quadrant 0
  { name: 'c.addi4spn', bits: '000 iiiiiiii ddd 00', fmt: F.CIW, as: 'addi', unless: ['--- 00000000 --- --'] },
  { name: 'c.fld', bits: '001 iii aaa ii ddd 00', fmt: F.CL8, as: 'fld' },
  { name: 'c.lw', bits: '010 iii aaa ii ddd 00', fmt: F.CL4, as: 'lw' },
  { name: 'c.ld', bits: '011 iii aaa ii ddd 00', fmt: F.CL8, as: 'ld' },
  { name: 'c.fsd', bits: '101 iii aaa ii bbb 00', fmt: F.CS8, as: 'fsd' },
  { name: 'c.sw', bits: '110 iii aaa ii bbb 00', fmt: F.CS4, as: 'sw' },
  { name: 'c.sd', bits: '111 iii aaa ii bbb 00', fmt: F.CS8, as: 'sd' },

  // Quadrant 1
  { name: 'c.addi', bits: '000 i ddddd iiiii 01', fmt: F.CI, as: 'addi', alias: ADDI },
  { name: 'c.addiw', bits: '001 i ddddd iiiii 01', fmt: F.CI, as: 'addiw', unless: ['--- - 00000 ----- --'] },
  { name: 'c.li', bits: '010 i ddddd iiiii 01', fmt: F.CI_LI, as: 'addi', alias: LI },
  { name: 'c.addi16sp', bits: '011 i 00010 iiiii 01', fmt: F.CI_SP, as: 'addi', unless: ['--- 0 ----- 00000 --'] },
  {
    name: 'c.lui',
    bits: '011 i ddddd iiiii 01',
    fmt: F.CI_LUI,
    as: 'lui',
    alias: LUI,
    unless: ['--- - 00010 ----- --', '--- 0 ----- 00000 --'],
  },
  { name: 'c.srli', bits: '100 i 00 ddd iiiii 01', fmt: F.CB_SHIFT, as: 'srli', alias: SRLI },
  { name: 'c.srai', bits: '100 i 01 ddd iiiii 01', fmt: F.CB_SHIFT, as: 'srai', alias: SRAI },
  { name: 'c.andi', bits: '100 i 10 ddd iiiii 01', fmt: F.CB_ANDI, as: 'andi' },
  { name: 'c.sub', bits: '100 0 11 ddd 00 bbb 01', fmt: F.CA, as: 'sub' },
  { name: 'c.xor', bits: '100 0 11 ddd 01 bbb 01', fmt: F.CA, as: 'xor' },
  { name: 'c.or', bits: '100 0 11 ddd 10 bbb 01', fmt: F.CA, as: 'or' },
  { name: 'c.and', bits: '100 0 11 ddd 11 bbb 01', fmt: F.CA, as: 'and' },
  { name: 'c.subw', bits: '100 1 11 ddd 00 bbb 01', fmt: F.CA, as: 'subw' },
  { name: 'c.addw', bits: '100 1 11 ddd 01 bbb 01', fmt: F.CA, as: 'addw' },
  { name: 'c.j', bits: '101 iiiiiiiiiii 01', fmt: F.CJ, as: 'jal' },
  { name: 'c.beqz', bits: '110 iii aaa iiiii 01', fmt: F.CB, as: 'beq' },
  { name: 'c.bnez', bits: '111 iii aaa iiiii 01', fmt: F.CB, as: 'bne' },

  // Quadrant 2
  { name: 'c.slli', bits: '000 i ddddd iiiii 10', fmt: F.CI_SHIFT, as: 'slli', alias: SLLI },
  { name: 'c.fldsp', bits: '001 i ddddd iiiii 10', fmt: F.CI_LOAD8, as: 'fld' },
  { name: 'c.lwsp', bits: '010 i ddddd iiiii 10', fmt: F.CI_LOAD4, as: 'lw', unless: ['--- - 00000 ----- --'] },
  { name: 'c.ldsp', bits: '011 i ddddd iiiii 10', fmt: F.CI_LOAD8, as: 'ld', unless: ['--- - 00000 ----- --'] },
  { name: 'c.jr', bits: '100 0 aaaaa 00000 10', fmt: F.CR_JUMP, as: 'jalr', unless: ['--- - 00000 ----- --'] },
  { name: 'c.mv', bits: '100 0 ddddd bbbbb 10', fmt: F.CR_MV, as: 'addi', alias: MV, unless: ['--- - ----- 00000 --'] },
  { name: 'c.ebreak', bits: '100 1 00000 00000 10', fmt: F.C_NONE, as: 'ebreak' },
  { name: 'c.jalr', bits: '100 1 aaaaa 00000 10', fmt: F.CR_CALL, as: 'jalr', unless: ['--- - 00000 ----- --'] },
  {
    name: 'c.add',
    bits: '100 1 ddddd bbbbb 10',
    fmt: F.CR_ADD,
    as: 'add',
    alias: ADD,
    unless: ['--- - ----- 00000 --'],
  },
  { name: 'c.fsdsp', bits: '101 iiiiii bbbbb 10', fmt: F.CSS8, as: 'fsd' },
  { name: 'c.swsp', bits: '110 iiiiii bbbbb 10', fmt: F.CSS4, as: 'sw' },
  { name: 'c.sdsp', bits: '111 iiiiii bbbbb 10', fmt: F.CSS8, as: 'sd' },
];
