// The reference model as one vCPU of a machine: registers come from the vCPU's environment and go back there, results are
// said in words that belong to no instruction set. Nothing here gives an instruction a meaning.

import { SLOT_FP_FLAGS, SLOT_FP_MODE, SLOT_PC } from '../../../memory/layout.ts';
import type { ReferenceMemory, ReferenceModel, ReferenceStop } from '../../reference.ts';
import { F, SLOT_MSTATUS, SLOT_RES_ADDR, SLOT_RES_VAL, X } from '../registers.ts';
import { ReferenceHart } from './hart.ts';
import { CAUSE, type FloatStatus, type Trap } from './state.ts';

/** mstatus.FS and its summary bit SD (Privileged ISA §3.1.6.6). */
const FS_SHIFT = 13n;
const FS_DIRTY: FloatStatus = 3;
const FS_MASK = BigInt(FS_DIRTY) << FS_SHIFT;
const SD = 1n << 63n;

class EnvironmentHart implements ReferenceModel {
  private readonly hart: ReferenceHart;
  private readonly userMode: boolean;

  /** In user mode floating point is always on, and there is no mstatus. */
  constructor(memory: ReferenceMemory, userMode: boolean) {
    this.hart = new ReferenceHart(memory);
    this.userMode = userMode;
  }

  get pc(): bigint {
    return this.hart.pc;
  }

  load(slots: BigUint64Array): void {
    const { hart } = this;
    hart.pc = slots[SLOT_PC]!;
    for (let n = 0; n < 32; n++) {
      hart.x[n] = slots[X(n)]!;
      hart.f[n] = slots[F(n)]!;
    }
    hart.fflags = Number(slots[SLOT_FP_FLAGS]);
    hart.frm = Number(slots[SLOT_FP_MODE]);
    hart.reservation.address = slots[SLOT_RES_ADDR]!;
    hart.reservation.value = slots[SLOT_RES_VAL]!;
    hart.floatStatus = this.userMode ? FS_DIRTY : (Number((slots[SLOT_MSTATUS]! & FS_MASK) >> FS_SHIFT) as FloatStatus);
  }

  save(slots: BigUint64Array): void {
    const { hart } = this;
    slots[SLOT_PC] = hart.pc;
    for (let n = 1; n < 32; n++) slots[X(n)] = hart.x[n]!;
    for (let n = 0; n < 32; n++) slots[F(n)] = hart.f[n]!;
    slots[SLOT_FP_FLAGS] = BigInt(hart.fflags);
    slots[SLOT_FP_MODE] = BigInt(hart.frm);
    slots[SLOT_RES_ADDR] = hart.reservation.address;
    slots[SLOT_RES_VAL] = hart.reservation.value;
    // An instruction may only make it dirty.
    if (!this.userMode && hart.floatStatus === FS_DIRTY) slots[SLOT_MSTATUS] = slots[SLOT_MSTATUS]! | FS_MASK | SD;
  }

  step(): ReferenceStop | undefined {
    const result = this.hart.step();
    if (result.kind === 'retired') return undefined;
    return result.kind === 'system' ? { kind: 'system', word: result.word } : stopOf(result);
  }
}

function stopOf({ cause, tval }: Trap): ReferenceStop {
  if (cause === CAUSE.illegal) return { kind: 'illegal', word: Number(tval) };
  const misaligned = cause === CAUSE.loadMisaligned || cause === CAUSE.storeMisaligned;
  const isLoad = cause === CAUSE.loadMisaligned || cause === CAUSE.loadAccess;
  const access = cause === CAUSE.fetchAccess ? 'fetch' : isLoad ? 'load' : 'store';
  return { kind: 'fault', access, address: tval, misaligned };
}

/** As GuestIsa.reference. */
export function environmentHart(memory: ReferenceMemory, userMode: boolean): ReferenceModel {
  return new EnvironmentHart(memory, userMode);
}
