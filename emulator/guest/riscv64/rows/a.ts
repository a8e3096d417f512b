// A extension: load-reserved, store-conditional and atomic memory operations (Unprivileged ISA, chapter 8).
// The letter q draws aq and rl.

import type { RiscvRow } from '../formats.ts';
import { AMO, LR } from '../formats.ts';

export const A_ROWS = [
  // §8.2 and §8.4, 32 bits
  { name: 'lr.w', bits: '00010 qq 00000 aaaaa 010 ddddd 0101111', fmt: LR },
  { name: 'sc.w', bits: '00011 qq bbbbb aaaaa 010 ddddd 0101111', fmt: AMO },
  { name: 'amoswap.w', bits: '00001 qq bbbbb aaaaa 010 ddddd 0101111', fmt: AMO },
  { name: 'amoadd.w', bits: '00000 qq bbbbb aaaaa 010 ddddd 0101111', fmt: AMO },
  { name: 'amoxor.w', bits: '00100 qq bbbbb aaaaa 010 ddddd 0101111', fmt: AMO },
  { name: 'amoand.w', bits: '01100 qq bbbbb aaaaa 010 ddddd 0101111', fmt: AMO },
  { name: 'amoor.w', bits: '01000 qq bbbbb aaaaa 010 ddddd 0101111', fmt: AMO },
  { name: 'amomin.w', bits: '10000 qq bbbbb aaaaa 010 ddddd 0101111', fmt: AMO },
  { name: 'amomax.w', bits: '10100 qq bbbbb aaaaa 010 ddddd 0101111', fmt: AMO },
  { name: 'amominu.w', bits: '11000 qq bbbbb aaaaa 010 ddddd 0101111', fmt: AMO },
  { name: 'amomaxu.w', bits: '11100 qq bbbbb aaaaa 010 ddddd 0101111', fmt: AMO },
  // §8.2 and §8.4, 64 bits
  { name: 'lr.d', bits: '00010 qq 00000 aaaaa 011 ddddd 0101111', fmt: LR },
  { name: 'sc.d', bits: '00011 qq bbbbb aaaaa 011 ddddd 0101111', fmt: AMO },
  { name: 'amoswap.d', bits: '00001 qq bbbbb aaaaa 011 ddddd 0101111', fmt: AMO },
  { name: 'amoadd.d', bits: '00000 qq bbbbb aaaaa 011 ddddd 0101111', fmt: AMO },
  { name: 'amoxor.d', bits: '00100 qq bbbbb aaaaa 011 ddddd 0101111', fmt: AMO },
  { name: 'amoand.d', bits: '01100 qq bbbbb aaaaa 011 ddddd 0101111', fmt: AMO },
  { name: 'amoor.d', bits: '01000 qq bbbbb aaaaa 011 ddddd 0101111', fmt: AMO },
  { name: 'amomin.d', bits: '10000 qq bbbbb aaaaa 011 ddddd 0101111', fmt: AMO },
  { name: 'amomax.d', bits: '10100 qq bbbbb aaaaa 011 ddddd 0101111', fmt: AMO },
  { name: 'amominu.d', bits: '11000 qq bbbbb aaaaa 011 ddddd 0101111', fmt: AMO },
  { name: 'amomaxu.d', bits: '11100 qq bbbbb aaaaa 011 ddddd 0101111', fmt: AMO },
] as const satisfies readonly RiscvRow[];
