// Meaning of bit manipulation (rows/zba.ts, zbb.ts, zbs.ts).

import type { IrBuilder, Operand } from '../../../ir/ir.ts';
import type { CondName } from '../../../ir/op.ts';
import { Op } from '../../../ir/op.ts';
import { X } from '../registers.ts';
import type { ZBA_ROWS } from '../rows/zba.ts';
import type { ZBB_ROWS } from '../rows/zbb.ts';
import type { ZBS_ROWS } from '../rows/zbs.ts';
import type { Emit, Emitters } from './emitter.ts';
import { binary, binaryImm, unary, x } from './emitter.ts';

/** rd = (rs1 << shift) + rs2, of the low word of rs1 when `word`. */
const shiftAdd =
  (shift: number, word: boolean): Emit =>
  ({ b }, f) => {
    if (f.rd === 0) return;
    const base = word ? b.unary(Op.ext32u, x(b, f.rs1)) : x(b, f.rs1);
    const scaled = shift === 0 ? base : b.binary(Op.shl, base, b.imm(shift));
    b.binary(Op.add, scaled, x(b, f.rs2), X(f.rd));
  };

export const ZBA_EMITTERS: Emitters<typeof ZBA_ROWS> = {
  'add.uw': shiftAdd(0, true),
  sh1add: shiftAdd(1, false),
  sh2add: shiftAdd(2, false),
  sh3add: shiftAdd(3, false),
  'sh1add.uw': shiftAdd(1, true),
  'sh2add.uw': shiftAdd(2, true),
  'sh3add.uw': shiftAdd(3, true),
  'slli.uw': ({ b }, f) => {
    if (f.rd !== 0) b.binary(Op.shl, b.unary(Op.ext32u, x(b, f.rs1)), b.imm(f.imm), X(f.rd));
  },
};

const pick =
  (cond: CondName): Emit =>
  ({ b }, f) => {
    if (f.rd === 0) return;
    const left = x(b, f.rs1);
    const right = x(b, f.rs2);
    b.movcond(cond, left, right, left, right, X(f.rd));
  };

/** A 32-bit rotation is the 64-bit one of the word written twice. */
const rotateWord =
  (op: number, count: (b: IrBuilder, rs2: number, imm: number) => Operand): Emit =>
  ({ b }, f) => {
    if (f.rd === 0) return;
    const word = b.unary(Op.ext32u, x(b, f.rs1));
    const twice = b.binary(Op.or, word, b.binary(Op.shl, word, b.imm(32)));
    b.unary(Op.ext32s, b.binary(op, twice, count(b, f.rs2, f.imm)), X(f.rd));
  };

// A byte + 0x7f, its top bit taken away first, carries into the top bit unless the low seven are 0.
const orcB: Emit = ({ b }, f) => {
  if (f.rd === 0) return;
  const low = b.imm64(0x7f7f7f7f, 0x7f7f7f7f);
  const value = x(b, f.rs1);
  const carried = b.binary(Op.add, b.binary(Op.and, value, low), low);
  const nonzero = b.binary(Op.andc, b.binary(Op.or, carried, value), low);
  const ones = b.binary(Op.shr, nonzero, b.imm(7));
  b.binary(Op.mul, ones, b.imm(255), X(f.rd));
};

export const ZBB_EMITTERS: Emitters<typeof ZBB_ROWS> = {
  andn: binary(Op.andc),
  orn: binary(Op.orc),
  xnor: binary(Op.eqv),
  clz: unary(Op.clz),
  ctz: unary(Op.ctz),
  cpop: unary(Op.ctpop),
  clzw: ({ b }, f) => {
    if (f.rd === 0) return;
    b.binary(Op.sub, b.unary(Op.clz, b.unary(Op.ext32u, x(b, f.rs1))), b.imm(32), X(f.rd));
  },
  // A one above the word stops the count at 32.
  ctzw: ({ b }, f) => {
    if (f.rd !== 0) b.unary(Op.ctz, b.binary(Op.or, x(b, f.rs1), b.imm64(0, 1)), X(f.rd));
  },
  cpopw: ({ b }, f) => {
    if (f.rd !== 0) b.unary(Op.ctpop, b.unary(Op.ext32u, x(b, f.rs1)), X(f.rd));
  },
  min: pick('lt'),
  minu: pick('ltu'),
  max: pick('gt'),
  maxu: pick('gtu'),
  'sext.b': unary(Op.ext8s),
  'sext.h': unary(Op.ext16s),
  'zext.h': unary(Op.ext16u),
  rol: binary(Op.rotl),
  ror: binary(Op.rotr),
  rori: binaryImm(Op.rotr),
  rolw: rotateWord(Op.rotl, (b, rs2) => x(b, rs2)),
  rorw: rotateWord(Op.rotr, (b, rs2) => x(b, rs2)),
  roriw: rotateWord(Op.rotr, (b, _rs2, imm) => b.imm(imm)),
  'orc.b': orcB,
  rev8: unary(Op.bswap),
};

/** rd = combine(rs1, 1 << count). */
const singleBit =
  (op: number, immediate: boolean): Emit =>
  ({ b }, f) => {
    if (f.rd === 0) return;
    const count = immediate ? b.imm(f.imm) : x(b, f.rs2);
    b.binary(op, x(b, f.rs1), b.binary(Op.shl, b.imm(1), count), X(f.rd));
  };

const extractBit =
  (immediate: boolean): Emit =>
  ({ b }, f) => {
    if (f.rd === 0) return;
    const count = immediate ? b.imm(f.imm) : x(b, f.rs2);
    b.binary(Op.and, b.binary(Op.shr, x(b, f.rs1), count), b.imm(1), X(f.rd));
  };

export const ZBS_EMITTERS: Emitters<typeof ZBS_ROWS> = {
  bclr: singleBit(Op.andc, false),
  bclri: singleBit(Op.andc, true),
  bext: extractBit(false),
  bexti: extractBit(true),
  binv: singleBit(Op.xor, false),
  binvi: singleBit(Op.xor, true),
  bset: singleBit(Op.or, false),
  bseti: singleBit(Op.or, true),
};
