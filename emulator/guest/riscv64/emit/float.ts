// Emitters that F and D share: operations that are helper calls (ir/helper.ts), by helper name.

import { helperId } from '../../../ir/helper.ts';
import { MEM_SIZE, Op } from '../../../ir/op.ts';
import { F, X } from '../registers.ts';
import type { Emit } from './emitter.ts';
import { x, xOut } from './emitter.ts';
import { box, fpDirty, fpOn, roundingMode } from './float-state.ts';

/** fd = helper(fs1, fs2), rounded. */
export const rounded2 = (name: string): Emit => {
  const id = helperId(name);
  return (ctx, f) => {
    fpOn(ctx);
    if (!roundingMode(ctx, f.rm)) return;
    fpDirty(ctx);
    ctx.b.call(id, [F(f.rs1), F(f.rs2)], f.rm, F(f.rd));
  };
};

/** fd = helper(fs1), rounded. */
export const rounded1 = (name: string): Emit => {
  const id = helperId(name);
  return (ctx, f) => {
    fpOn(ctx);
    if (!roundingMode(ctx, f.rm)) return;
    fpDirty(ctx);
    ctx.b.call(id, [F(f.rs1)], f.rm, F(f.rd));
  };
};

/** Bits of the immediate of the fused helpers. */
export const NEGATE_PRODUCT = 8;
export const NEGATE_ADDEND = 16;

/** fd = ±(fs1 × fs2) ± fs3, rounded once. */
export const fused = (name: string, signs: number): Emit => {
  const id = helperId(name);
  return (ctx, f) => {
    fpOn(ctx);
    if (!roundingMode(ctx, f.rm)) return;
    fpDirty(ctx);
    ctx.b.call(id, [F(f.rs1), F(f.rs2), F(f.rs3)], f.rm | signs, F(f.rd));
  };
};

/** fd = helper(fs1, fs2), exact. */
export const exact2 = (name: string): Emit => {
  const id = helperId(name);
  return (ctx, f) => {
    fpOn(ctx);
    fpDirty(ctx);
    ctx.b.call(id, [F(f.rs1), F(f.rs2)], 0, F(f.rd));
  };
};

/** rd = helper(fs1, fs2). Made for x0 too: flags are set. */
export const compare = (name: string): Emit => {
  const id = helperId(name);
  return (ctx, f) => {
    fpOn(ctx);
    fpDirty(ctx);
    ctx.b.call(id, [F(f.rs1), F(f.rs2)], 0, xOut(ctx.b, f.rd));
  };
};

/** rd = helper(fs1), rounded. Made for x0 too: flags are set. */
export const toInteger = (name: string): Emit => {
  const id = helperId(name);
  return (ctx, f) => {
    fpOn(ctx);
    if (!roundingMode(ctx, f.rm)) return;
    fpDirty(ctx);
    ctx.b.call(id, [F(f.rs1)], f.rm, xOut(ctx.b, f.rd));
  };
};

/** fd = helper(rs1), rounded. */
export const fromInteger = (name: string): Emit => {
  const id = helperId(name);
  return (ctx, f) => {
    fpOn(ctx);
    if (!roundingMode(ctx, f.rm)) return;
    fpDirty(ctx);
    ctx.b.call(id, [x(ctx.b, f.rs1)], f.rm, F(f.rd));
  };
};

/** rd = class of fs1; sets no flags. */
export const classify = (name: string): Emit => {
  const id = helperId(name);
  return (ctx, f) => {
    fpOn(ctx);
    if (f.rd !== 0) ctx.b.call(id, [F(f.rs1)], 0, X(f.rd));
  };
};

/** A word is boxed on the way in. */
export const floatLoad =
  (memop: number): Emit =>
  (ctx, f) => {
    const { b } = ctx;
    fpOn(ctx);
    if ((memop & MEM_SIZE) === 3) {
      b.load(memop, x(b, f.rs1), f.imm, F(f.rd));
      fpDirty(ctx);
    } else {
      const word = b.load(memop, x(b, f.rs1), f.imm);
      fpDirty(ctx);
      b.binary(Op.or, word, box(ctx), F(f.rd));
    }
  };

export const floatStore =
  (memop: number): Emit =>
  (ctx, f) => {
    fpOn(ctx);
    ctx.b.store(memop, x(ctx.b, f.rs1), f.imm, F(f.rs2));
  };
