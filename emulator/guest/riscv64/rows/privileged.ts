// Privileged instructions (Privileged ISA §3.3, §10.2).

import type { RiscvRow } from '../formats.ts';
import { FENCE_VMA, NONE } from '../formats.ts';

export const PRIVILEGED_ROWS = [
  { name: 'sret', bits: '0001000 00010 00000 000 00000 1110011', fmt: NONE },
  { name: 'mret', bits: '0011000 00010 00000 000 00000 1110011', fmt: NONE },
  { name: 'wfi', bits: '0001000 00101 00000 000 00000 1110011', fmt: NONE },
  {
    name: 'sfence.vma',
    bits: '0001001 bbbbb aaaaa 000 00000 1110011',
    fmt: FENCE_VMA,
    alias: [
      { name: 'sfence.vma', when: { rs1: 0, rs2: 0 }, asm: '' },
      { name: 'sfence.vma', when: { rs2: 0 }, asm: 'rs1' },
    ],
  },
] as const satisfies readonly RiscvRow[];
