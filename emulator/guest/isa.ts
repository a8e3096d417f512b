// What an instruction-set architecture provides to the rest of the machine. A guest folder knows nothing of back
// ends, devices or system calls: it decodes, says what an instruction means in IR, prints it, and lays out registers.

import type { GuestAddr } from '../bits.ts';
import type { IrBuilder } from '../ir/ir.ts';
import type { ReferenceMemory, ReferenceModel } from './reference.ts';

/** One architectural register as plugins, reports and debuggers see it. */
export interface RegisterInfo {
  /** Name in reports: the ABI name where there is one (`a0`), else the manual's (`mstatus`). */
  readonly name: string;
  /** Other names accepted in commands (`x10`). */
  readonly aliases: readonly string[];
  /** Where it lives: byte offset in the environment is 8 * slot. */
  readonly slot: number;
  readonly group: 'pc' | 'integer' | 'float' | 'system' | 'reservation';
  readonly readonly?: boolean;
}

/** What an emitter may ask for and must say; made by the block former, one a block. */
export interface TranslateContext {
  readonly b: IrBuilder;
  /** Address of the instruction being translated and of the one after it (set by the ISA from the decoded length). */
  pc: GuestAddr;
  nextPc: GuestAddr;
  /** The instruction's bits as an int32: 16-bit forms zero-extended. */
  word: number;
  /** User mode: no privileged state; machine CSRs are illegal. */
  readonly userMode: boolean;
  /** Set by an emitter that has emitted the end of the block (goto_tb, goto_ptr, exit on every path). */
  ended: boolean;
  /** Set by an emitter whose instruction must be the block's last although control goes on at nextPc. */
  endAfter: boolean;
  /** Facts an ISA keeps about the block so far (for example: rounding mode already checked). Cleared per block. */
  facts: number;
  /** Reads 16 bits of code; -1 when the page is not executable. */
  fetch16(addr: GuestAddr): number;
  /** Asks whether the alternative lowering `rule` may be used for this instruction (see passes/change.ts). */
  change(rule: string): boolean;
}

export interface GuestIsa {
  readonly name: string;
  /** ELF e_machine. */
  readonly elfMachine: number;
  /** Every architectural register, pc first; also what digests and comparisons cover. */
  readonly registers: readonly RegisterInfo[];
  /** Slots 0 and SLOT_FP_MODE up to this one (exclusive) hold all architectural state of a vCPU. */
  readonly slotEnd: number;
  /**
   * Decodes the instruction at ctx.pc, sets ctx.word and ctx.nextPc and emits its meaning. Returns its length in
   * bytes, or 0 when it cannot be fetched (nothing emitted). An unknown encoding emits `exit EXIT_ILLEGAL`.
   */
  translate(ctx: TranslateContext): number;
  /** The model of one vCPU that says what instructions mean without IR. In user mode there is no privileged state. */
  reference(memory: ReferenceMemory, userMode: boolean): ReferenceModel;
  /** Text of the instruction in GNU objdump's spelling (`addi a0,a0,1`), numeric targets as `0x…`; never throws. */
  disassemble(pc: GuestAddr, bytes: Uint8Array): string;
  /** Length of the instruction that starts with these 16 bits. */
  instructionLength(first16: number): number;
}
