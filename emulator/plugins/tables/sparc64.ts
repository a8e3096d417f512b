// Classes of 64-bit SPARC instructions, QEMU's.

import type { ClassRow } from '../insn-classes.ts';

// biome-ignore format: one row a line
export const SPARC64: readonly ClassRow[] = [
  { name: 'SetHi & Branches', opt: 'op0', when: '31:30=00' },
  { name: 'Call', opt: 'op1', when: '31:30=01' },
  { name: 'Arith/Logical/Move', opt: 'op2', when: '31:30=10' },
  { name: 'Arith/Logical/Move', opt: 'op3', when: '31:30=11' },
  { name: 'Unclassified', opt: 'unclas', mode: 'individual' },
];
