// The instructions of F and D (Unprivileged ISA, chapters 11 and 12): operands out of registers, arithmetic, results and
// flags back. A single in a register is NaN-boxed: one that is not counts as the canonical NaN (§12.2).

import type { D_ROWS } from '../rows/d.ts';
import type { F_ROWS } from '../rows/f.ts';
import * as arithmetic from './float-arithmetic.ts';
import { canonicalNan, DOUBLE, type Format, type Result, SINGLE } from './float-format.ts';
import { effectiveAddress, readMemory, writeMemory } from './memory-access.ts';
import { ALL_ONES, s32, s64, u32, u64, type Word } from './numbers.ts';
import { type HartState, illegal, type Meaning, type Meanings } from './state.ts';

const BOX = (ALL_ONES << 32n) & ALL_ONES;

function operand(hart: HartState, format: Format, register: number): bigint {
  const word = hart.f[register]!;
  if (format.width === 64) return word;
  return (word & BOX) === BOX ? u32(word) : canonicalNan(SINGLE);
}

const boxed = (format: Format, bits: bigint): Word => (format.width === 64 ? bits : BOX | bits);

/** Floating point must be on. */
const whenOn =
  (meaning: Meaning): Meaning =>
  (hart, i) =>
    hart.floatStatus === 0 ? illegal(hart, i) : meaning(hart, i);

const DYNAMIC = 7;
const LAST_MODE = 4;

/** Needs a rounding mode: rm, or frm when rm says so; the reserved ones are illegal (§11.2). */
const rounding = (meaning: (hart: HartState, i: Parameters<Meaning>[1], mode: number) => void): Meaning =>
  whenOn((hart, i) => {
    const mode = i.rm === DYNAMIC ? hart.frm : i.rm;
    if (mode > LAST_MODE) return illegal(hart, i);
    meaning(hart, i, mode);
    return undefined;
  });

function finish(hart: HartState, format: Format, rd: number, { bits, flags }: Result): void {
  hart.raise(flags);
  hart.setF(rd, boxed(format, bits));
}

type Operation2 = (format: Format, mode: number, a: bigint, b: bigint) => Result;

const computation = (format: Format, operation: Operation2): Meaning =>
  rounding((hart, i, mode) => {
    const [a, b] = [operand(hart, format, i.rs1), operand(hart, format, i.rs2)];
    finish(hart, format, i.rd, operation(format, mode, a, b));
  });

const fused = (format: Format, negateProduct: boolean, negateAddend: boolean): Meaning =>
  rounding((hart, i, mode) => {
    const [a, b, c] = [i.rs1, i.rs2, i.rs3].map((n) => operand(hart, format, n)) as [bigint, bigint, bigint];
    finish(hart, format, i.rd, arithmetic.multiplyAdd(format, mode, a, b, c, negateProduct, negateAddend));
  });

const squareRoot = (format: Format): Meaning =>
  rounding((hart, i, mode) => {
    finish(hart, format, i.rd, arithmetic.squareRoot(format, mode, operand(hart, format, i.rs1)));
  });

const select = (format: Format, largest: boolean): Meaning =>
  whenOn((hart, i) => {
    const [a, b] = [operand(hart, format, i.rs1), operand(hart, format, i.rs2)];
    finish(hart, format, i.rd, arithmetic.select(format, largest, a, b));
    return undefined;
  });

/** fs1 with a sign made from both signs (0 or 1). */
const signInjection = (format: Format, sign: (a: bigint, b: bigint) => bigint): Meaning =>
  whenOn((hart, i) => {
    const top = BigInt(format.width - 1);
    const [a, b] = [operand(hart, format, i.rs1), operand(hart, format, i.rs2)];
    const magnitude = BigInt.asUintN(format.width - 1, a);
    hart.setF(i.rd, boxed(format, (sign(a >> top, b >> top) << top) | magnitude));
    return undefined;
  });
const copySign = (_a: bigint, b: bigint): bigint => b;
const negateSign = (_a: bigint, b: bigint): bigint => 1n - b;
const xorSign = (a: bigint, b: bigint): bigint => a ^ b;

const compare = (format: Format, relation: arithmetic.Relation): Meaning =>
  whenOn((hart, i) => {
    const [a, b] = [operand(hart, format, i.rs1), operand(hart, format, i.rs2)];
    const { bits, flags } = arithmetic.compare(format, relation, a, b);
    hart.raise(flags);
    hart.setX(i.rd, bits);
    return undefined;
  });

const classify = (format: Format): Meaning =>
  whenOn((hart, i) => {
    hart.setX(i.rd, arithmetic.classify(format, operand(hart, format, i.rs1)));
    return undefined;
  });

/** An integer type of conversions: its range, a register's value as one, and how a result fills a register. */
interface IntegerType {
  readonly least: bigint;
  readonly most: bigint;
  readonly of: (register: Word) => bigint;
  readonly extended: (value: bigint) => bigint;
}
const W: IntegerType = { least: -(1n << 31n), most: (1n << 31n) - 1n, of: s32, extended: s32 };
// 32-bit results are sign-extended, unsigned ones too.
const WU: IntegerType = { least: 0n, most: (1n << 32n) - 1n, of: u32, extended: s32 };
const L: IntegerType = { least: -(1n << 63n), most: (1n << 63n) - 1n, of: s64, extended: s64 };
const LU: IntegerType = { least: 0n, most: ALL_ONES, of: u64, extended: u64 };

const toInteger = (format: Format, type: IntegerType): Meaning =>
  rounding((hart, i, mode) => {
    const a = operand(hart, format, i.rs1);
    const { value, flags } = arithmetic.toInteger(format, mode, a, type.least, type.most);
    hart.raise(flags);
    hart.setX(i.rd, type.extended(value));
  });

const fromInteger = (format: Format, type: IntegerType): Meaning =>
  rounding((hart, i, mode) => {
    finish(hart, format, i.rd, arithmetic.fromInteger(format, mode, type.of(hart.x[i.rs1]!)));
  });

const convert = (from: Format, to: Format): Meaning =>
  rounding((hart, i, mode) => {
    finish(hart, to, i.rd, arithmetic.convert(from, to, mode, operand(hart, from, i.rs1)));
  });

// Moves and accesses take the bits as they are, boxed or not.
const moveToInteger = (extend: (word: Word) => bigint): Meaning =>
  whenOn((hart, i) => {
    hart.setX(i.rd, extend(hart.f[i.rs1]!));
    return undefined;
  });

const moveFromInteger = (format: Format): Meaning =>
  whenOn((hart, i) => {
    hart.setF(i.rd, boxed(format, BigInt.asUintN(format.width, hart.x[i.rs1]!)));
    return undefined;
  });

const load = (format: Format): Meaning =>
  whenOn((hart, i) => {
    const address = effectiveAddress(hart, i.rs1, i.imm);
    const value = readMemory(hart, address, format.width / 8);
    if (typeof value !== 'bigint') return value;
    // A word is boxed once it has been read; who watches accesses may see that.
    if (format.width === 32) hart.memory.accessed?.(address, 4, value, 'load');
    hart.setF(i.rd, boxed(format, value));
    if (format.width === 64) hart.memory.accessed?.(address, 8, value, 'load');
    return undefined;
  });

const store = (format: Format): Meaning =>
  whenOn((hart, i) => writeMemory(hart, effectiveAddress(hart, i.rs1, i.imm), format.width / 8, hart.f[i.rs2]!));

export const F_MEANINGS: Meanings<typeof F_ROWS> = {
  flw: load(SINGLE),
  fsw: store(SINGLE),
  'fmadd.s': fused(SINGLE, false, false),
  'fmsub.s': fused(SINGLE, false, true),
  'fnmsub.s': fused(SINGLE, true, false),
  'fnmadd.s': fused(SINGLE, true, true),
  'fadd.s': computation(SINGLE, arithmetic.add),
  'fsub.s': computation(SINGLE, arithmetic.subtract),
  'fmul.s': computation(SINGLE, arithmetic.multiply),
  'fdiv.s': computation(SINGLE, arithmetic.divide),
  'fsqrt.s': squareRoot(SINGLE),
  'fmin.s': select(SINGLE, false),
  'fmax.s': select(SINGLE, true),
  'fsgnj.s': signInjection(SINGLE, copySign),
  'fsgnjn.s': signInjection(SINGLE, negateSign),
  'fsgnjx.s': signInjection(SINGLE, xorSign),
  'fcvt.w.s': toInteger(SINGLE, W),
  'fcvt.wu.s': toInteger(SINGLE, WU),
  'fcvt.l.s': toInteger(SINGLE, L),
  'fcvt.lu.s': toInteger(SINGLE, LU),
  'fcvt.s.w': fromInteger(SINGLE, W),
  'fcvt.s.wu': fromInteger(SINGLE, WU),
  'fcvt.s.l': fromInteger(SINGLE, L),
  'fcvt.s.lu': fromInteger(SINGLE, LU),
  'feq.s': compare(SINGLE, 'equal'),
  'flt.s': compare(SINGLE, 'less'),
  'fle.s': compare(SINGLE, 'lessOrEqual'),
  'fmv.x.w': moveToInteger(s32),
  'fmv.w.x': moveFromInteger(SINGLE),
  'fclass.s': classify(SINGLE),
};

export const D_MEANINGS: Meanings<typeof D_ROWS> = {
  fld: load(DOUBLE),
  fsd: store(DOUBLE),
  'fmadd.d': fused(DOUBLE, false, false),
  'fmsub.d': fused(DOUBLE, false, true),
  'fnmsub.d': fused(DOUBLE, true, false),
  'fnmadd.d': fused(DOUBLE, true, true),
  'fadd.d': computation(DOUBLE, arithmetic.add),
  'fsub.d': computation(DOUBLE, arithmetic.subtract),
  'fmul.d': computation(DOUBLE, arithmetic.multiply),
  'fdiv.d': computation(DOUBLE, arithmetic.divide),
  'fsqrt.d': squareRoot(DOUBLE),
  'fmin.d': select(DOUBLE, false),
  'fmax.d': select(DOUBLE, true),
  'fsgnj.d': signInjection(DOUBLE, copySign),
  'fsgnjn.d': signInjection(DOUBLE, negateSign),
  'fsgnjx.d': signInjection(DOUBLE, xorSign),
  'fcvt.w.d': toInteger(DOUBLE, W),
  'fcvt.wu.d': toInteger(DOUBLE, WU),
  'fcvt.l.d': toInteger(DOUBLE, L),
  'fcvt.lu.d': toInteger(DOUBLE, LU),
  'fcvt.d.w': fromInteger(DOUBLE, W),
  'fcvt.d.wu': fromInteger(DOUBLE, WU),
  'fcvt.d.l': fromInteger(DOUBLE, L),
  'fcvt.d.lu': fromInteger(DOUBLE, LU),
  'fcvt.s.d': convert(DOUBLE, SINGLE),
  'fcvt.d.s': convert(SINGLE, DOUBLE),
  'feq.d': compare(DOUBLE, 'equal'),
  'flt.d': compare(DOUBLE, 'less'),
  'fle.d': compare(DOUBLE, 'lessOrEqual'),
  'fmv.x.d': moveToInteger(u64),
  'fmv.d.x': moveFromInteger(DOUBLE),
  'fclass.d': classify(DOUBLE),
};
