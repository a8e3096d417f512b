// Meaning of single-precision instructions (rows/f.ts). A register holds a single NaN-boxed: its high half all ones.

import { Op } from '../../../ir/op.ts';
import { F, X } from '../registers.ts';
import type { F_ROWS } from '../rows/f.ts';
import type { Emit, Emitters } from './emitter.ts';
import { x } from './emitter.ts';
import * as fp from './float.ts';
import { box, fpDirty, fpOn, unboxed } from './float-state.ts';

const SIGN = 1 << 31;

/** fd = magnitude of fs1 with a sign made of both signs; with fs1 = fs2 these are moves, negation, absolute value. */
const signInjection =
  (kind: 'copy' | 'negate' | 'xor'): Emit =>
  (ctx, f) => {
    const { b } = ctx;
    fpOn(ctx);
    fpDirty(ctx);
    const a = unboxed(ctx, F(f.rs1));
    if (f.rs1 === f.rs2) {
      if (kind === 'copy') b.mov(F(f.rd), a);
      else if (kind === 'negate') b.binary(Op.xor, a, b.imm64(SIGN, 0), F(f.rd));
      else b.binary(Op.and, a, b.imm64(~SIGN, -1), F(f.rd));
      return;
    }
    const other = unboxed(ctx, F(f.rs2));
    if (kind === 'xor') {
      b.binary(Op.xor, a, b.binary(Op.and, other, b.imm64(SIGN, 0)), F(f.rd));
      return;
    }
    const sign = b.binary(kind === 'copy' ? Op.and : Op.andc, b.imm64(SIGN, 0), other);
    b.binary(Op.or, b.binary(Op.and, a, b.imm64(~SIGN, -1)), sign, F(f.rd));
  };

export const F_EMITTERS: Emitters<typeof F_ROWS> = {
  flw: fp.floatLoad(2),
  fsw: fp.floatStore(2),
  'fmadd.s': fp.fused('fmadd_s', 0),
  'fmsub.s': fp.fused('fmadd_s', fp.NEGATE_ADDEND),
  'fnmsub.s': fp.fused('fmadd_s', fp.NEGATE_PRODUCT),
  'fnmadd.s': fp.fused('fmadd_s', fp.NEGATE_PRODUCT | fp.NEGATE_ADDEND),
  'fadd.s': fp.rounded2('fadd_s'),
  'fsub.s': fp.rounded2('fsub_s'),
  'fmul.s': fp.rounded2('fmul_s'),
  'fdiv.s': fp.rounded2('fdiv_s'),
  'fsqrt.s': fp.rounded1('fsqrt_s'),
  'fmin.s': fp.exact2('fmin_s'),
  'fmax.s': fp.exact2('fmax_s'),
  'fsgnj.s': signInjection('copy'),
  'fsgnjn.s': signInjection('negate'),
  'fsgnjx.s': signInjection('xor'),
  'fcvt.w.s': fp.toInteger('fcvt_w_s'),
  'fcvt.wu.s': fp.toInteger('fcvt_wu_s'),
  'fcvt.l.s': fp.toInteger('fcvt_l_s'),
  'fcvt.lu.s': fp.toInteger('fcvt_lu_s'),
  'fcvt.s.w': fp.fromInteger('fcvt_s_w'),
  'fcvt.s.wu': fp.fromInteger('fcvt_s_wu'),
  'fcvt.s.l': fp.fromInteger('fcvt_s_l'),
  'fcvt.s.lu': fp.fromInteger('fcvt_s_lu'),
  'feq.s': fp.compare('feq_s'),
  'flt.s': fp.compare('flt_s'),
  'fle.s': fp.compare('fle_s'),
  // Moves take the bits as they are, boxed or not.
  'fmv.x.w': (ctx, f) => {
    fpOn(ctx);
    if (f.rd !== 0) ctx.b.unary(Op.ext32s, F(f.rs1), X(f.rd));
  },
  'fmv.w.x': (ctx, f) => {
    const { b } = ctx;
    fpOn(ctx);
    fpDirty(ctx);
    b.binary(Op.or, x(b, f.rs1), box(ctx), F(f.rd));
  },
  'fclass.s': fp.classify('fclass_s'),
};
