// Register values of a machine as the two sides exchange them.

import type { MachineControl } from '../emulator/index.ts';

/** All registers of all vCPUs. Inside a run the pc of the vCPU that runs is not in its place: `running` says it. */
export function registerValues(
  machine: MachineControl,
  running?: { readonly pc: number; readonly cpu: number },
): { name: string; cpu: number; value: bigint }[] {
  return machine.cpus.flatMap((cpu) =>
    machine.isa.registers.map((register) => ({
      name: register.name,
      cpu: cpu.index,
      value:
        register.group === 'pc' && running?.cpu === cpu.index
          ? BigInt.asUintN(64, BigInt(running.pc))
          : cpu.read(register.slot),
    })),
  );
}
