// Zicsr: control and status registers (Unprivileged ISA, chapter 9). z draws the CSR number.

import type { RiscvRow } from '../formats.ts';
import { CSR_I, CSR_R } from '../formats.ts';

export const ZICSR_ROWS = [
  {
    name: 'csrrw',
    bits: 'zzzzzzzzzzzz aaaaa 001 ddddd 1110011',
    fmt: CSR_R,
    alias: [
      { name: 'unimp', when: { csr: 0xc00, rd: 0, rs1: 0 }, asm: '' },
      { name: 'fsflags', when: { csr: 1, rd: 0 }, asm: 'rs1' },
      { name: 'fsflags', when: { csr: 1 }, asm: 'rd,rs1' },
      { name: 'fsrm', when: { csr: 2, rd: 0 }, asm: 'rs1' },
      { name: 'fsrm', when: { csr: 2 }, asm: 'rd,rs1' },
      { name: 'fscsr', when: { csr: 3, rd: 0 }, asm: 'rs1' },
      { name: 'fscsr', when: { csr: 3 }, asm: 'rd,rs1' },
      { name: 'csrw', when: { rd: 0 }, asm: 'csr,rs1' },
    ],
  },
  {
    name: 'csrrs',
    bits: 'zzzzzzzzzzzz aaaaa 010 ddddd 1110011',
    fmt: CSR_R,
    alias: [
      { name: 'frflags', when: { csr: 1, rs1: 0 }, asm: 'rd' },
      { name: 'frrm', when: { csr: 2, rs1: 0 }, asm: 'rd' },
      { name: 'frcsr', when: { csr: 3, rs1: 0 }, asm: 'rd' },
      { name: 'rdcycle', when: { csr: 0xc00, rs1: 0 }, asm: 'rd' },
      { name: 'rdtime', when: { csr: 0xc01, rs1: 0 }, asm: 'rd' },
      { name: 'rdinstret', when: { csr: 0xc02, rs1: 0 }, asm: 'rd' },
      { name: 'csrr', when: { rs1: 0 }, asm: 'rd,csr' },
      { name: 'csrs', when: { rd: 0 }, asm: 'csr,rs1' },
    ],
  },
  {
    name: 'csrrc',
    bits: 'zzzzzzzzzzzz aaaaa 011 ddddd 1110011',
    fmt: CSR_R,
    alias: [{ name: 'csrc', when: { rd: 0 }, asm: 'csr,rs1' }],
  },
  {
    name: 'csrrwi',
    bits: 'zzzzzzzzzzzz iiiii 101 ddddd 1110011',
    fmt: CSR_I,
    alias: [
      { name: 'fsflagsi', when: { csr: 1, rd: 0 }, asm: 'imm' },
      { name: 'fsflagsi', when: { csr: 1 }, asm: 'rd,imm' },
      { name: 'fsrmi', when: { csr: 2, rd: 0 }, asm: 'imm' },
      { name: 'fsrmi', when: { csr: 2 }, asm: 'rd,imm' },
      { name: 'csrwi', when: { rd: 0 }, asm: 'csr,imm' },
    ],
  },
  {
    name: 'csrrsi',
    bits: 'zzzzzzzzzzzz iiiii 110 ddddd 1110011',
    fmt: CSR_I,
    alias: [{ name: 'csrsi', when: { rd: 0 }, asm: 'csr,imm' }],
  },
  {
    name: 'csrrci',
    bits: 'zzzzzzzzzzzz iiiii 111 ddddd 1110011',
    fmt: CSR_I,
    alias: [{ name: 'csrci', when: { rd: 0 }, asm: 'csr,imm' }],
  },
] as const satisfies readonly RiscvRow[];
