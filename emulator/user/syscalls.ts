// The table of system calls by number (riscv64 uses the generic numbers), and how a call is drawn for people.

import { must } from '../must.ts';
import type { SyscallRow } from './call.ts';
import { DESCRIPTOR_SYSCALLS } from './descriptor-syscalls.ts';
import { errnoName } from './errno.ts';
import { FILES_SYSCALLS } from './files-syscalls.ts';
import { IO_SYSCALLS } from './io-syscalls.ts';
import { MEMORY_SYSCALLS } from './memory-syscalls.ts';
import { POLL_SYSCALLS } from './poll-syscalls.ts';
import { PROCESS_SYSCALLS } from './process-syscalls.ts';
import { SIGNAL_SYSCALLS } from './signal-syscalls.ts';
import { THREAD_SYSCALLS } from './thread-syscalls.ts';
import { TIME_SYSCALLS } from './time-syscalls.ts';

function tableOf(groups: readonly (readonly SyscallRow[])[]): ReadonlyMap<number, SyscallRow> {
  const table = new Map<number, SyscallRow>();
  for (const row of groups.flat()) {
    must(!table.has(row.number), `system call ${row.number} has two rows`);
    table.set(row.number, row);
  }
  return table;
}

export const SYSCALLS = tableOf([
  DESCRIPTOR_SYSCALLS,
  FILES_SYSCALLS,
  IO_SYSCALLS,
  MEMORY_SYSCALLS,
  POLL_SYSCALLS,
  PROCESS_SYSCALLS,
  SIGNAL_SYSCALLS,
  THREAD_SYSCALLS,
  TIME_SYSCALLS,
]);

/** `write(1, 0x4000803010, 12) = 12`. Registers are unsigned 64-bit values. */
export function describeCall(number: number, args: readonly bigint[], result: number | undefined): string {
  const row = SYSCALLS.get(number);
  const forms = row?.args ?? 'xxxxxx';
  const text = [...forms].map((form, i) => {
    const value = args[i]!;
    if (form === 'x') return `0x${value.toString(16)}`;
    if (form === 'o') return `0${BigInt.asUintN(32, value).toString(8)}`;
    // Descriptors and flags are ints; a size beyond 32 bits is shown whole.
    return value >= 0xffffffff80000000n ? BigInt.asIntN(64, value).toString() : value.toString();
  });
  const call = `${row?.name ?? `syscall_${number}`}(${text.join(', ')})`;
  if (result === undefined) return call;
  if (result < 0 && result > -4096) return `${call} = -${errnoName(-result)}`;
  return `${call} = ${result > 65535 ? `0x${result.toString(16)}` : result}`;
}
