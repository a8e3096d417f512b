// Arithmetic of the IR on constants, as pairs of int32; the meaning is the op table's. BigInt only where 32-bit
// pieces do not pay (high products, division). Op numbers are literals so that the switch is a jump table from the
// first call on; a test holds them to the op table.

import { highProduct } from '../bits.ts';

/** The last result of `evalOp`: low and high half. */
export const result = { lo: 0, hi: 0 };

function put(lo: number, hi: number): true {
  result.lo = lo | 0;
  result.hi = hi | 0;
  return true;
}

function signed(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}

function unsigned(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

function putBig(value: bigint): true {
  return put(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

/** Low 64 bits of a product. */
function putProduct(aLo: number, aHi: number, bLo: number, bHi: number): true {
  const high = highProduct(aLo, bLo) + Math.imul(aLo, bHi) + Math.imul(aHi, bLo);
  return put(Math.imul(aLo, bLo), high | 0);
}

function putShl(lo: number, hi: number, n: number): true {
  if (n === 0) return put(lo, hi);
  return n < 32 ? put(lo << n, (hi << n) | (lo >>> (32 - n))) : put(0, lo << (n - 32));
}

function putShr(lo: number, hi: number, n: number): true {
  if (n === 0) return put(lo, hi);
  return n < 32 ? put((lo >>> n) | (hi << (32 - n)), hi >>> n) : put(hi >>> (n - 32), 0);
}

function putSar(lo: number, hi: number, n: number): true {
  if (n === 0) return put(lo, hi);
  return n < 32 ? put((lo >>> n) | (hi << (32 - n)), hi >> n) : put(hi >> (n - 32), hi >> 31);
}

function putRotl(lo: number, hi: number, n: number): true {
  putShr(lo, hi, (64 - n) & 63);
  const { lo: rightLo, hi: rightHi } = result;
  putShl(lo, hi, n);
  return put(result.lo | rightLo, result.hi | rightHi);
}

function clz64(lo: number, hi: number): number {
  return hi !== 0 ? Math.clz32(hi) : 32 + Math.clz32(lo);
}

function ctz32(x: number): number {
  return 31 - Math.clz32(x & -x);
}

function popcount32(x: number): number {
  let v = x - ((x >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function bswap32(x: number): number {
  return ((x & 0xff) << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}

/** Division as RISC-V has it: x/0 = -1, x%0 = x; MIN/-1 wraps to MIN. */
function putDivision(a: bigint, b: bigint, remainder: boolean): true {
  if (b === 0n) return putBig(remainder ? a : -1n);
  return putBig(remainder ? a % b : a / b);
}

/** Computes a unary or binary op into `result`; false when `op` is not one. `b` is ignored by unary ops. */
export function evalOp(op: number, aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  switch (op) {
    case 2: // mov
      return put(aLo, aHi);
    case 3: // add
      return put(aLo + bLo, aHi + bHi + ((aLo + bLo) >>> 0 < aLo >>> 0 ? 1 : 0));
    case 4: // sub
      return put(aLo - bLo, aHi - bHi - (aLo >>> 0 < bLo >>> 0 ? 1 : 0));
    case 5: // mul
      return putProduct(aLo, aHi, bLo, bHi);
    case 6: // mulsh
      return putBig((signed(aLo, aHi) * signed(bLo, bHi)) >> 64n);
    case 7: // muluh
      return putBig((unsigned(aLo, aHi) * unsigned(bLo, bHi)) >> 64n);
    case 8: // mulsuh
      return putBig((signed(aLo, aHi) * unsigned(bLo, bHi)) >> 64n);
    case 9: // div
      return putDivision(signed(aLo, aHi), signed(bLo, bHi), false);
    case 10: // divu
      return putDivision(unsigned(aLo, aHi), unsigned(bLo, bHi), false);
    case 11: // rem
      return putDivision(signed(aLo, aHi), signed(bLo, bHi), true);
    case 12: // remu
      return putDivision(unsigned(aLo, aHi), unsigned(bLo, bHi), true);
    case 13: // and
      return put(aLo & bLo, aHi & bHi);
    case 14: // or
      return put(aLo | bLo, aHi | bHi);
    case 15: // xor
      return put(aLo ^ bLo, aHi ^ bHi);
    case 16: // andc
      return put(aLo & ~bLo, aHi & ~bHi);
    case 17: // orc
      return put(aLo | ~bLo, aHi | ~bHi);
    case 18: // eqv
      return put(~(aLo ^ bLo), ~(aHi ^ bHi));
    case 19: // shl
      return putShl(aLo, aHi, bLo & 63);
    case 20: // shr
      return putShr(aLo, aHi, bLo & 63);
    case 21: // sar
      return putSar(aLo, aHi, bLo & 63);
    case 22: // rotl
      return putRotl(aLo, aHi, bLo & 63);
    case 23: // rotr
      return putRotl(aLo, aHi, -bLo & 63);
    case 24: // neg
      return put(-aLo, -aHi - (aLo === 0 ? 0 : 1));
    case 25: // not
      return put(~aLo, ~aHi);
    case 26: // ext8s
      return put((aLo << 24) >> 24, (aLo << 24) >> 31);
    case 27: // ext16s
      return put((aLo << 16) >> 16, (aLo << 16) >> 31);
    case 28: // ext32s
      return put(aLo, aLo >> 31);
    case 29: // ext8u
      return put(aLo & 0xff, 0);
    case 30: // ext16u
      return put(aLo & 0xffff, 0);
    case 31: // ext32u
      return put(aLo, 0);
    case 32: // clz
      return put(clz64(aLo, aHi), 0);
    case 33: // ctz
      return put(aLo !== 0 ? ctz32(aLo) : aHi !== 0 ? 32 + ctz32(aHi) : 64, 0);
    case 34: // ctpop
      return put(popcount32(aLo) + popcount32(aHi), 0);
    case 35: // bswap
      return put(bswap32(aHi), bswap32(aLo));
    default:
      return false;
  }
}

/** Whether condition `cond` (index into CONDS) holds of two constants. */
export function evalCond(cond: number, aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  const equal = aLo === bLo && aHi === bHi;
  const below = aHi !== bHi ? aHi < bHi : aLo >>> 0 < bLo >>> 0;
  const belowUnsigned = aHi !== bHi ? aHi >>> 0 < bHi >>> 0 : aLo >>> 0 < bLo >>> 0;
  switch (cond) {
    case 0: // eq
      return equal;
    case 1: // ne
      return !equal;
    case 2: // lt
      return below;
    case 3: // ge
      return !below;
    case 4: // ltu
      return belowUnsigned;
    case 5: // geu
      return !belowUnsigned;
    case 6: // gt
      return !below && !equal;
    case 7: // le
      return below || equal;
    case 8: // gtu
      return !belowUnsigned && !equal;
    default: // leu
      return belowUnsigned || equal;
  }
}

/** Whether condition `cond` holds between a value and itself. */
export function condOfEqual(cond: number): boolean {
  return evalCond(cond, 0, 0, 0, 0);
}
