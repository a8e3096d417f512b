// The door of the floating-point room: the helpers of emulator/ir/helper.ts under their names. Each is
// (env, operands as register images, immediate) -> register image. The core beside this file knows no guest; riscv/
// adds the conventions of that one.

export {
  fclass_d,
  fclass_s,
  feq_d,
  feq_s,
  fle_d,
  fle_s,
  flt_d,
  flt_s,
  fmax_d,
  fmax_s,
  fmin_d,
  fmin_s,
} from './riscv/compare';
export {
  fcvt_d_l,
  fcvt_d_lu,
  fcvt_d_s,
  fcvt_d_w,
  fcvt_d_wu,
  fcvt_l_d,
  fcvt_l_s,
  fcvt_lu_d,
  fcvt_lu_s,
  fcvt_s_d,
  fcvt_s_l,
  fcvt_s_lu,
  fcvt_s_w,
  fcvt_s_wu,
  fcvt_w_d,
  fcvt_w_s,
  fcvt_wu_d,
  fcvt_wu_s,
} from './riscv/convert';
export { fadd_d, fdiv_d, fmadd_d, fmul_d, fsqrt_d, fsub_d } from './riscv/double';
export { fadd_s, fdiv_s, fmadd_s, fmul_s, fsqrt_s, fsub_s } from './riscv/single';
