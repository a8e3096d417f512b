// Zifencei: instruction-fetch fence (Unprivileged ISA, chapter 3). The immediate, rd and rs1 are ignored.

import type { RiscvRow } from '../formats.ts';
import { NONE } from '../formats.ts';

export const ZIFENCEI_ROWS = [
  { name: 'fence.i', bits: '------------ ----- 001 ----- 0001111', fmt: NONE },
] as const satisfies readonly RiscvRow[];
