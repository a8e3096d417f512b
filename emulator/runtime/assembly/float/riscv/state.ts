// RISC-V conventions on top of the core: where the rounding mode and the accrued flags live, NaN-boxing, and what NaN
// operands give (always the canonical NaN; a signalling one raises invalid).

import { SLOT_FP_FLAGS, SLOT_FP_MODE } from '../../../../memory/layout';
import { INEXACT, INVALID, NEAREST_EVEN, takeRaised } from '../exceptions';
import { DEFAULT_NAN_32, DEFAULT_NAN_64, isSignalling32, isSignalling64 } from '../format';

const MODE_MASK: i32 = 7;
const MODE_DYNAMIC: i32 = 7;
const BOX: u64 = 0xffffffff00000000;

/**
 * The rounding mode an instruction asks for. The reserved encodings 5 and 6 are illegal instructions, which whoever
 * translates refuses before it comes here.
 */
export function roundingMode(env: i32, immediate: i32): i32 {
  const mode = immediate & MODE_MASK;
  return mode === MODE_DYNAMIC ? load<i32>((env + 8 * SLOT_FP_MODE) as usize) & MODE_MASK : mode;
}

export function roundsToNearestEven(env: i32, immediate: i32): bool {
  return roundingMode(env, immediate) === NEAREST_EVEN;
}

export function accrue(env: i32, flags: i32): void {
  const address = (env + 8 * SLOT_FP_FLAGS) as usize;
  store<i64>(address, load<i64>(address) | (flags as i64));
}

/** Once inexact has accrued, whether one more result is exact no longer shows. */
export function inexactAccrued(env: i32): bool {
  return (load<i32>((env + 8 * SLOT_FP_FLAGS) as usize) & INEXACT) !== 0;
}

/** Adds what the core raised to the accrued flags. */
export function accrueRaised(env: i32): void {
  const flags = takeRaised();
  if (flags !== 0) accrue(env, flags);
}

/** The single in a register; anything not NaN-boxed counts as the canonical NaN. */
export function unbox(register: i64): u32 {
  return (register as u64) >= BOX ? (register as u32) : DEFAULT_NAN_32;
}

export function box(bits: u64): i64 {
  return (bits | BOX) as i64;
}

/** The result of an operation with at least one NaN among its operands; for fewer than three, repeat one. */
export function nanResult64(env: i32, a: u64, b: u64, c: u64): i64 {
  if (isSignalling64(a) || isSignalling64(b) || isSignalling64(c)) accrue(env, INVALID);
  return DEFAULT_NAN_64 as i64;
}

export function nanResult32(env: i32, a: u32, b: u32, c: u32): i64 {
  if (isSignalling32(a) || isSignalling32(b) || isSignalling32(c)) accrue(env, INVALID);
  return box(DEFAULT_NAN_32 as u64);
}
