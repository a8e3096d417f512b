// Jumps, branches, fences, and the instructions that are the platform's (Unprivileged ISA §2.5, §2.7, §2.8). With the C
// extension every even address is a target, so control transfers never trap.

import type { I_ROWS } from '../rows/i.ts';
import { s64, u64 } from './numbers.ts';
import { type Meaning, type Meanings, system } from './state.ts';

const branch =
  (taken: (a: bigint, b: bigint) => boolean): Meaning =>
  (hart, i) => {
    if (taken(hart.x[i.rs1]!, hart.x[i.rs2]!)) hart.nextPc = u64(hart.pc + i.imm);
    return undefined;
  };

const jal: Meaning = (hart, i) => {
  hart.setX(i.rd, hart.nextPc);
  hart.nextPc = u64(hart.pc + i.imm);
  return undefined;
};

// rd may be rs1: the target comes first.
const jalr: Meaning = (hart, i) => {
  const target = u64(hart.x[i.rs1]! + i.imm) & ~1n;
  hart.setX(i.rd, hart.nextPc);
  hart.nextPc = target;
  return undefined;
};

/** One hart at a time, in program order: there is nothing to order. */
const nothing: Meaning = () => undefined;

export const CONTROL: Pick<
  Meanings<typeof I_ROWS>,
  | 'jal'
  | 'jalr'
  | 'beq'
  | 'bne'
  | 'blt'
  | 'bge'
  | 'bltu'
  | 'bgeu'
  | 'fence'
  | 'fence.tso'
  | 'pause'
  | 'ecall'
  | 'ebreak'
> = {
  jal,
  jalr,
  beq: branch((a, b) => a === b),
  bne: branch((a, b) => a !== b),
  blt: branch((a, b) => s64(a) < s64(b)),
  bge: branch((a, b) => s64(a) >= s64(b)),
  bltu: branch((a, b) => a < b),
  bgeu: branch((a, b) => a >= b),
  fence: nothing,
  'fence.tso': nothing,
  pause: nothing,
  ecall: system,
  ebreak: system,
};
