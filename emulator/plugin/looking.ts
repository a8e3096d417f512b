// The machine as a plugin sees it that only looks (facade.ts): what tells something is there, what changes the guest or the
// course of the run is refused.

import type { MachineControl } from '../exec/machine-control.ts';

const TELLS: ReadonlySet<keyof MachineControl> = new Set([
  'isa',
  'icount',
  'ended',
  'atSeam',
  'nextCpu',
  'dirtyPages',
  'events',
  'describeBlock',
  'disassemble',
  'effectsOf',
  'symbolAt',
  'block',
]);

/** `refuse` throws the error for a call. */
export function lookingOnly(machine: MachineControl, refuse: (call: string) => void): MachineControl {
  return new Proxy(machine, {
    get(target, key) {
      if (!TELLS.has(key as keyof MachineControl)) refuse(`machine.${String(key)}`);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
