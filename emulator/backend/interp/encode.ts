// IR to the interpreter's bytecode, one linear pass. Position independent: branch targets are record numbers and
// everything else is relative to the environment, so the result can be copied anywhere in the code arena.
// Every block goes through here, most of them once: no closure or object a block, and op numbers are literals so that
// the switch is a jump table from the first call on (a test holds them to the op table).

import { type IrBlock, NONE, STRIDE } from '../../ir/ir.ts';
import { OPS, Op } from '../../ir/op.ts';
import { TEMP_BASE, TEMP_LIMIT } from '../../memory/layout.ts';
import { must } from '../../must.ts';
import * as B from './bytecode.ts';
import { type BytecodeBuffer, RECORD_WORDS, RECORDS_PER_OP } from './bytecode-buffer.ts';

/** Condition with the operands exchanged: eq ne lt ge ltu geu gt le gtu leu. */
const SWAPPED = [0, 1, 6, 7, 8, 9, 2, 3, 4, 5];
/** By op: 1 when its operands may be exchanged. */
const COMMUTES = Uint8Array.from(OPS, ({ name }) =>
  ['add', 'mul', 'mulsh', 'muluh', 'and', 'or', 'xor', 'eqv'].includes(name) ? 1 : 0,
);

/** Slots behind the block's temporaries: constants on their way into ops that take none, a compared flag. */
const SCRATCH = 4;

let labelRecords = new Int32Array(64);
/** Pairs: record of a branch, its label. */
const fixups: number[] = [];
/** Of the block at hand: byte offset of its scratch slots. */
let scratch = 0;

/** Byte offset of the slot that holds `operand`; constants are moved into scratch slot `n` first. */
function slot(ir: IrBlock, out: BytecodeBuffer, operand: number, n: number): number {
  if (operand === NONE) return 0;
  if (operand >= 0) return operand * 8;
  const at = scratch + n * 8;
  out.push(B.B_MOVI, at, 0, 0, ir.lo(operand), ir.hi(operand));
  return at;
}

/** Encodes `ir` into `out` (from its start), which has room for RECORDS_PER_OP records an op. */
export function encodeBytecode(ir: IrBlock, out: BytecodeBuffer): void {
  out.count = 0;
  must(out.start + ir.count * RECORDS_PER_OP * RECORD_WORDS <= out.words.length, 'no room for the bytecode of a block');
  must(TEMP_BASE + ir.tempCount + SCRATCH <= TEMP_LIMIT, 'no room behind the temporaries of a block');
  if (labelRecords.length < ir.labelCount) labelRecords = new Int32Array(ir.labelCount * 2);
  fixups.length = 0;
  scratch = (TEMP_BASE + ir.tempCount) * 8;
  const ops = ir.ops;
  let insn = 0;
  for (let at = 0, end = ir.count * STRIDE; at < end; at += STRIDE) {
    const op = ops[at]!;
    const d = ops[at + 1]!;
    let a = ops[at + 2]!;
    let b = ops[at + 3]!;
    switch (op) {
      case 0: // nop
        break;
      case 1: // insn_start
        insn = a;
        break;
      case 2: // mov
        if (a < 0) out.push(B.B_MOVI, d * 8, 0, 0, ir.lo(a), ir.hi(a));
        else out.push(B.B_MOV, d * 8, a * 8, 0, 0, 0);
        break;
      case 3: // add
      case 4: // sub
      case 5: // mul
      case 6: // mulsh
      case 7: // muluh
      case 8: // mulsuh
      case 9: // div
      case 10: // divu
      case 11: // rem
      case 12: // remu
      case 13: // and
      case 14: // or
      case 15: // xor
      case 16: // andc
      case 17: // orc
      case 18: // eqv
      case 19: // shl
      case 20: // shr
      case 21: // sar
      case 22: // rotl
      case 23: // rotr
        if (a < 0) {
          if (b >= 0 && COMMUTES[op] === 1) {
            const constant = a;
            a = b;
            b = constant;
          }
          a = slot(ir, out, a, 0);
        } else a *= 8;
        if (b < 0) out.push(B.B_BINARY_IMM - 3 + op, d * 8, a, 0, ir.lo(b), ir.hi(b));
        else out.push(B.B_BINARY - 3 + op, d * 8, a, b * 8, 0, 0);
        break;
      case 24: // neg
      case 25: // not
      case 26: // ext8s
      case 27: // ext16s
      case 28: // ext32s
      case 29: // ext8u
      case 30: // ext16u
      case 31: // ext32u
      case 32: // clz
      case 33: // ctz
      case 34: // ctpop
      case 35: // bswap
        out.push(B.B_UNARY - 24 + op, d * 8, a < 0 ? slot(ir, out, a, 0) : a * 8, 0, 0, 0);
        break;
      case 36: // setcond
        compare(ir, out, d * 8, a, b, ops[at + 6]!);
        break;
      case 37: {
        // movcond: compare into a scratch slot, then select, as the destination may be one of the values.
        const flag = scratch + 24;
        compare(ir, out, flag, a, b, ops[at + 6]!);
        const yes = slot(ir, out, ops[at + 4]!, 1);
        const no = slot(ir, out, ops[at + 5]!, 2);
        out.push(B.B_SELECT, d * 8, flag, yes, no, 0);
        break;
      }
      case 38: {
        // brcond
        let cond = ops[at + 6]!;
        if (a < 0 && b >= 0) {
          const constant = a;
          a = b;
          b = constant;
          cond = SWAPPED[cond]!;
        }
        const left = a < 0 ? slot(ir, out, a, 0) : a * 8;
        fixups.push(out.count, ops[at + 7]!);
        if (b < 0) out.push(B.B_BRCOND_IMM + cond, 0, left, 0, ir.lo(b), ir.hi(b));
        else out.push(B.B_BRCOND + cond, 0, left, b * 8, 0, 0);
        break;
      }
      case 39: // br
        fixups.push(out.count, ops[at + 7]!);
        out.push(B.B_BR, 0, 0, 0, 0, 0);
        break;
      case 40: // label
        labelRecords[ops[at + 7]!] = out.count;
        break;
      case 41: {
        // ld
        const memop = ops[at + 6]!;
        const base = a < 0 ? slot(ir, out, a, 0) : a * 8;
        if (memop < 8) out.push(B.B_LD + memop, d * 8, base, 0, ops[at + 5]!, insn);
        else out.push(B.B_LDX, d * 8, base, memop, ops[at + 5]!, insn);
        break;
      }
      case 42: {
        // st
        const memop = ops[at + 6]!;
        const base = a < 0 ? slot(ir, out, a, 0) : a * 8;
        const value = b < 0 ? slot(ir, out, b, 1) : b * 8;
        if (memop < 4) out.push(B.B_ST + memop, 0, base, value, ops[at + 5]!, insn);
        else out.push(B.B_STX, memop, base, value, ops[at + 5]!, insn);
        break;
      }
      case 43: {
        // call
        const first = slot(ir, out, a, 0);
        const second = slot(ir, out, b, 1);
        const third = slot(ir, out, ops[at + 4]!, 2);
        out.push(B.B_CALL, d === NONE ? scratch : d * 8, first, second, ops[at + 5]! | (third << 16), ops[at + 6]!);
        break;
      }
      case 44: // goto_tb
        out.push(B.B_GOTO_TB0 + ops[at + 5]!, 0, 0, 0, b, ops[at + 4]!);
        break;
      case 45: // goto_ptr
        out.push(B.B_GOTO_PTR, 0, 0, 0, 0, 0);
        break;
      case 46: // exit
        out.push(B.B_EXIT, 0, ops[at + 5]!, 0, ops[at + 6]!, insn);
        break;
      case 47: // plugin_add
      case 48: // plugin_store
      case 49: // plugin_ring
      case 50: // plugin_call
      case 51: // plugin_ld
      case 52: {
        // plugin_st
        const left = slot(ir, out, a, 0);
        const right = slot(ir, out, b, 1);
        out.push(B.B_PLUGIN_ADD + op - Op.plugin_add, d === NONE ? 0 : d * 8, left, right, 0, 0);
        const data = out.start + out.count * RECORD_WORDS;
        out.push(0, 0, 0, 0, ops[at + 7]!, insn);
        out.words[data] = ops[at + 5]!;
        out.words[data + 1] = ops[at + 6]!;
        break;
      }
      default:
        must(false, `no bytecode for IR op ${OPS[op]?.name ?? op}`);
    }
  }
  if (fixups.length > 0) patch(out);
}

/** d = a cond b ? 1 : 0 */
function compare(ir: IrBlock, out: BytecodeBuffer, d: number, a: number, b: number, cond: number): void {
  if (a < 0 && b >= 0) compare(ir, out, d, b, a, SWAPPED[cond]!);
  else if (b < 0) out.push(B.B_SETCOND_IMM + cond, d, slot(ir, out, a, 0), 0, ir.lo(b), ir.hi(b));
  else out.push(B.B_SETCOND + cond, d, a * 8, b * 8, 0, 0);
}

/** Writes the branch targets now that all labels are known. */
function patch(out: BytecodeBuffer): void {
  const words = out.words;
  for (let i = 0; i < fixups.length; i += 2) {
    const at = out.start + fixups[i]! * RECORD_WORDS;
    const target = labelRecords[fixups[i + 1]!]!;
    const op = words[at]! & 0xffff;
    if (op >= B.B_BRCOND_IMM && op < B.B_BRCOND_IMM + 10) {
      must(target < 65536, 'block too long for its bytecode');
      words[at + 1] = (words[at + 1]! & 0xffff) | (target << 16);
    } else {
      words[at + 2] = target;
    }
  }
}
