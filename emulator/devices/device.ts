// What every device has in common: a window of registers, and state as plain data. Devices never see the scheduler,
// the memory or the host: clock, interrupt lines and byte sinks are handed to them when they are made.

import type { IoRegion } from '../memory/guest-memory.ts';

/** Drives one interrupt input; devices call it on every evaluation, so a receiver must not count calls. */
export type InterruptLine = (level: boolean) => void;

/** A device with its window. `save` returns plain data (structured-cloneable) that `restore` accepts any number of times. */
export interface Device<State> extends IoRegion {
  /** Back to the state after power-on. */
  reset(): void;
  save(): State;
  restore(state: State): void;
}

/** The unsigned 32-bit word of a register write. */
export function wordOf(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

/** `value` with the bytes from `shift` bits up, `size` bytes wide, replaced by `part`; 64-bit registers on 32-bit buses. */
export function insertBits(value: bigint, part: bigint, shift: number, size: number): bigint {
  const mask = ((1n << BigInt(size * 8)) - 1n) << BigInt(shift);
  return BigInt.asUintN(64, (value & ~mask) | ((part << BigInt(shift)) & mask));
}

/** `size` bytes of `value` from bit `shift`. */
export function extractBits(value: bigint, shift: number, size: number): bigint {
  return BigInt.asUintN(size * 8, value >> BigInt(shift));
}
