// Trap entry and return of a hart, and the choice of the interrupt to take. Works on the hart's slots
// alone: who raises interrupt lines, and when harts run, is the board's business.

import { SLOT_PC } from '../../memory/layout.ts';
import type { Hart } from './csr.ts';
import * as C from './csr.ts';
import * as R from './registers.ts';

export const CAUSE_FETCH_MISALIGNED = 0;
export const CAUSE_FETCH_ACCESS = 1;
export const CAUSE_ILLEGAL = 2;
export const CAUSE_BREAKPOINT = 3;
export const CAUSE_LOAD_MISALIGNED = 4;
export const CAUSE_LOAD_ACCESS = 5;
export const CAUSE_STORE_MISALIGNED = 6;
export const CAUSE_STORE_ACCESS = 7;
/** Plus the privilege of the caller: 8, 9, 11. */
export const CAUSE_ECALL = 8;

const INTERRUPT_FLAG = 1n << 63n;
const VECTORED = 1n;
const NO_RESERVATION = -1n;

const EXCEPTION_NAMES: readonly string[] = [
  'instruction address misaligned',
  'instruction access fault',
  'illegal instruction',
  'breakpoint',
  'load address misaligned',
  'load access fault',
  'store address misaligned',
  'store access fault',
  'environment call from user mode',
  'environment call from supervisor mode',
  'reserved',
  'environment call from machine mode',
];

const INTERRUPT_NAMES: Readonly<Record<number, string>> = {
  1: 'supervisor software interrupt',
  3: 'machine software interrupt',
  5: 'supervisor timer interrupt',
  7: 'machine timer interrupt',
  9: 'supervisor external interrupt',
  11: 'machine external interrupt',
};

/** The manual's name of a cause, in lower case. */
export function causeName(cause: number, interrupt: boolean): string {
  return (interrupt ? INTERRUPT_NAMES[cause] : EXCEPTION_NAMES[cause]) ?? `cause ${cause}`;
}

/**
 * Highest priority first: external, software, timer of machine mode, then of supervisor mode (Privileged §3.1.9).
 * QEMU 7.2 takes the lowest number first.
 */
const PRIORITY: readonly number[] = [11, 3, 7, 9, 1, 5];

/** Every change of privilege drops the reservation of LR. */
function setPrivilege(hart: Hart, privilege: number): void {
  hart.write(R.SLOT_PRIV, BigInt(privilege));
  hart.write(R.SLOT_RES_ADDR, NO_RESERVATION);
}

const enter = (vector: bigint, cause: number, interrupt: boolean): bigint =>
  (vector & ~3n) + (interrupt && vector & VECTORED ? BigInt(4 * cause) : 0n);

/**
 * Takes a trap on the instruction at pc: saves pc, cause and tval, goes to the handler of machine mode or, where
 * delegated and not from machine mode, of supervisor mode. Returns the privilege it was taken to.
 */
export function takeTrap(hart: Hart, cause: number, tval: bigint, interrupt: boolean): number {
  const from = C.privilegeOf(hart);
  const delegated = (hart.read(interrupt ? R.SLOT_MIDELEG : R.SLOT_MEDELEG) >> BigInt(cause)) & 1n;
  const causeValue = (interrupt ? INTERRUPT_FLAG : 0n) | BigInt(cause);
  const status = hart.read(R.SLOT_MSTATUS);
  if (delegated && from <= C.PRIV_S) {
    hart.write(R.SLOT_SCAUSE, causeValue);
    hart.write(R.SLOT_SEPC, hart.read(SLOT_PC));
    hart.write(R.SLOT_STVAL, tval);
    hart.write(
      R.SLOT_MSTATUS,
      (status & ~(C.MSTATUS_SIE | C.MSTATUS_SPIE | C.MSTATUS_SPP)) |
        (status & C.MSTATUS_SIE ? C.MSTATUS_SPIE : 0n) |
        (from === C.PRIV_S ? C.MSTATUS_SPP : 0n),
    );
    setPrivilege(hart, C.PRIV_S);
    hart.write(SLOT_PC, enter(hart.read(R.SLOT_STVEC), cause, interrupt));
    return C.PRIV_S;
  }
  hart.write(R.SLOT_MCAUSE, causeValue);
  hart.write(R.SLOT_MEPC, hart.read(SLOT_PC));
  hart.write(R.SLOT_MTVAL, tval);
  hart.write(
    R.SLOT_MSTATUS,
    (status & ~(C.MSTATUS_MIE | C.MSTATUS_MPIE | C.MSTATUS_MPP)) |
      (status & C.MSTATUS_MIE ? C.MSTATUS_MPIE : 0n) |
      (BigInt(from) << C.MSTATUS_MPP_SHIFT),
  );
  setPrivilege(hart, C.PRIV_M);
  hart.write(SLOT_PC, enter(hart.read(R.SLOT_MTVEC), cause, interrupt));
  return C.PRIV_M;
}

/** MRET; false (nothing done) when it is illegal here. */
export function returnFromMachine(hart: Hart): boolean {
  if (C.privilegeOf(hart) !== C.PRIV_M) return false;
  const status = hart.read(R.SLOT_MSTATUS);
  const to = Number((status & C.MSTATUS_MPP) >> C.MSTATUS_MPP_SHIFT);
  // As the reference machine: leaving machine mode before any PMP entry is set up is an illegal instruction.
  if (to !== C.PRIV_M && !C.pmpInUse(hart)) return false;
  hart.write(
    R.SLOT_MSTATUS,
    (status & ~(C.MSTATUS_MIE | C.MSTATUS_MPP | (to === C.PRIV_M ? 0n : C.MSTATUS_MPRV))) |
      (status & C.MSTATUS_MPIE ? C.MSTATUS_MIE : 0n) |
      C.MSTATUS_MPIE,
  );
  setPrivilege(hart, to);
  hart.write(SLOT_PC, hart.read(R.SLOT_MEPC));
  return true;
}

/** SRET; false (nothing done) when it is illegal here. */
export function returnFromSupervisor(hart: Hart): boolean {
  const from = C.privilegeOf(hart);
  const status = hart.read(R.SLOT_MSTATUS);
  if (from < C.PRIV_S || (from === C.PRIV_S && status & C.MSTATUS_TSR)) return false;
  hart.write(
    R.SLOT_MSTATUS,
    (status & ~(C.MSTATUS_SIE | C.MSTATUS_SPP | C.MSTATUS_MPRV)) |
      (status & C.MSTATUS_SPIE ? C.MSTATUS_SIE : 0n) |
      C.MSTATUS_SPIE,
  );
  setPrivilege(hart, status & C.MSTATUS_SPP ? C.PRIV_S : C.PRIV_U);
  hart.write(SLOT_PC, hart.read(R.SLOT_SEPC));
  return true;
}

/** True when an interrupt is pending and enabled in mie, whatever mstatus says: what ends WFI. */
export function wakesHart(hart: Hart): boolean {
  return (hart.read(R.SLOT_MIP) & hart.read(R.SLOT_MIE)) !== 0n;
}

/** The cause of the interrupt to be taken now, or -1. */
export function pendingInterrupt(hart: Hart): number {
  const pending = hart.read(R.SLOT_MIP) & hart.read(R.SLOT_MIE);
  if (pending === 0n) return -1;
  const privilege = C.privilegeOf(hart);
  const status = hart.read(R.SLOT_MSTATUS);
  const delegated = hart.read(R.SLOT_MIDELEG);
  const machineOn = privilege < C.PRIV_M || (status & C.MSTATUS_MIE) !== 0n;
  const supervisorOn = privilege < C.PRIV_S || (privilege === C.PRIV_S && (status & C.MSTATUS_SIE) !== 0n);
  const machine = machineOn ? pending & ~delegated : 0n;
  const takeable = machine !== 0n ? machine : supervisorOn ? pending & delegated : 0n;
  return PRIORITY.find((cause) => (takeable >> BigInt(cause)) & 1n) ?? -1;
}
