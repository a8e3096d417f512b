// Meaning of double-precision instructions (rows/d.ts).

import { Op } from '../../../ir/op.ts';
import { F, X } from '../registers.ts';
import type { D_ROWS } from '../rows/d.ts';
import type { Emit, Emitters } from './emitter.ts';
import { x } from './emitter.ts';
import * as fp from './float.ts';
import { fpDirty, fpOn } from './float-state.ts';

const SIGN_HIGH = 1 << 31;

/** As for singles (emit/f.ts), without boxes. */
const signInjection =
  (kind: 'copy' | 'negate' | 'xor'): Emit =>
  (ctx, f) => {
    const { b } = ctx;
    fpOn(ctx);
    fpDirty(ctx);
    const a = F(f.rs1);
    const other = F(f.rs2);
    const signBit = b.imm64(0, SIGN_HIGH);
    const magnitude = b.imm64(-1, ~SIGN_HIGH);
    if (f.rs1 === f.rs2) {
      if (kind === 'copy') b.mov(F(f.rd), a);
      else if (kind === 'negate') b.binary(Op.xor, a, signBit, F(f.rd));
      else b.binary(Op.and, a, magnitude, F(f.rd));
      return;
    }
    if (kind === 'xor') {
      b.binary(Op.xor, a, b.binary(Op.and, other, signBit), F(f.rd));
      return;
    }
    const sign = b.binary(kind === 'copy' ? Op.and : Op.andc, signBit, other);
    b.binary(Op.or, b.binary(Op.and, a, magnitude), sign, F(f.rd));
  };

export const D_EMITTERS: Emitters<typeof D_ROWS> = {
  fld: fp.floatLoad(3),
  fsd: fp.floatStore(3),
  'fmadd.d': fp.fused('fmadd_d', 0),
  'fmsub.d': fp.fused('fmadd_d', fp.NEGATE_ADDEND),
  'fnmsub.d': fp.fused('fmadd_d', fp.NEGATE_PRODUCT),
  'fnmadd.d': fp.fused('fmadd_d', fp.NEGATE_PRODUCT | fp.NEGATE_ADDEND),
  'fadd.d': fp.rounded2('fadd_d'),
  'fsub.d': fp.rounded2('fsub_d'),
  'fmul.d': fp.rounded2('fmul_d'),
  'fdiv.d': fp.rounded2('fdiv_d'),
  'fsqrt.d': fp.rounded1('fsqrt_d'),
  'fmin.d': fp.exact2('fmin_d'),
  'fmax.d': fp.exact2('fmax_d'),
  'fsgnj.d': signInjection('copy'),
  'fsgnjn.d': signInjection('negate'),
  'fsgnjx.d': signInjection('xor'),
  'fcvt.w.d': fp.toInteger('fcvt_w_d'),
  'fcvt.wu.d': fp.toInteger('fcvt_wu_d'),
  'fcvt.l.d': fp.toInteger('fcvt_l_d'),
  'fcvt.lu.d': fp.toInteger('fcvt_lu_d'),
  'fcvt.d.w': fp.fromInteger('fcvt_d_w'),
  'fcvt.d.wu': fp.fromInteger('fcvt_d_wu'),
  'fcvt.d.l': fp.fromInteger('fcvt_d_l'),
  'fcvt.d.lu': fp.fromInteger('fcvt_d_lu'),
  'fcvt.s.d': fp.rounded1('fcvt_s_d'),
  'fcvt.d.s': fp.rounded1('fcvt_d_s'),
  'feq.d': fp.compare('feq_d'),
  'flt.d': fp.compare('flt_d'),
  'fle.d': fp.compare('fle_d'),
  'fmv.x.d': (ctx, f) => {
    fpOn(ctx);
    if (f.rd !== 0) ctx.b.mov(X(f.rd), F(f.rs1));
  },
  'fmv.d.x': (ctx, f) => {
    const { b } = ctx;
    fpOn(ctx);
    fpDirty(ctx);
    b.mov(F(f.rd), x(b, f.rs1));
  },
  'fclass.d': fp.classify('fclass_d'),
};
