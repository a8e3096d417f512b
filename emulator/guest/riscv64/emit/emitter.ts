// What every emitter is and uses. An emitter says what one instruction means, in IR; it reads registers as direct
// operands and writes them after the last op of the instruction that may fault.

import type { IrBuilder, Operand } from '../../../ir/ir.ts';
import { Op } from '../../../ir/op.ts';
import { EXIT_ILLEGAL } from '../../../memory/layout.ts';
import type { TranslateContext } from '../../isa.ts';
import type { Fields, RiscvRow } from '../formats.ts';
import { X } from '../registers.ts';

export type Emit = (ctx: TranslateContext, f: Fields) => void;

/** One emitter for each row, by name: a row without one does not compile. */
export type Emitters<Rows extends readonly RiscvRow[]> = { readonly [Name in Rows[number]['name']]: Emit };

/** Integer register n to read: x0 is the constant 0. */
export function x(b: IrBuilder, n: number): Operand {
  return n === 0 ? b.imm(0) : X(n);
}

/** Where an instruction that must run for its effects puts its result: rd, or a temporary for x0. */
export function xOut(b: IrBuilder, rd: number): Operand {
  return rd === 0 ? b.block.newTemp() : X(rd);
}

/** Ends the block with an illegal instruction. */
export function illegal(ctx: TranslateContext): void {
  ctx.b.exit(EXIT_ILLEGAL, ctx.word);
  ctx.ended = true;
}

/** rd = op(rs1, rs2). */
export const binary =
  (op: number): Emit =>
  ({ b }, f) => {
    if (f.rd !== 0) b.binary(op, x(b, f.rs1), x(b, f.rs2), X(f.rd));
  };

/** rd = op(rs1, imm). */
export const binaryImm =
  (op: number): Emit =>
  ({ b }, f) => {
    if (f.rd !== 0) b.binary(op, x(b, f.rs1), b.imm(f.imm), X(f.rd));
  };

/** rd = op(rs1). */
export const unary =
  (op: number): Emit =>
  ({ b }, f) => {
    if (f.rd !== 0) b.unary(op, x(b, f.rs1), X(f.rd));
  };

/** rd = sign-extended low 32 bits of op(rs1, rs2), with the sources extended by `extend` first when given. */
export const binaryWord =
  (op: number, extend?: number): Emit =>
  ({ b }, f) => {
    if (f.rd === 0) return;
    const a = extend === undefined ? x(b, f.rs1) : b.unary(extend, x(b, f.rs1));
    const c = extend === undefined ? x(b, f.rs2) : b.unary(extend, x(b, f.rs2));
    b.unary(Op.ext32s, b.binary(op, a, c), X(f.rd));
  };
