// RV64GC with Zba, Zbb and Zbs as the machine sees it.

import type { GuestIsa } from '../isa.ts';
import { disassemble } from './disassemble.ts';
import { instructionLength } from './length.ts';
import { environmentHart } from './reference/index.ts';
import { REGISTERS, SLOT_END } from './registers.ts';
import { translate } from './translate.ts';

const EM_RISCV = 243;

export const riscv64: GuestIsa = {
  name: 'riscv64',
  elfMachine: EM_RISCV,
  registers: REGISTERS,
  slotEnd: SLOT_END,
  translate,
  reference: environmentHart,
  disassemble,
  instructionLength,
};
