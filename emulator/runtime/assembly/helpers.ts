// Helpers by number, for the interpreter; the order is that of ir/helper.ts. Compiled code imports them by name.

import {
  fadd_s,
  fsub_s,
  fmul_s,
  fdiv_s,
  fmin_s,
  fmax_s,
  feq_s,
  flt_s,
  fle_s,
  fadd_d,
  fsub_d,
  fmul_d,
  fdiv_d,
  fmin_d,
  fmax_d,
  feq_d,
  flt_d,
  fle_d,
  fsqrt_s,
  fsqrt_d,
  fmadd_s,
  fmadd_d,
  fcvt_w_s,
  fcvt_wu_s,
  fcvt_l_s,
  fcvt_lu_s,
  fcvt_w_d,
  fcvt_wu_d,
  fcvt_l_d,
  fcvt_lu_d,
  fcvt_s_w,
  fcvt_s_wu,
  fcvt_s_l,
  fcvt_s_lu,
  fcvt_d_w,
  fcvt_d_wu,
  fcvt_d_l,
  fcvt_d_lu,
  fcvt_s_d,
  fcvt_d_s,
  fclass_s,
  fclass_d,
} from "./float/index";
import { observe_block, observe_store } from "./observe";

export function callHelper(helper: i32, env: i32, a: i64, b: i64, c: i64, imm: i32): i64 {
  switch (helper) {
    case 0:
      return fadd_s(env, a, b, imm);
    case 1:
      return fsub_s(env, a, b, imm);
    case 2:
      return fmul_s(env, a, b, imm);
    case 3:
      return fdiv_s(env, a, b, imm);
    case 4:
      return fmin_s(env, a, b, imm);
    case 5:
      return fmax_s(env, a, b, imm);
    case 6:
      return feq_s(env, a, b, imm);
    case 7:
      return flt_s(env, a, b, imm);
    case 8:
      return fle_s(env, a, b, imm);
    case 9:
      return fadd_d(env, a, b, imm);
    case 10:
      return fsub_d(env, a, b, imm);
    case 11:
      return fmul_d(env, a, b, imm);
    case 12:
      return fdiv_d(env, a, b, imm);
    case 13:
      return fmin_d(env, a, b, imm);
    case 14:
      return fmax_d(env, a, b, imm);
    case 15:
      return feq_d(env, a, b, imm);
    case 16:
      return flt_d(env, a, b, imm);
    case 17:
      return fle_d(env, a, b, imm);
    case 18:
      return fsqrt_s(env, a, imm);
    case 19:
      return fsqrt_d(env, a, imm);
    case 20:
      return fmadd_s(env, a, b, c, imm);
    case 21:
      return fmadd_d(env, a, b, c, imm);
    case 22:
      return fcvt_w_s(env, a, imm);
    case 23:
      return fcvt_wu_s(env, a, imm);
    case 24:
      return fcvt_l_s(env, a, imm);
    case 25:
      return fcvt_lu_s(env, a, imm);
    case 26:
      return fcvt_w_d(env, a, imm);
    case 27:
      return fcvt_wu_d(env, a, imm);
    case 28:
      return fcvt_l_d(env, a, imm);
    case 29:
      return fcvt_lu_d(env, a, imm);
    case 30:
      return fcvt_s_w(env, a, imm);
    case 31:
      return fcvt_s_wu(env, a, imm);
    case 32:
      return fcvt_s_l(env, a, imm);
    case 33:
      return fcvt_s_lu(env, a, imm);
    case 34:
      return fcvt_d_w(env, a, imm);
    case 35:
      return fcvt_d_wu(env, a, imm);
    case 36:
      return fcvt_d_l(env, a, imm);
    case 37:
      return fcvt_d_lu(env, a, imm);
    case 38:
      return fcvt_s_d(env, a, imm);
    case 39:
      return fcvt_d_s(env, a, imm);
    case 40:
      return fclass_s(env, a, imm);
    case 41:
      return fclass_d(env, a, imm);
    case 42:
      return observe_block(env, a, imm);
    case 43:
      return observe_store(env, a, b, imm);
    default:
      unreachable();
      return 0;
  }
}
