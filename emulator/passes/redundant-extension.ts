// redundant-extension: drops the extension of a value that has that form already, such as the sign extension of a sum
// that was loaded as a signed word.
//
// Requires: nothing.
// Keeps:    every value; the number and order of ops.
// Breaks:   nothing. Leaves movs, for copy-propagation.
//
// One forward sweep over forms: what is known of each operand's upper bits since the last label.

import { HELPERS } from '../ir/helper.ts';
import { type IrBlock, type Operand, STRIDE } from '../ir/ir.ts';
import { MEM_SIGN, MEM_SIZE } from '../ir/op.ts';
import { SLOT_FP_FLAGS } from '../memory/layout.ts';
import {
  A,
  B,
  becomeMov,
  C,
  CALL,
  clobbersGlobals,
  D,
  E,
  guestPcAt,
  isFpCall,
  LABEL,
  MEMOP,
  PLUGIN_CALL,
  WRITES,
} from './op-facts.ts';
import { OperandMap } from './operand-map.ts';
import type { Pass } from './pass.ts';

// The forms a value can have. A set of forms is closed: U8 comes with S16, U16 with S32, S8 with S16 and S32 …
const S8 = 1;
const S16 = 2;
const S32 = 4;
const U8 = 8;
const U16 = 16;
const U32 = 32;
const SIGNED = S8 | S16 | S32;
const UNSIGNED = U8 | U16 | U32;
/** All forms of a value below 2^7, 2^8, … */
const BITS7 = SIGNED | UNSIGNED;
const BITS8 = S16 | S32 | UNSIGNED;
const BITS15 = S16 | S32 | U16 | U32;
const BITS16 = S32 | U16 | U32;
const BITS31 = S32 | U32;

/** By size (log2) of a load, unsigned then signed. */
const LOADED = [BITS8, BITS16, U32, 0, SIGNED, S16 | S32, S32, 0];

/** By helper: forms of its result. */
const HELPER_FORMS = Uint8Array.from(HELPERS, ({ name }) => {
  if (/^f(eq|lt|le)_/.test(name)) return BITS7;
  if (/^fclass_/.test(name)) return BITS15;
  return /^fcvt_wu?_/.test(name) ? S32 : 0;
});

const forms = new OperandMap();

function formsOf(block: IrBlock, x: Operand): number {
  if (x >= 0) return forms.get(x);
  const lo = block.lo(x);
  const hi = block.hi(x);
  if (hi === 0 && lo >= 0) return formsBelow(32 - Math.clz32(lo));
  if (hi === 0) return U32;
  if (hi !== -1 || lo >= 0) return 0;
  return lo >= -128 ? SIGNED : lo >= -32768 ? S16 | S32 : S32;
}

/** Forms of a value below 2^bits. */
function formsBelow(bits: number): number {
  if (bits <= 7) return BITS7;
  if (bits <= 8) return BITS8;
  if (bits <= 15) return BITS15;
  if (bits <= 16) return BITS16;
  return bits <= 31 ? BITS31 : bits <= 32 ? U32 : 0;
}

function close(set: number): number {
  if (set & U8) return set | BITS8;
  return set & U16 ? set | BITS16 : set;
}

/** Forms of the result of the op at word `at`. */
function formsOfResult(block: IrBlock, at: number): number {
  const ops = block.ops;
  const a = ops[at + A]!;
  switch (ops[at]) {
    case 2: // mov
      return formsOf(block, a);
    case 11: // rem
    case 12: // remu
      // Not above x where x is not negative; x itself for a zero divisor.
      return formsOf(block, a) & UNSIGNED ? formsOf(block, a) : 0;
    case 13: // and
      return formsOfAnd(formsOf(block, a), formsOf(block, ops[at + B]!));
    case 14: // or
    case 15: // xor
      return formsOf(block, a) & formsOf(block, ops[at + B]!);
    case 16: // andc
      return formsOfAndc(formsOf(block, a), formsOf(block, ops[at + B]!));
    case 17: // orc
    case 18: // eqv
      return formsOf(block, a) & formsOf(block, ops[at + B]!) & SIGNED;
    case 20: // shr
      return formsOfShr(block, a, ops[at + B]!);
    case 21: // sar
      return formsOf(block, a) | signedForms(block, ops[at + B]!);
    case 25: // not
      return formsOf(block, a) & SIGNED;
    case 26: // ext8s
      return SIGNED;
    case 27: // ext16s
      return S16 | S32;
    case 28: // ext32s
      return S32;
    case 29: // ext8u
      return BITS8;
    case 30: // ext16u
      return BITS16;
    case 31: // ext32u
      return U32;
    case 32: // clz
    case 33: // ctz
    case 34: // ctpop
    case 36: // setcond
      return BITS7;
    case 37: // movcond
      return formsOf(block, ops[at + C]!) & formsOf(block, ops[at + E]!);
    case 41: // ld
      return LOADED[(ops[at + MEMOP]! & MEM_SIZE) | (ops[at + MEMOP]! & MEM_SIGN)]!;
    case 43: // call
      return HELPER_FORMS[ops[at + E]!]!;
    default:
      return 0;
  }
}

/** Below either operand that is not negative. */
function formsOfAnd(x: number, y: number): number {
  if (x === BITS7 || y === BITS7) return BITS7;
  return close(((x | y) & UNSIGNED) | (x & y));
}

function formsOfAndc(x: number, y: number): number {
  return close((x & UNSIGNED) | (x & y & SIGNED));
}

/** Forms of anything shifted right by `count`, sign coming in. */
function signedForms(block: IrBlock, count: Operand): number {
  const n = count < 0 ? block.lo(count) & 63 : 0;
  if (n >= 56) return SIGNED;
  return n >= 48 ? S16 | S32 : n >= 32 ? S32 : 0;
}

function formsOfShr(block: IrBlock, a: Operand, count: Operand): number {
  const x = formsOf(block, a);
  // Shrinks what is not negative; a negative value loses its sign bits unless the count is 0.
  const kept = x & UNSIGNED ? x : 0;
  return count < 0 && (block.lo(count) & 63) > 0 ? kept | formsBelow(64 - (block.lo(count) & 63)) : kept;
}

/** The form an extension gives. */
const EXTENDED = [S8, S16, S32, U8, U16, U32];
const EXT8S = 26;
const EXT32U = 31;

export const redundantExtension: Pass = {
  name: 'redundant-extension',
  summary: 'Drops sign and zero extensions of values known to be extended already.',
  rules: {
    sign: 'extNs x => x, x being sign-extended from N bits',
    zero: 'extNu x => x, x being below 2^N',
  },

  needs: ['ext8s', 'ext16s', 'ext32s', 'ext8u', 'ext16u', 'ext32u'],

  run(block, context) {
    const ops = block.ops;
    // Forms matter as far as the last extension.
    let end = block.count * STRIDE;
    while (end > 0 && (ops[end - STRIDE]! < EXT8S || ops[end - STRIDE]! > EXT32U)) end -= STRIDE;
    if (end === 0) return;
    forms.clear();
    for (let at = 0; at < end; at += STRIDE) {
      const op = ops[at]!;
      if (WRITES[op] === 1) {
        let set = formsOfResult(block, at);
        if (op >= EXT8S && op <= EXT32U) {
          const have = formsOf(block, ops[at + A]!);
          const redundant = (have & EXTENDED[op - EXT8S]!) !== 0;
          if (redundant) set |= have;
          if (redundant && context.change(op < EXT8S + 3 ? 'sign' : 'zero', guestPcAt(block, at)))
            becomeMov(ops, at, ops[at + A]!);
        } else if (op === CALL && isFpCall(ops, at)) forms.drop(SLOT_FP_FLAGS);
        forms.set(ops[at + D]!, set);
      } else if (op === LABEL || (op === PLUGIN_CALL && clobbersGlobals(ops, at))) forms.clear();
    }
  },
};
