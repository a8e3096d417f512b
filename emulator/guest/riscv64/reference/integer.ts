// Integer computation: RV64I, M, Zba, Zbb, Zbs (Unprivileged ISA, chapters 2, 5, 7; Bit-Manipulation ISA). Operands are
// unsigned 64-bit; a result is any integer, of which the register takes the low 64 bits.

import type { I_ROWS } from '../rows/i.ts';
import type { M_ROWS } from '../rows/m.ts';
import type { ZBA_ROWS } from '../rows/zba.ts';
import type { ZBB_ROWS } from '../rows/zbb.ts';
import type { ZBS_ROWS } from '../rows/zbs.ts';
import { bitLength, s32, s64, u32, u64 } from './numbers.ts';
import type { Meaning, Meanings } from './state.ts';

type Binary = (a: bigint, b: bigint) => bigint;
type Unary = (a: bigint) => bigint;

const register =
  (compute: Binary): Meaning =>
  (hart, i) =>
    void hart.setX(i.rd, compute(hart.x[i.rs1]!, hart.x[i.rs2]!));

const immediate =
  (compute: Binary): Meaning =>
  (hart, i) =>
    void hart.setX(i.rd, compute(hart.x[i.rs1]!, u64(i.imm)));

const unary =
  (compute: Unary): Meaning =>
  (hart, i) =>
    void hart.setX(i.rd, compute(hart.x[i.rs1]!));

const bit = (condition: boolean): bigint => (condition ? 1n : 0n);
/** Shift amounts take the low six bits, or five in 32-bit forms. */
const six = (b: bigint): bigint => b & 63n;
const five = (b: bigint): bigint => b & 31n;

// --- RV64I ---

const add: Binary = (a, b) => a + b;
const sub: Binary = (a, b) => a - b;
const slt: Binary = (a, b) => bit(s64(a) < s64(b));
const sltu: Binary = (a, b) => bit(a < b);
const xor: Binary = (a, b) => a ^ b;
const or: Binary = (a, b) => a | b;
const and: Binary = (a, b) => a & b;
const sll: Binary = (a, b) => a << six(b);
const srl: Binary = (a, b) => a >> six(b);
const sra: Binary = (a, b) => s64(a) >> six(b);
const addw: Binary = (a, b) => s32(a + b);
const subw: Binary = (a, b) => s32(a - b);
const sllw: Binary = (a, b) => s32(a << five(b));
const srlw: Binary = (a, b) => s32(u32(a) >> five(b));
const sraw: Binary = (a, b) => s32(a) >> five(b);

type ComputationName =
  | 'lui'
  | 'auipc'
  | 'addi'
  | 'slti'
  | 'sltiu'
  | 'xori'
  | 'ori'
  | 'andi'
  | 'slli'
  | 'srli'
  | 'srai'
  | 'add'
  | 'sub'
  | 'sll'
  | 'slt'
  | 'sltu'
  | 'xor'
  | 'srl'
  | 'sra'
  | 'or'
  | 'and'
  | 'addiw'
  | 'slliw'
  | 'srliw'
  | 'sraiw'
  | 'addw'
  | 'subw'
  | 'sllw'
  | 'srlw'
  | 'sraw';

export const COMPUTATION: Pick<Meanings<typeof I_ROWS>, ComputationName> = {
  lui: (hart, i) => void hart.setX(i.rd, i.imm),
  auipc: (hart, i) => void hart.setX(i.rd, hart.pc + i.imm),
  addi: immediate(add),
  slti: immediate(slt),
  sltiu: immediate(sltu),
  xori: immediate(xor),
  ori: immediate(or),
  andi: immediate(and),
  slli: immediate(sll),
  srli: immediate(srl),
  srai: immediate(sra),
  add: register(add),
  sub: register(sub),
  sll: register(sll),
  slt: register(slt),
  sltu: register(sltu),
  xor: register(xor),
  srl: register(srl),
  sra: register(sra),
  or: register(or),
  and: register(and),
  addiw: immediate(addw),
  slliw: immediate(sllw),
  srliw: immediate(srlw),
  sraiw: immediate(sraw),
  addw: register(addw),
  subw: register(subw),
  sllw: register(sllw),
  srlw: register(srlw),
  sraw: register(sraw),
};

// --- M: division by zero gives -1 and the dividend; the one overflow gives the dividend and 0 (§7.2) ---

const quotient: Binary = (a, b) => (b === 0n ? -1n : a / b);
const remainder: Binary = (a, b) => (b === 0n ? a : a % b);

export const M_MEANINGS: Meanings<typeof M_ROWS> = {
  mul: register((a, b) => a * b),
  mulh: register((a, b) => (s64(a) * s64(b)) >> 64n),
  mulhsu: register((a, b) => (s64(a) * b) >> 64n),
  mulhu: register((a, b) => (a * b) >> 64n),
  mulw: register((a, b) => s32(a * b)),
  div: register((a, b) => quotient(s64(a), s64(b))),
  divu: register((a, b) => quotient(a, b)),
  rem: register((a, b) => remainder(s64(a), s64(b))),
  remu: register((a, b) => remainder(a, b)),
  divw: register((a, b) => s32(quotient(s32(a), s32(b)))),
  divuw: register((a, b) => s32(quotient(u32(a), u32(b)))),
  remw: register((a, b) => s32(remainder(s32(a), s32(b)))),
  remuw: register((a, b) => s32(remainder(u32(a), u32(b)))),
};

// --- Zba ---

export const ZBA_MEANINGS: Meanings<typeof ZBA_ROWS> = {
  'add.uw': register((a, b) => u32(a) + b),
  sh1add: register((a, b) => (a << 1n) + b),
  sh2add: register((a, b) => (a << 2n) + b),
  sh3add: register((a, b) => (a << 3n) + b),
  'sh1add.uw': register((a, b) => (u32(a) << 1n) + b),
  'sh2add.uw': register((a, b) => (u32(a) << 2n) + b),
  'sh3add.uw': register((a, b) => (u32(a) << 3n) + b),
  'slli.uw': immediate((a, b) => u32(a) << six(b)),
};

// --- Zbb ---

/** Zeros below the lowest one; `width` when there is none. */
function trailingZeros(value: bigint, width: number): bigint {
  let count = 0;
  while (count < width && !((value >> BigInt(count)) & 1n)) count++;
  return BigInt(count);
}

function ones(value: bigint): bigint {
  return BigInt(value.toString(2).replaceAll('0', '').length);
}

/** The eight bytes of a register, lowest first. */
const bytes = (a: bigint): bigint[] => Array.from({ length: 8 }, (_, k) => (a >> BigInt(8 * k)) & 255n);
const fromBytes = (list: readonly bigint[]): bigint => list.reduceRight((value, byte) => (value << 8n) | byte, 0n);

const rol: Binary = (a, b) => (a << six(b)) | (a >> (64n - six(b)));
const ror: Binary = (a, b) => (a >> six(b)) | (a << (64n - six(b)));
const rolw: Binary = (a, b) => s32((u32(a) << five(b)) | (u32(a) >> (32n - five(b))));
const rorw: Binary = (a, b) => s32((u32(a) >> five(b)) | (u32(a) << (32n - five(b))));

export const ZBB_MEANINGS: Meanings<typeof ZBB_ROWS> = {
  andn: register((a, b) => a & ~b),
  orn: register((a, b) => a | ~b),
  xnor: register((a, b) => ~(a ^ b)),
  clz: unary((a) => BigInt(64 - bitLength(a))),
  ctz: unary((a) => trailingZeros(a, 64)),
  cpop: unary(ones),
  clzw: unary((a) => BigInt(32 - bitLength(u32(a)))),
  ctzw: unary((a) => trailingZeros(a, 32)),
  cpopw: unary((a) => ones(u32(a))),
  min: register((a, b) => (s64(a) < s64(b) ? a : b)),
  minu: register((a, b) => (a < b ? a : b)),
  max: register((a, b) => (s64(a) < s64(b) ? b : a)),
  maxu: register((a, b) => (a < b ? b : a)),
  'sext.b': unary((a) => BigInt.asIntN(8, a)),
  'sext.h': unary((a) => BigInt.asIntN(16, a)),
  'zext.h': unary((a) => BigInt.asUintN(16, a)),
  rol: register(rol),
  ror: register(ror),
  rori: immediate(ror),
  rolw: register(rolw),
  rorw: register(rorw),
  roriw: immediate(rorw),
  'orc.b': unary((a) => fromBytes(bytes(a).map((byte) => (byte === 0n ? 0n : 255n)))),
  rev8: unary((a) => fromBytes(bytes(a).reverse())),
};

// --- Zbs ---

const bclr: Binary = (a, b) => a & ~(1n << six(b));
const bext: Binary = (a, b) => (a >> six(b)) & 1n;
const binv: Binary = (a, b) => a ^ (1n << six(b));
const bset: Binary = (a, b) => a | (1n << six(b));

export const ZBS_MEANINGS: Meanings<typeof ZBS_ROWS> = {
  bclr: register(bclr),
  bclri: immediate(bclr),
  bext: register(bext),
  bexti: immediate(bext),
  binv: register(binv),
  binvi: immediate(binv),
  bset: register(bset),
  bseti: immediate(bset),
};
