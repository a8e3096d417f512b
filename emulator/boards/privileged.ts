// Executes the instructions that translated code hands to the platform: CSR accesses, environment calls, returns from
// traps, WFI and fences. An instruction either completes, pc included, or names the exception it raises with pc
// still on it.

import type { Fault } from '../exec/platform.ts';
import type { CsrAccess, CsrContext, CsrOperation, Hart } from '../guest/riscv64/csr.ts';
import { accessCsr, MSTATUS_TVM, MSTATUS_TW, PRIV_M, PRIV_S, PRIV_U, privilegeOf } from '../guest/riscv64/csr.ts';
import { SLOT_MSTATUS, X } from '../guest/riscv64/registers.ts';
import * as T from '../guest/riscv64/trap.ts';
import { SLOT_PC } from '../memory/layout.ts';

const C_EBREAK = 0x9002;
const ECALL = 0x00000073;
const EBREAK = 0x00100073;
const SRET = 0x10200073;
const MRET = 0x30200073;
const WFI = 0x10500073;
/** SFENCE.VMA: rs1 and rs2 are operands. */
const SFENCE_MASK = 0xfe007fff;
const SFENCE_MATCH = 0x12000073;
const OPCODE_SYSTEM = 0x73;
const OPCODE_FENCE = 0x0f;
const FENCE_I = 1;

const CSR_OPERATIONS: readonly (CsrOperation | undefined)[] = [undefined, 'write', 'set', 'clear'];

/** Causes of a failed access: access fault, misaligned. */
const ACCESS_CAUSES = {
  fetch: [T.CAUSE_FETCH_ACCESS, T.CAUSE_FETCH_MISALIGNED],
  load: [T.CAUSE_LOAD_ACCESS, T.CAUSE_LOAD_MISALIGNED],
  store: [T.CAUSE_STORE_ACCESS, T.CAUSE_STORE_MISALIGNED],
} as const;

/** An exception to be taken at pc. */
export interface Exception {
  readonly cause: number;
  readonly tval: bigint;
}

export interface SystemContext extends CsrContext {
  /** WFI has completed: the hart may sleep until an interrupt is pending. */
  wait(hart: Hart): void;
}

/** The bits of an instruction as mtval holds them. */
export function illegalInstruction(word: number): Exception {
  return { cause: T.CAUSE_ILLEGAL, tval: BigInt(word >>> 0) };
}

/** The exception of an access or fetch that failed. */
export function accessException(fault: Fault): Exception {
  return { cause: ACCESS_CAUSES[fault.kind][fault.misaligned ? 1 : 0], tval: fault.address };
}

/** Executes the instruction `word` at the hart's pc. */
export function executeSystem(hart: Hart, word: number, context: SystemContext): Exception | undefined {
  if (word === C_EBREAK) return { cause: T.CAUSE_BREAKPOINT, tval: 0n };
  const opcode = word & 0x7f;
  const funct3 = (word >> 12) & 7;
  if (opcode === OPCODE_FENCE && funct3 === FENCE_I) return advance(hart);
  if (opcode !== OPCODE_SYSTEM) return illegalInstruction(word);
  if (funct3 !== 0) return executeCsr(hart, word, funct3, context);

  const privilege = privilegeOf(hart);
  const status = hart.read(SLOT_MSTATUS);
  if ((word & SFENCE_MASK) === SFENCE_MATCH) {
    const trapped = privilege === PRIV_S && (status & MSTATUS_TVM) !== 0n;
    return privilege === PRIV_U || trapped ? illegalInstruction(word) : advance(hart);
  }
  switch (word) {
    case ECALL:
      return { cause: T.CAUSE_ECALL + privilege, tval: 0n };
    case EBREAK:
      return { cause: T.CAUSE_BREAKPOINT, tval: 0n };
    case MRET:
      return T.returnFromMachine(hart) ? undefined : illegalInstruction(word);
    case SRET:
      return T.returnFromSupervisor(hart) ? undefined : illegalInstruction(word);
    case WFI: {
      const trapped = privilege < PRIV_M && (status & MSTATUS_TW) !== 0n;
      if (privilege === PRIV_U || trapped) return illegalInstruction(word);
      context.wait(hart);
      return advance(hart);
    }
    default:
      return illegalInstruction(word);
  }
}

function advance(hart: Hart): undefined {
  hart.write(SLOT_PC, hart.read(SLOT_PC) + 4n);
}

function executeCsr(hart: Hart, word: number, funct3: number, context: CsrContext): Exception | undefined {
  const operation = CSR_OPERATIONS[funct3 & 3];
  if (operation === undefined) return illegalInstruction(word);
  const rd = (word >> 7) & 31;
  const source = (word >> 15) & 31;
  const immediate = (funct3 & 4) !== 0;
  const access: CsrAccess = {
    operation,
    operand: immediate ? BigInt(source) : hart.read(X(source)),
    reads: operation !== 'write' || rd !== 0,
    writes: operation === 'write' || source !== 0,
  };
  const old = accessCsr(hart, word >>> 20, access, context);
  if (old === undefined) return illegalInstruction(word);
  if (rd !== 0) hart.write(X(rd), old);
  return advance(hart);
}
