// A device as the bus of a board shows it: every access is an event of the instruction stream, and what the device
// refuses (offset or size) reads as 0 and writes nothing, should memory let it through instead of faulting.

import { hex } from '../bits.ts';
import type { Cpu } from '../exec/cpu.ts';
import type { PlatformHost } from '../exec/platform.ts';
import type { IoRegion } from '../memory/guest-memory.ts';

/** `region` with its accesses reported to `host`; `current` is the vCPU that runs. */
export function watched(region: IoRegion, base: number, host: PlatformHost, current: () => Cpu): IoRegion {
  const record = (offset: number, size: number, value: bigint, write: boolean): void =>
    host.event({
      kind: 'io',
      cpu: current().index,
      detail: [BigInt(base + offset), BigInt(size), value, write ? 1n : 0n],
      text: `${region.name} ${write ? 'write' : 'read'} ${hex(base + offset)} size ${size}: ${hex(value)}`,
    });
  const accepts = (offset: number, size: number, write: boolean): boolean =>
    region.accepts?.(offset, size, write) ?? true;
  return {
    name: region.name,
    accepts,
    read(offset, size) {
      const value = accepts(offset, size, false) ? region.read(offset, size) : 0n;
      record(offset, size, value, false);
      return value;
    },
    write(offset, size, value) {
      record(offset, size, value, true);
      if (accepts(offset, size, true)) region.write(offset, size, value);
    },
  };
}
