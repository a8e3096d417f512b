// The floating-point unit's state as instructions meet it: whether it is on (mstatus.FS), marking it dirty, and the
// rounding mode. Each check is emitted once a block; ctx.facts remembers. Facts are set on straight-line code only.

import type { Operand } from '../../../ir/ir.ts';
import { Op } from '../../../ir/op.ts';
import { EXIT_ILLEGAL, SLOT_FP_MODE } from '../../../memory/layout.ts';
import type { TranslateContext } from '../../isa.ts';
import { SLOT_MSTATUS } from '../registers.ts';
import { illegal } from './emitter.ts';

const FACT_FP_ON = 1;
const FACT_FP_DIRTY = 2;
const FACT_FRM_VALID = 4;

/** mstatus.FS = Dirty, and SD (Privileged ISA §3.1.6.6). */
const FS_DIRTY = 3 << 13;
const SD_HIGH = 1 << 31;

/** Rounding modes of the rm field; 5 and 6 are reserved. */
const RM_DYNAMIC = 7;
const RM_LAST = 4;

/** Emits the check that floating point is on. The first thing a floating-point instruction does. */
export function fpOn(ctx: TranslateContext): void {
  if (ctx.userMode || ctx.facts & FACT_FP_ON) return;
  const { b } = ctx;
  const on = b.newLabel();
  b.brcond('ne', b.binary(Op.and, SLOT_MSTATUS, b.imm(FS_DIRTY)), b.imm(0), on);
  b.exit(EXIT_ILLEGAL, ctx.word);
  b.label(on);
  ctx.facts |= FACT_FP_ON;
}

/** Marks the floating-point state dirty: registers, or flags. Call after the instruction's last op that may fault. */
export function fpDirty(ctx: TranslateContext): void {
  if (ctx.userMode || ctx.facts & FACT_FP_DIRTY) return;
  const { b } = ctx;
  b.binary(Op.or, SLOT_MSTATUS, b.imm64(FS_DIRTY, SD_HIGH), SLOT_MSTATUS);
  ctx.facts |= FACT_FP_DIRTY;
}

/**
 * Checks the rm field, and frm when it is dynamic. Returns false when the instruction is illegal whatever frm holds
 * (then the block has ended).
 */
export function roundingMode(ctx: TranslateContext, rm: number): boolean {
  if (rm <= RM_LAST) return true;
  if (rm !== RM_DYNAMIC) {
    illegal(ctx);
    return false;
  }
  if (ctx.facts & FACT_FRM_VALID) return true;
  const { b } = ctx;
  const valid = b.newLabel();
  b.brcond('leu', SLOT_FP_MODE, b.imm(RM_LAST), valid);
  b.exit(EXIT_ILLEGAL, ctx.word);
  b.label(valid);
  ctx.facts |= FACT_FRM_VALID;
  return true;
}

/** frm has been written: it must be checked again. */
export function forgetRoundingMode(ctx: TranslateContext): void {
  ctx.facts &= ~FACT_FRM_VALID;
}

/** A register's value as a single: the canonical NaN unless it is NaN-boxed (Unprivileged ISA §12.2). */
export function unboxed(ctx: TranslateContext, value: Operand): Operand {
  const { b } = ctx;
  const high = b.binary(Op.shr, value, b.imm(32));
  return b.movcond('eq', high, b.imm64(-1, 0), value, b.imm64(0x7fc00000, -1));
}

/** The constant that NaN-boxes a zero-extended single when or-ed into it. */
export function box(ctx: TranslateContext): Operand {
  return ctx.b.imm64(0, -1);
}
