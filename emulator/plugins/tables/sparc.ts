// Classes of 32-bit SPARC instructions, QEMU's.

import type { ClassRow } from '../insn-classes.ts';

// biome-ignore format: one row a line
export const SPARC: readonly ClassRow[] = [
  { name: 'Call', opt: 'call', when: '31:30=01' },
  { name: 'Branch ICond', opt: 'bcc', when: '31:30=00 24:22=010' },
  { name: 'Branch Fcond', opt: 'fbcc', when: '31:30=00 24:22=110' },
  { name: 'SetHi', opt: 'sethi', when: '31:30=00 24:22=100' },
  { name: 'FPU ALU', opt: 'fpu', when: '31:30=10 24:20=11010' },
  { name: 'ALU', opt: 'alu', when: '31:30=10' },
  { name: 'Load/Store', opt: 'ldst', when: '31:30=11' },
  { name: 'Unclassified', opt: 'unclas', mode: 'individual' },
];
