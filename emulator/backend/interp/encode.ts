// IR to the interpreter's bytecode, one linear pass. Position independent: branch targets are record numbers and
// everything else is relative to the environment, so the result can be copied anywhere in the code arena.

import { type IrBlock, NONE, STRIDE } from '../../ir/ir.ts';
import { OPS, Op } from '../../ir/op.ts';
import { TEMP_BASE, TEMP_LIMIT } from '../../memory/layout.ts';
import { must } from '../../must.ts';
import * as B from './bytecode.ts';

/** Bytecode in the making: four words a record, reused from block to block. */
export class BytecodeBuffer {
  words: Int32Array = new Int32Array(4096);
  /** Records in use. */
  count = 0;

  push(op: number, d: number, a: number, b: number, lo: number, hi: number): void {
    const at = this.count * 4;
    if (at + 4 > this.words.length) {
      const bigger = new Int32Array(this.words.length * 2);
      bigger.set(this.words);
      this.words = bigger;
    }
    this.words[at] = op | (d << 16);
    this.words[at + 1] = a | (b << 16);
    this.words[at + 2] = lo;
    this.words[at + 3] = hi;
    this.count++;
  }
}

const FIRST_BINARY = Op.add;
const LAST_BINARY = Op.rotr;
const FIRST_UNARY = Op.neg;
const LAST_UNARY = Op.bswap;
/** Condition with the operands exchanged: eq ne lt ge ltu geu gt le gtu leu. */
const SWAPPED = [0, 1, 6, 7, 8, 9, 2, 3, 4, 5];
const COMMUTES = new Set([Op.add, Op.mul, Op.mulsh, Op.muluh, Op.and, Op.or, Op.xor, Op.eqv]);

/** Slots behind the block's temporaries: constants on their way into ops that take none, a compared flag. */
const SCRATCH = 4;

let labelRecords = new Int32Array(64);
let fixups: number[] = [];

/** Encodes `ir` into `out` (from its start). */
export function encodeBytecode(ir: IrBlock, out: BytecodeBuffer): void {
  out.count = 0;
  if (labelRecords.length < ir.labelCount) labelRecords = new Int32Array(ir.labelCount * 2);
  fixups = [];
  const ops = ir.ops;
  must(TEMP_BASE + ir.tempCount + SCRATCH <= TEMP_LIMIT, 'no room behind the temporaries of a block');
  const scratch = (TEMP_BASE + ir.tempCount) * 8;
  let insn = 0;

  /** Byte offset of the slot that holds `operand`; constants are moved into scratch slot `n` first. */
  const slot = (operand: number, n: number): number => {
    if (operand === NONE) return 0;
    if (operand >= 0) return operand * 8;
    const at = scratch + n * 8;
    out.push(B.B_MOVI, at, 0, 0, ir.lo(operand), ir.hi(operand));
    return at;
  };

  for (let at = 0, end = ir.count * STRIDE; at < end; at += STRIDE) {
    const op = ops[at]!;
    const d = ops[at + 1]!;
    let a = ops[at + 2]!;
    let b = ops[at + 3]!;
    if (op >= FIRST_BINARY && op <= LAST_BINARY) {
      if (a < 0 && b >= 0 && COMMUTES.has(op)) [a, b] = [b, a];
      const index = op - FIRST_BINARY;
      if (b < 0) out.push(B.B_BINARY_IMM + index, d * 8, slot(a, 0), 0, ir.lo(b), ir.hi(b));
      else out.push(B.B_BINARY + index, d * 8, slot(a, 0), b * 8, 0, 0);
    } else if (op >= FIRST_UNARY && op <= LAST_UNARY) {
      out.push(B.B_UNARY + op - FIRST_UNARY, d * 8, slot(a, 0), 0, 0, 0);
    } else {
      switch (op) {
        case Op.nop:
          break;
        case Op.insn_start:
          insn = a;
          break;
        case Op.mov:
          if (a < 0) out.push(B.B_MOVI, d * 8, 0, 0, ir.lo(a), ir.hi(a));
          else out.push(B.B_MOV, d * 8, a * 8, 0, 0, 0);
          break;
        case Op.setcond:
          compare(ir, out, B.B_SETCOND, B.B_SETCOND_IMM, d * 8, a, b, ops[at + 6]!, slot);
          break;
        case Op.movcond: {
          // Compare into a scratch slot, then select: the destination may be one of the values.
          const flag = scratch + 24;
          compare(ir, out, B.B_SETCOND, B.B_SETCOND_IMM, flag, a, b, ops[at + 6]!, slot);
          const yes = slot(ops[at + 4]!, 1);
          const no = slot(ops[at + 5]!, 2);
          out.push(B.B_SELECT, d * 8, flag, yes, no, 0);
          break;
        }
        case Op.brcond: {
          let cond = ops[at + 6]!;
          if (a < 0 && b >= 0) {
            [a, b] = [b, a];
            cond = SWAPPED[cond]!;
          }
          const left = slot(a, 0);
          fixups.push(out.count, ops[at + 7]!);
          if (b < 0) out.push(B.B_BRCOND_IMM + cond, 0, left, 0, ir.lo(b), ir.hi(b));
          else out.push(B.B_BRCOND + cond, 0, left, b * 8, 0, 0);
          break;
        }
        case Op.br:
          fixups.push(out.count, ops[at + 7]!);
          out.push(B.B_BR, 0, 0, 0, 0, 0);
          break;
        case Op.label:
          labelRecords[ops[at + 7]!] = out.count;
          break;
        case Op.ld: {
          const memop = ops[at + 6]!;
          const base = slot(a, 0);
          if (memop < 8) out.push(B.B_LD + memop, d * 8, base, 0, ops[at + 5]!, insn);
          else out.push(B.B_LDX, d * 8, base, memop, ops[at + 5]!, insn);
          break;
        }
        case Op.st: {
          const memop = ops[at + 6]!;
          const base = slot(a, 0);
          const value = slot(b, 1);
          if (memop < 4) out.push(B.B_ST + memop, 0, base, value, ops[at + 5]!, insn);
          else out.push(B.B_STX, memop, base, value, ops[at + 5]!, insn);
          break;
        }
        case Op.call: {
          const first = slot(a, 0);
          const second = slot(b, 1);
          const third = slot(ops[at + 4]!, 2);
          out.push(B.B_CALL, d === NONE ? scratch : d * 8, first, second, ops[at + 5]! | (third << 16), ops[at + 6]!);
          break;
        }
        case Op.goto_tb:
          out.push(B.B_GOTO_TB0 + ops[at + 5]!, 0, 0, 0, b, ops[at + 4]!);
          break;
        case Op.goto_ptr:
          out.push(B.B_GOTO_PTR, 0, 0, 0, 0, 0);
          break;
        case Op.exit:
          out.push(B.B_EXIT, 0, ops[at + 5]!, 0, ops[at + 6]!, insn);
          break;
        case Op.plugin_add:
        case Op.plugin_store:
        case Op.plugin_ring:
        case Op.plugin_call:
        case Op.plugin_ld:
        case Op.plugin_st: {
          const left = slot(a, 0);
          const right = slot(b, 1);
          out.push(B.B_PLUGIN_ADD + op - Op.plugin_add, d === NONE ? 0 : d * 8, left, right, 0, 0);
          const data = out.count * 4;
          out.push(0, 0, 0, 0, 0, 0);
          out.words[data] = ops[at + 5]!;
          out.words[data + 1] = ops[at + 6]!;
          out.words[data + 2] = ops[at + 7]!;
          out.words[data + 3] = insn;
          break;
        }
        default:
          must(false, `no bytecode for IR op ${OPS[op]?.name ?? op}`);
      }
    }
  }
  patch(out);
}

function compare(
  ir: IrBlock,
  out: BytecodeBuffer,
  rr: number,
  ri: number,
  d: number,
  a: number,
  b: number,
  cond: number,
  slot: (operand: number, n: number) => number,
): void {
  if (a < 0 && b >= 0) {
    const swap = a;
    a = b;
    b = swap;
    cond = SWAPPED[cond]!;
  }
  if (b < 0) out.push(ri + cond, d, slot(a, 0), 0, ir.lo(b), ir.hi(b));
  else out.push(rr + cond, d, slot(a, 0), b * 8, 0, 0);
}

/** Writes the branch targets now that all labels are known. */
function patch(out: BytecodeBuffer): void {
  for (let i = 0; i < fixups.length; i += 2) {
    const record = fixups[i]!;
    const target = labelRecords[fixups[i + 1]!]!;
    const at = record * 4;
    const op = out.words[at]! & 0xffff;
    if (op >= B.B_BRCOND_IMM && op < B.B_BRCOND_IMM + 10) {
      must(target < 65536, 'block too long for its bytecode');
      out.words[at + 1] = (out.words[at + 1]! & 0xffff) | (target << 16);
    } else {
      out.words[at + 2] = target;
    }
  }
}
