// RV32I and RV64I base integer instructions (Unprivileged ISA, chapters 2 and 5).

import type { RiscvRow } from '../formats.ts';
import { B, FENCE, I, J, JALR, LOAD, NONE, R, S, SHIFT, U } from '../formats.ts';

export const I_ROWS = [
  // §2.4 Integer computational instructions
  { name: 'lui', bits: 'iiiiiiiiiiiiiiiiiiii ddddd 0110111', fmt: U },
  { name: 'auipc', bits: 'iiiiiiiiiiiiiiiiiiii ddddd 0010111', fmt: U },
  {
    name: 'addi',
    bits: 'iiiiiiiiiiii aaaaa 000 ddddd 0010011',
    fmt: I,
    alias: [
      { name: 'nop', when: { rd: 0, rs1: 0, imm: 0 }, asm: '' },
      { name: 'li', when: { rs1: 0 }, asm: 'rd,imm' },
      { name: 'mv', when: { imm: 0 }, asm: 'rd,rs1' },
    ],
  },
  { name: 'slti', bits: 'iiiiiiiiiiii aaaaa 010 ddddd 0010011', fmt: I },
  {
    name: 'sltiu',
    bits: 'iiiiiiiiiiii aaaaa 011 ddddd 0010011',
    fmt: I,
    alias: [{ name: 'seqz', when: { imm: 1 }, asm: 'rd,rs1' }],
  },
  {
    name: 'xori',
    bits: 'iiiiiiiiiiii aaaaa 100 ddddd 0010011',
    fmt: I,
    alias: [{ name: 'not', when: { imm: -1 }, asm: 'rd,rs1' }],
  },
  { name: 'ori', bits: 'iiiiiiiiiiii aaaaa 110 ddddd 0010011', fmt: I },
  {
    name: 'andi',
    bits: 'iiiiiiiiiiii aaaaa 111 ddddd 0010011',
    fmt: I,
    alias: [{ name: 'zext.b', when: { imm: 255 }, asm: 'rd,rs1' }],
  },
  { name: 'slli', bits: '000000 iiiiii aaaaa 001 ddddd 0010011', fmt: SHIFT },
  { name: 'srli', bits: '000000 iiiiii aaaaa 101 ddddd 0010011', fmt: SHIFT },
  { name: 'srai', bits: '010000 iiiiii aaaaa 101 ddddd 0010011', fmt: SHIFT },
  { name: 'add', bits: '0000000 bbbbb aaaaa 000 ddddd 0110011', fmt: R },
  {
    name: 'sub',
    bits: '0100000 bbbbb aaaaa 000 ddddd 0110011',
    fmt: R,
    alias: [{ name: 'neg', when: { rs1: 0 }, asm: 'rd,rs2' }],
  },
  { name: 'sll', bits: '0000000 bbbbb aaaaa 001 ddddd 0110011', fmt: R },
  {
    name: 'slt',
    bits: '0000000 bbbbb aaaaa 010 ddddd 0110011',
    fmt: R,
    alias: [
      { name: 'sltz', when: { rs2: 0 }, asm: 'rd,rs1' },
      { name: 'sgtz', when: { rs1: 0 }, asm: 'rd,rs2' },
    ],
  },
  {
    name: 'sltu',
    bits: '0000000 bbbbb aaaaa 011 ddddd 0110011',
    fmt: R,
    alias: [{ name: 'snez', when: { rs1: 0 }, asm: 'rd,rs2' }],
  },
  { name: 'xor', bits: '0000000 bbbbb aaaaa 100 ddddd 0110011', fmt: R },
  { name: 'srl', bits: '0000000 bbbbb aaaaa 101 ddddd 0110011', fmt: R },
  { name: 'sra', bits: '0100000 bbbbb aaaaa 101 ddddd 0110011', fmt: R },
  { name: 'or', bits: '0000000 bbbbb aaaaa 110 ddddd 0110011', fmt: R },
  { name: 'and', bits: '0000000 bbbbb aaaaa 111 ddddd 0110011', fmt: R },

  // §2.5 Control transfer instructions
  {
    name: 'jal',
    bits: 'iiiiiiiiiiiiiiiiiiii ddddd 1101111',
    fmt: J,
    alias: [
      { name: 'j', when: { rd: 0 }, asm: 'target' },
      { name: 'jal', when: { rd: 1 }, asm: 'target' },
    ],
  },
  {
    name: 'jalr',
    bits: 'iiiiiiiiiiii aaaaa 000 ddddd 1100111',
    fmt: JALR,
    alias: [
      { name: 'ret', when: { rd: 0, rs1: 1, imm: 0 }, asm: '' },
      { name: 'jr', when: { rd: 0, imm: 0 }, asm: 'rs1' },
      { name: 'jr', when: { rd: 0 }, asm: 'imm(rs1)' },
      { name: 'jalr', when: { rd: 1, imm: 0 }, asm: 'rs1' },
      { name: 'jalr', when: { rd: 1 }, asm: 'imm(rs1)' },
      { name: 'jalr', when: { imm: 0 }, asm: 'rd,rs1' },
    ],
  },
  {
    name: 'beq',
    bits: 'iiiiiii bbbbb aaaaa 000 iiiii 1100011',
    fmt: B,
    alias: [{ name: 'beqz', when: { rs2: 0 }, asm: 'rs1,target' }],
  },
  {
    name: 'bne',
    bits: 'iiiiiii bbbbb aaaaa 001 iiiii 1100011',
    fmt: B,
    alias: [{ name: 'bnez', when: { rs2: 0 }, asm: 'rs1,target' }],
  },
  {
    name: 'blt',
    bits: 'iiiiiii bbbbb aaaaa 100 iiiii 1100011',
    fmt: B,
    alias: [
      { name: 'bltz', when: { rs2: 0 }, asm: 'rs1,target' },
      { name: 'bgtz', when: { rs1: 0 }, asm: 'rs2,target' },
    ],
  },
  {
    name: 'bge',
    bits: 'iiiiiii bbbbb aaaaa 101 iiiii 1100011',
    fmt: B,
    alias: [
      { name: 'blez', when: { rs1: 0 }, asm: 'rs2,target' },
      { name: 'bgez', when: { rs2: 0 }, asm: 'rs1,target' },
    ],
  },
  { name: 'bltu', bits: 'iiiiiii bbbbb aaaaa 110 iiiii 1100011', fmt: B },
  { name: 'bgeu', bits: 'iiiiiii bbbbb aaaaa 111 iiiii 1100011', fmt: B },

  // §2.6 Load and store instructions
  { name: 'lb', bits: 'iiiiiiiiiiii aaaaa 000 ddddd 0000011', fmt: LOAD },
  { name: 'lh', bits: 'iiiiiiiiiiii aaaaa 001 ddddd 0000011', fmt: LOAD },
  { name: 'lw', bits: 'iiiiiiiiiiii aaaaa 010 ddddd 0000011', fmt: LOAD },
  { name: 'lbu', bits: 'iiiiiiiiiiii aaaaa 100 ddddd 0000011', fmt: LOAD },
  { name: 'lhu', bits: 'iiiiiiiiiiii aaaaa 101 ddddd 0000011', fmt: LOAD },
  { name: 'sb', bits: 'iiiiiii bbbbb aaaaa 000 iiiii 0100011', fmt: S },
  { name: 'sh', bits: 'iiiiiii bbbbb aaaaa 001 iiiii 0100011', fmt: S },
  { name: 'sw', bits: 'iiiiiii bbbbb aaaaa 010 iiiii 0100011', fmt: S },

  // §2.7 Memory ordering (fm, rd and rs1 are ignored), §2.8 environment call and breakpoints
  {
    name: 'fence',
    bits: '---- pppp ssss ----- 000 ----- 0001111',
    fmt: FENCE,
    alias: [{ name: 'fence', when: { pred: 15, succ: 15 }, asm: '' }],
    unless: ['0000 0001 0000 00000 000 00000 0001111', '1000 0011 0011 00000 000 00000 0001111'],
  },
  { name: 'fence.tso', bits: '1000 0011 0011 00000 000 00000 0001111', fmt: NONE },
  { name: 'pause', bits: '0000 0001 0000 00000 000 00000 0001111', fmt: NONE },
  { name: 'ecall', bits: '000000000000 00000 000 00000 1110011', fmt: NONE },
  { name: 'ebreak', bits: '000000000001 00000 000 00000 1110011', fmt: NONE },

  // §5.2 RV64I computational instructions
  {
    name: 'addiw',
    bits: 'iiiiiiiiiiii aaaaa 000 ddddd 0011011',
    fmt: I,
    alias: [{ name: 'sext.w', when: { imm: 0 }, asm: 'rd,rs1' }],
  },
  { name: 'slliw', bits: '0000000 iiiii aaaaa 001 ddddd 0011011', fmt: SHIFT },
  { name: 'srliw', bits: '0000000 iiiii aaaaa 101 ddddd 0011011', fmt: SHIFT },
  { name: 'sraiw', bits: '0100000 iiiii aaaaa 101 ddddd 0011011', fmt: SHIFT },
  { name: 'addw', bits: '0000000 bbbbb aaaaa 000 ddddd 0111011', fmt: R },
  {
    name: 'subw',
    bits: '0100000 bbbbb aaaaa 000 ddddd 0111011',
    fmt: R,
    alias: [{ name: 'negw', when: { rs1: 0 }, asm: 'rd,rs2' }],
  },
  { name: 'sllw', bits: '0000000 bbbbb aaaaa 001 ddddd 0111011', fmt: R },
  { name: 'srlw', bits: '0000000 bbbbb aaaaa 101 ddddd 0111011', fmt: R },
  { name: 'sraw', bits: '0100000 bbbbb aaaaa 101 ddddd 0111011', fmt: R },

  // §5.3 RV64I load and store instructions
  { name: 'lwu', bits: 'iiiiiiiiiiii aaaaa 110 ddddd 0000011', fmt: LOAD },
  { name: 'ld', bits: 'iiiiiiiiiiii aaaaa 011 ddddd 0000011', fmt: LOAD },
  { name: 'sd', bits: 'iiiiiii bbbbb aaaaa 011 iiiii 0100011', fmt: S },
] as const satisfies readonly RiscvRow[];
