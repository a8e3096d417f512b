// M extension: integer multiplication and division (Unprivileged ISA, chapter 7).

import type { RiscvRow } from '../formats.ts';
import { R } from '../formats.ts';

export const M_ROWS = [
  // §7.1 Multiplication
  { name: 'mul', bits: '0000001 bbbbb aaaaa 000 ddddd 0110011', fmt: R },
  { name: 'mulh', bits: '0000001 bbbbb aaaaa 001 ddddd 0110011', fmt: R },
  { name: 'mulhsu', bits: '0000001 bbbbb aaaaa 010 ddddd 0110011', fmt: R },
  { name: 'mulhu', bits: '0000001 bbbbb aaaaa 011 ddddd 0110011', fmt: R },
  { name: 'mulw', bits: '0000001 bbbbb aaaaa 000 ddddd 0111011', fmt: R },
  // §7.2 Division
  { name: 'div', bits: '0000001 bbbbb aaaaa 100 ddddd 0110011', fmt: R },
  { name: 'divu', bits: '0000001 bbbbb aaaaa 101 ddddd 0110011', fmt: R },
  { name: 'rem', bits: '0000001 bbbbb aaaaa 110 ddddd 0110011', fmt: R },
  { name: 'remu', bits: '0000001 bbbbb aaaaa 111 ddddd 0110011', fmt: R },
  { name: 'divw', bits: '0000001 bbbbb aaaaa 100 ddddd 0111011', fmt: R },
  { name: 'divuw', bits: '0000001 bbbbb aaaaa 101 ddddd 0111011', fmt: R },
  { name: 'remw', bits: '0000001 bbbbb aaaaa 110 ddddd 0111011', fmt: R },
  { name: 'remuw', bits: '0000001 bbbbb aaaaa 111 ddddd 0111011', fmt: R },
] as const satisfies readonly RiscvRow[];
