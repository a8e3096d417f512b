// CSR instructions (Unprivileged ISA, chapter 9) on fflags, frm and fcsr (§11.2); every other register is the platform's.

import type { ZICSR_ROWS } from '../rows/zicsr.ts';
import { type HartState, type Instruction, illegal, type Meaning, type Meanings, system } from './state.ts';

const FFLAGS = 1;
const FRM = 2;
const FCSR = 3;

function read(hart: HartState, csr: number): number {
  if (csr === FFLAGS) return hart.fflags;
  if (csr === FRM) return hart.frm;
  return (hart.frm << 5) | hart.fflags;
}

function write(hart: HartState, csr: number, value: bigint): void {
  if (csr === FFLAGS) hart.fflags = Number(value & 31n);
  if (csr === FRM) hart.frm = Number(value & 7n);
  if (csr === FCSR) {
    hart.fflags = Number(value & 31n);
    hart.frm = Number((value >> 5n) & 7n);
  }
  hart.floatStatus = 3;
}

/**
 * `combine` gives the new value from the old one and the source; `always` is false for the forms that write nothing
 * when the source is x0 or an immediate of 0.
 */
const access =
  (
    source: (hart: HartState, i: Instruction) => bigint,
    isZero: (i: Instruction) => boolean,
    combine: (old: bigint, source: bigint) => bigint,
    always: boolean,
  ): Meaning =>
  (hart, i) => {
    if (i.csr !== FFLAGS && i.csr !== FRM && i.csr !== FCSR) return system(hart, i);
    if (hart.floatStatus === 0) return illegal(hart, i);
    const old = BigInt(read(hart, i.csr));
    if (always || !isZero(i)) write(hart, i.csr, combine(old, source(hart, i)));
    hart.setX(i.rd, old);
    return undefined;
  };

const fromRegister = (hart: HartState, i: Instruction): bigint => hart.x[i.rs1]!;
const isX0 = (i: Instruction): boolean => i.rs1 === 0;
const fromImmediate = (_hart: HartState, i: Instruction): bigint => i.imm;
const isImmediate0 = (i: Instruction): boolean => i.imm === 0n;

const replace = (_old: bigint, source: bigint): bigint => source;
const set = (old: bigint, source: bigint): bigint => old | source;
const clear = (old: bigint, source: bigint): bigint => old & ~source;

export const ZICSR_MEANINGS: Meanings<typeof ZICSR_ROWS> = {
  csrrw: access(fromRegister, isX0, replace, true),
  csrrs: access(fromRegister, isX0, set, false),
  csrrc: access(fromRegister, isX0, clear, false),
  csrrwi: access(fromImmediate, isImmediate0, replace, true),
  csrrsi: access(fromImmediate, isImmediate0, set, false),
  csrrci: access(fromImmediate, isImmediate0, clear, false),
};
