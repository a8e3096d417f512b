// Meaning of atomics (rows/a.ts). vCPUs take turns at instruction boundaries, so plain loads and stores are atomic and
// aq and rl ask for nothing. All accesses must be aligned.
// A reservation is the address and value LR saw; SC succeeds when both still hold. An SC without a matching reservation
// fails without touching memory, so a bad address faults only where the store would be done.

import type { IrBuilder, Operand } from '../../../ir/ir.ts';
import type { CondName } from '../../../ir/op.ts';
import { MEM_ALIGN, MEM_RMW, MEM_SIGN, Op } from '../../../ir/op.ts';
import { SLOT_RES_ADDR, SLOT_RES_VAL, X } from '../registers.ts';
import type { A_ROWS } from '../rows/a.ts';
import type { Emit, Emitters } from './emitter.ts';
import { x } from './emitter.ts';

type Size = 2 | 3;
/** Size, alignment and extension of a load of an atomic. */
const loadOp = (size: Size): number => (size === 2 ? 2 | MEM_SIGN | MEM_ALIGN : 3 | MEM_ALIGN);

const lr =
  (size: Size): Emit =>
  ({ b }, f) => {
    const address = x(b, f.rs1);
    const value = b.load(loadOp(size), address, 0);
    b.mov(SLOT_RES_ADDR, address);
    b.mov(SLOT_RES_VAL, value);
    if (f.rd !== 0) b.mov(X(f.rd), value);
  };

const sc =
  (size: Size): Emit =>
  ({ b }, f) => {
    const address = x(b, f.rs1);
    const failed = b.newLabel();
    const result = b.block.newTemp();
    b.mov(result, b.imm(1));
    b.brcond('ne', SLOT_RES_ADDR, address, failed);
    // A comparison: nothing is extended into a register.
    let current = b.load(size | MEM_ALIGN | MEM_RMW, address, 0);
    if (size === 2) current = b.unary(Op.ext32s, current);
    b.brcond('ne', SLOT_RES_VAL, current, failed);
    b.store(size | MEM_ALIGN, address, 0, x(b, f.rs2));
    b.mov(result, b.imm(0));
    b.label(failed);
    b.mov(SLOT_RES_ADDR, b.imm(-1));
    if (f.rd !== 0) b.mov(X(f.rd), result);
  };

type Combine = (b: IrBuilder, old: Operand, source: Operand) => Operand;

const amo =
  (size: Size, combine: Combine): Emit =>
  ({ b }, f) => {
    const address = x(b, f.rs1);
    const old = b.load(loadOp(size) | MEM_RMW, address, 0);
    b.store(size | MEM_ALIGN, address, 0, combine(b, old, x(b, f.rs2)));
    if (f.rd !== 0) b.mov(X(f.rd), old);
  };

const op =
  (code: number): Combine =>
  (b, old, source) =>
    b.binary(code, old, source);
const swap: Combine = (_b, _old, source) => source;
const pick =
  (cond: CondName): Combine =>
  (b, old, source) =>
    b.movcond(cond, old, source, old, source);
// The word loaded is sign-extended; extended alike, words compare as 32-bit values, unsigned too.
const pickWord =
  (cond: CondName): Combine =>
  (b, old, source) => {
    const word = b.unary(Op.ext32s, source);
    return b.movcond(cond, old, word, old, word);
  };

export const A_EMITTERS: Emitters<typeof A_ROWS> = {
  'lr.w': lr(2),
  'sc.w': sc(2),
  'amoswap.w': amo(2, swap),
  'amoadd.w': amo(2, op(Op.add)),
  'amoxor.w': amo(2, op(Op.xor)),
  'amoand.w': amo(2, op(Op.and)),
  'amoor.w': amo(2, op(Op.or)),
  'amomin.w': amo(2, pickWord('lt')),
  'amomax.w': amo(2, pickWord('gt')),
  'amominu.w': amo(2, pickWord('ltu')),
  'amomaxu.w': amo(2, pickWord('gtu')),
  'lr.d': lr(3),
  'sc.d': sc(3),
  'amoswap.d': amo(3, swap),
  'amoadd.d': amo(3, op(Op.add)),
  'amoxor.d': amo(3, op(Op.xor)),
  'amoand.d': amo(3, op(Op.and)),
  'amoor.d': amo(3, op(Op.or)),
  'amomin.d': amo(3, pick('lt')),
  'amomax.d': amo(3, pick('gt')),
  'amominu.d': amo(3, pick('ltu')),
  'amomaxu.d': amo(3, pick('gtu')),
};
