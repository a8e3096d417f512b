// Meaning of CSR instructions (rows/zicsr.ts). The floating-point CSRs fflags, frm and fcsr are plain state and stay in
// the block; every other CSR is the platform's.

import type { IrBuilder, Operand } from '../../../ir/ir.ts';
import { Op } from '../../../ir/op.ts';
import { SLOT_FP_FLAGS, SLOT_FP_MODE } from '../../../memory/layout.ts';
import type { TranslateContext } from '../../isa.ts';
import type { Fields } from '../formats.ts';
import { X } from '../registers.ts';
import type { ZICSR_ROWS } from '../rows/zicsr.ts';
import type { Emit, Emitters } from './emitter.ts';
import { x } from './emitter.ts';
import { forgetRoundingMode, fpDirty, fpOn } from './float-state.ts';
import { system } from './i.ts';

const FFLAGS = 1;
const FRM = 2;
const FCSR = 3;
const FFLAGS_MASK = 31;
const FRM_MASK = 7;
const FRM_SHIFT = 5;

/** A temporary with the CSR's value. */
function read(b: IrBuilder, csr: number): Operand {
  const value = b.block.newTemp();
  if (csr === FFLAGS) b.mov(value, SLOT_FP_FLAGS);
  else if (csr === FRM) b.mov(value, SLOT_FP_MODE);
  else b.binary(Op.or, b.binary(Op.shl, SLOT_FP_MODE, b.imm(FRM_SHIFT)), SLOT_FP_FLAGS, value);
  return value;
}

function write(ctx: TranslateContext, csr: number, value: Operand): void {
  const { b } = ctx;
  fpDirty(ctx);
  // `value` may be an integer register but never one of the two slots written here.
  if (csr !== FRM) b.binary(Op.and, value, b.imm(FFLAGS_MASK), SLOT_FP_FLAGS);
  if (csr === FFLAGS) return;
  const mode = csr === FRM ? value : b.binary(Op.shr, value, b.imm(FRM_SHIFT));
  b.binary(Op.and, mode, b.imm(FRM_MASK), SLOT_FP_MODE);
  forgetRoundingMode(ctx);
}

type Kind = 'write' | 'set' | 'clear';

const csr =
  (kind: Kind, immediate: boolean): Emit =>
  (ctx, f) => {
    if (f.csr < FFLAGS || f.csr > FCSR) return system(ctx, f);
    const { b } = ctx;
    fpOn(ctx);
    const source = immediate ? b.imm(f.imm) : x(b, f.rs1);
    if (kind === 'write') {
      const old = f.rd === 0 ? undefined : read(b, f.csr);
      write(ctx, f.csr, source);
      if (old !== undefined) b.mov(X(f.rd), old);
      return;
    }
    const old = read(b, f.csr);
    // Set and clear with x0 or 0 as the source do not write.
    if (!isZeroSource(f, immediate)) write(ctx, f.csr, b.binary(kind === 'set' ? Op.or : Op.andc, old, source));
    if (f.rd !== 0) b.mov(X(f.rd), old);
  };

function isZeroSource(f: Fields, immediate: boolean): boolean {
  return (immediate ? f.imm : f.rs1) === 0;
}

export const ZICSR_EMITTERS: Emitters<typeof ZICSR_ROWS> = {
  csrrw: csr('write', false),
  csrrs: csr('set', false),
  csrrc: csr('clear', false),
  csrrwi: csr('write', true),
  csrrsi: csr('set', true),
  csrrci: csr('clear', true),
};
