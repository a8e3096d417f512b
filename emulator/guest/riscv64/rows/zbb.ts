// Zbb: basic bit manipulation (Bit-Manipulation ISA §1.2).

import type { RiscvRow } from '../formats.ts';
import { R, R1, SHIFT } from '../formats.ts';

export const ZBB_ROWS = [
  // Logical with negate
  { name: 'andn', bits: '0100000 bbbbb aaaaa 111 ddddd 0110011', fmt: R },
  { name: 'orn', bits: '0100000 bbbbb aaaaa 110 ddddd 0110011', fmt: R },
  { name: 'xnor', bits: '0100000 bbbbb aaaaa 100 ddddd 0110011', fmt: R },
  // Counting
  { name: 'clz', bits: '0110000 00000 aaaaa 001 ddddd 0010011', fmt: R1 },
  { name: 'ctz', bits: '0110000 00001 aaaaa 001 ddddd 0010011', fmt: R1 },
  { name: 'cpop', bits: '0110000 00010 aaaaa 001 ddddd 0010011', fmt: R1 },
  { name: 'clzw', bits: '0110000 00000 aaaaa 001 ddddd 0011011', fmt: R1 },
  { name: 'ctzw', bits: '0110000 00001 aaaaa 001 ddddd 0011011', fmt: R1 },
  { name: 'cpopw', bits: '0110000 00010 aaaaa 001 ddddd 0011011', fmt: R1 },
  // Minimum and maximum
  { name: 'min', bits: '0000101 bbbbb aaaaa 100 ddddd 0110011', fmt: R },
  { name: 'minu', bits: '0000101 bbbbb aaaaa 101 ddddd 0110011', fmt: R },
  { name: 'max', bits: '0000101 bbbbb aaaaa 110 ddddd 0110011', fmt: R },
  { name: 'maxu', bits: '0000101 bbbbb aaaaa 111 ddddd 0110011', fmt: R },
  // Extension
  { name: 'sext.b', bits: '0110000 00100 aaaaa 001 ddddd 0010011', fmt: R1 },
  { name: 'sext.h', bits: '0110000 00101 aaaaa 001 ddddd 0010011', fmt: R1 },
  { name: 'zext.h', bits: '0000100 00000 aaaaa 100 ddddd 0111011', fmt: R1 },
  // Rotation
  { name: 'rol', bits: '0110000 bbbbb aaaaa 001 ddddd 0110011', fmt: R },
  { name: 'ror', bits: '0110000 bbbbb aaaaa 101 ddddd 0110011', fmt: R },
  { name: 'rori', bits: '011000 iiiiii aaaaa 101 ddddd 0010011', fmt: SHIFT },
  { name: 'rolw', bits: '0110000 bbbbb aaaaa 001 ddddd 0111011', fmt: R },
  { name: 'rorw', bits: '0110000 bbbbb aaaaa 101 ddddd 0111011', fmt: R },
  { name: 'roriw', bits: '0110000 iiiii aaaaa 101 ddddd 0011011', fmt: SHIFT },
  // Bytes
  { name: 'orc.b', bits: '001010 000111 aaaaa 101 ddddd 0010011', fmt: R1 },
  { name: 'rev8', bits: '011010 111000 aaaaa 101 ddddd 0010011', fmt: R1 },
] as const satisfies readonly RiscvRow[];
