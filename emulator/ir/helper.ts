// Helpers that translated code calls in the runtime: one row each, with what they touch. A helper's number is its
// index. In Wasm a helper is `(env: i32, …args: i64, imm: i32) -> i64`, exported by the runtime under its name.

export interface HelperInfo {
  readonly name: string;
  /** Number of i64 operands, 0 to 3. */
  readonly args: 0 | 1 | 2 | 3;
  /** Floating point: reads SLOT_FP_MODE when the immediate's low three bits are 7, ors into SLOT_FP_FLAGS. */
  readonly fp?: boolean;
  /** Reads any global (they are spilled first). */
  readonly readsGlobals?: boolean;
  /** Needs the budget in the environment. */
  readonly icount?: boolean;
  /** Has an effect besides its result and the flags: never deleted. */
  readonly effects?: boolean;
}

const fp = (args: 1 | 2 | 3, ...names: string[]): HelperInfo[] => names.map((name) => ({ name, args, fp: true }));

/**
 * The table. Floating-point values are the guest's register images: single precision is NaN-boxed in 64 bits on
 * input (an unboxed value counts as the canonical NaN) and on output. The immediate's low three bits are the rounding
 * mode (RISC-V encoding, 7 = dynamic). fmadd: bit 3 negates the product, bit 4 negates the addend.
 */
export const HELPERS: readonly HelperInfo[] = [
  ...fp(2, 'fadd_s', 'fsub_s', 'fmul_s', 'fdiv_s', 'fmin_s', 'fmax_s', 'feq_s', 'flt_s', 'fle_s'),
  ...fp(2, 'fadd_d', 'fsub_d', 'fmul_d', 'fdiv_d', 'fmin_d', 'fmax_d', 'feq_d', 'flt_d', 'fle_d'),
  ...fp(1, 'fsqrt_s', 'fsqrt_d'),
  ...fp(3, 'fmadd_s', 'fmadd_d'),
  // to integer: result sign-extended to 64 bits, also for the unsigned 32-bit forms
  ...fp(1, 'fcvt_w_s', 'fcvt_wu_s', 'fcvt_l_s', 'fcvt_lu_s', 'fcvt_w_d', 'fcvt_wu_d', 'fcvt_l_d', 'fcvt_lu_d'),
  // from integer: w and wu take the low 32 bits
  ...fp(1, 'fcvt_s_w', 'fcvt_s_wu', 'fcvt_s_l', 'fcvt_s_lu', 'fcvt_d_w', 'fcvt_d_wu', 'fcvt_d_l', 'fcvt_d_lu'),
  ...fp(1, 'fcvt_s_d', 'fcvt_d_s'),
  { name: 'fclass_s', args: 1 },
  { name: 'fclass_d', args: 1 },
  // Replay under observation (lockstep): digest of the registers at a block's entry (operand = instructions charged to
  // the budget at entry, imm = TB id) and of a store (address, value; imm = memop).
  { name: 'observe_block', args: 1, readsGlobals: true, icount: true, effects: true },
  { name: 'observe_store', args: 2, effects: true },
];

const byName = new Map(HELPERS.map((info, index) => [info.name, index]));

/** The number of the helper called `name`. */
export function helperId(name: string): number {
  const id = byName.get(name);
  if (id === undefined) throw new Error(`internal error: no helper ${name}`);
  return id;
}
