// Exception flags and rounding modes of the soft-float core. The numbers are RISC-V's (fflags, frm); a guest with
// another encoding translates in its own layer. The core only ever raises; a guest layer takes what was raised once
// an operation and adds it to the guest's status register.

export const INEXACT: i32 = 1;
export const UNDERFLOW: i32 = 2;
export const OVERFLOW: i32 = 4;
export const DIVIDE_BY_ZERO: i32 = 8;
export const INVALID: i32 = 16;

export const NEAREST_EVEN: i32 = 0;
export const TOWARD_ZERO: i32 = 1;
export const DOWN: i32 = 2;
export const UP: i32 = 3;
export const NEAREST_AWAY: i32 = 4;

let raised: i32 = 0;

/** Adds `flags` to the exceptions of the operation in progress. */
export function raise(flags: i32): void {
  raised |= flags;
}

/** Returns the exceptions raised since the last call, and forgets them. */
export function takeRaised(): i32 {
  const flags = raised;
  raised = 0;
  return flags;
}
