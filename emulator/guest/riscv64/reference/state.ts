// What a hart of the reference model is made of, and what its instructions can do. Registers are unsigned 64-bit BigInts.
// A hart is user-level state alone: control and status registers other than those of floating point belong to whoever
// steps it, as do environment calls and returns from traps.

import type { ReferenceMemory } from '../../reference.ts';
import { ALL_ONES, u64, type Word } from './numbers.ts';

/** A synchronous exception: mcause and mtval (Privileged ISA §3.1.15, §3.1.16). Nothing of the instruction is done. */
export interface Trap {
  readonly kind: 'trap';
  readonly cause: number;
  readonly tval: Word;
}

/** An instruction that the platform must do, pc included; nothing of it is done. `word` holds its bits. */
export interface SystemInstruction {
  readonly kind: 'system';
  readonly word: number;
}

export type StepResult = { readonly kind: 'retired' } | Trap | SystemInstruction;

export const CAUSE = {
  fetchAccess: 1,
  illegal: 2,
  loadMisaligned: 4,
  loadAccess: 5,
  storeMisaligned: 6,
  storeAccess: 7,
} as const;

/** What LR leaves for SC. `address` is all ones when there is no reservation; `value` is sign-extended. */
export interface Reservation {
  address: Word;
  value: Word;
}

export const NO_RESERVATION: Word = ALL_ONES;

/** mstatus.FS: off (floating point is illegal), initial, clean, dirty (Privileged ISA §3.1.6.6). */
export type FloatStatus = 0 | 1 | 2 | 3;

export class HartState {
  readonly memory: ReferenceMemory;
  /** x0 to x31; write through setX, which keeps x0 zero. */
  readonly x: Word[] = new Array<Word>(32).fill(0n);
  /** f0 to f31; a single is NaN-boxed. */
  readonly f: Word[] = new Array<Word>(32).fill(0n);
  pc: Word = 0n;
  /** Where control goes when the instruction that executes retires. */
  nextPc: Word = 0n;
  fflags = 0;
  frm = 0;
  floatStatus: FloatStatus = 3;
  readonly reservation: Reservation = { address: NO_RESERVATION, value: 0n };

  constructor(memory: ReferenceMemory) {
    this.memory = memory;
  }

  /** Writes the low 64 bits of any integer. */
  setX(register: number, value: bigint): void {
    if (register !== 0) this.x[register] = u64(value);
  }
  setF(register: number, value: bigint): void {
    this.f[register] = u64(value);
    this.floatStatus = 3;
  }
  /** Accrues exception flags. Marks floating point dirty even when they change nothing. */
  raise(flags: number): void {
    this.fflags |= flags;
    this.floatStatus = 3;
  }
}

/** A decoded instruction. Fields its row does not have are 0; `imm` is signed where the manual says so. */
export interface Instruction {
  /** The row's name; of a compressed instruction, that of the instruction it stands for. */
  readonly name: string;
  /** 16-bit forms zero-extended. */
  readonly word: number;
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  readonly rs3: number;
  readonly imm: bigint;
  readonly rm: number;
  readonly csr: number;
}

/** What an instruction does to a hart. Returns undefined when it retires. */
export type Meaning = (hart: HartState, i: Instruction) => Trap | SystemInstruction | undefined;

/** One meaning for each row, by name: a row without one does not compile. */
export type Meanings<Rows extends readonly { readonly name: string }[]> = {
  readonly [Name in Rows[number]['name']]: Meaning;
};

export const trap = (cause: number, tval: Word): Trap => ({ kind: 'trap', cause, tval });
export const illegal: Meaning = (_hart, { word }) => trap(CAUSE.illegal, BigInt(word >>> 0));
/** The platform does it. */
export const system: Meaning = (_hart, { word }) => ({ kind: 'system', word });
