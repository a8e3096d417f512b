// A hart without a machine for tests of CSRs and traps: a real environment block, and a context moved by hand.

import type { SystemContext } from '../../emulator/boards/privileged.ts';
import { Cpu } from '../../emulator/exec/cpu.ts';
import { MSTATUS_XLEN, PRIV_M } from '../../emulator/guest/riscv64/csr.ts';
import { SLOT_MSTATUS, SLOT_PRIV } from '../../emulator/guest/riscv64/registers.ts';
import { ENV_BASE, ENV_SIZE } from '../../emulator/memory/layout.ts';

export interface TestHart {
  readonly cpu: Cpu;
  readonly context: SystemContext & {
    instructions: bigint;
    ticks: bigint;
    line: boolean;
    waits: number;
    timerChanges: number;
  };
}

export function makeHart(): TestHart {
  const cpu = new Cpu(new ArrayBuffer(ENV_BASE + ENV_SIZE), 0);
  cpu.write(SLOT_PRIV, BigInt(PRIV_M));
  cpu.write(SLOT_MSTATUS, MSTATUS_XLEN);
  const context = {
    instructions: 0n,
    ticks: 0n,
    line: false,
    waits: 0,
    timerChanges: 0,
    icount: () => context.instructions,
    time: () => context.ticks,
    externalSupervisor: () => context.line,
    supervisorTimerChanged: () => {
      context.timerChanges++;
    },
    wait: () => {
      context.waits++;
    },
  };
  return { cpu, context };
}
