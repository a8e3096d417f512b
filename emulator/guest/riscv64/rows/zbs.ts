// Zbs: single-bit instructions (Bit-Manipulation ISA §1.4).

import type { RiscvRow } from '../formats.ts';
import { R, SHIFT } from '../formats.ts';

export const ZBS_ROWS = [
  { name: 'bclr', bits: '0100100 bbbbb aaaaa 001 ddddd 0110011', fmt: R },
  { name: 'bclri', bits: '010010 iiiiii aaaaa 001 ddddd 0010011', fmt: SHIFT },
  { name: 'bext', bits: '0100100 bbbbb aaaaa 101 ddddd 0110011', fmt: R },
  { name: 'bexti', bits: '010010 iiiiii aaaaa 101 ddddd 0010011', fmt: SHIFT },
  { name: 'binv', bits: '0110100 bbbbb aaaaa 001 ddddd 0110011', fmt: R },
  { name: 'binvi', bits: '011010 iiiiii aaaaa 001 ddddd 0010011', fmt: SHIFT },
  { name: 'bset', bits: '0010100 bbbbb aaaaa 001 ddddd 0110011', fmt: R },
  { name: 'bseti', bits: '001010 iiiiii aaaaa 001 ddddd 0010011', fmt: SHIFT },
] as const satisfies readonly RiscvRow[];
