// Zba: address generation (Bit-Manipulation ISA §1.1).

import type { RiscvRow } from '../formats.ts';
import { R, SHIFT } from '../formats.ts';

export const ZBA_ROWS = [
  {
    name: 'add.uw',
    bits: '0000100 bbbbb aaaaa 000 ddddd 0111011',
    fmt: R,
    alias: [{ name: 'zext.w', when: { rs2: 0 }, asm: 'rd,rs1' }],
  },
  { name: 'sh1add', bits: '0010000 bbbbb aaaaa 010 ddddd 0110011', fmt: R },
  { name: 'sh2add', bits: '0010000 bbbbb aaaaa 100 ddddd 0110011', fmt: R },
  { name: 'sh3add', bits: '0010000 bbbbb aaaaa 110 ddddd 0110011', fmt: R },
  { name: 'sh1add.uw', bits: '0010000 bbbbb aaaaa 010 ddddd 0111011', fmt: R },
  { name: 'sh2add.uw', bits: '0010000 bbbbb aaaaa 100 ddddd 0111011', fmt: R },
  { name: 'sh3add.uw', bits: '0010000 bbbbb aaaaa 110 ddddd 0111011', fmt: R },
  { name: 'slli.uw', bits: '000010 iiiiii aaaaa 001 ddddd 0011011', fmt: SHIFT },
] as const satisfies readonly RiscvRow[];
