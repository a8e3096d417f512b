// One block of IR and the builder that fills it. Ops lie in one Int32Array, eight words each, no object per op.
//
// An operand is an int32: 0 ≤ x < TEMP_BASE a global (a slot of the vCPU environment, see memory/layout.ts),
// TEMP_BASE ≤ x < TEMP_LIMIT a temporary of the block, x < 0 the constant number ~x of the block's pool, NONE nothing.
// A temporary is written before it is read on every path. Labels are placed once, after every branch to them.
// Globals may be written anywhere; an op that faults shows their values as of its instruction's start only because
// emitters write globals after the last op of the instruction that may fault.

import { TEMP_BASE, TEMP_LIMIT } from '../memory/layout.ts';
import { must } from '../must.ts';
import { Cond, type CondName, Op } from './op.ts';

export const NONE = 0x7fffffff;
/** Words an op: op, d, a, b, c, e, f, g. */
export const STRIDE = 8;

export type Operand = number;

export function isConst(x: Operand): boolean {
  return x < 0;
}
export function isTemp(x: Operand): boolean {
  return x >= TEMP_BASE && x < TEMP_LIMIT;
}
export function isGlobal(x: Operand): boolean {
  return x >= 0 && x < TEMP_BASE;
}

/** A block of IR: reusable storage, grown on demand. */
export class IrBlock {
  /** `count * STRIDE` words in use. */
  ops: Int32Array = new Int32Array(256 * STRIDE);
  count = 0;
  /** Constant pool: halves of constant ~x at index x. */
  constLo: Int32Array = new Int32Array(64);
  constHi: Int32Array = new Int32Array(64);
  constCount = 0;
  /** Temporaries TEMP_BASE … TEMP_BASE + tempCount - 1 are in use. */
  tempCount = 0;
  labelCount = 0;
  /** Guest address of the first instruction, number of guest instructions and bytes. */
  pc = 0;
  insns = 0;
  size = 0;
  private readonly constIndex = new Map<string | number, number>();

  reset(pc: number): void {
    this.count = 0;
    this.constCount = 0;
    this.constIndex.clear();
    this.tempCount = 0;
    this.labelCount = 0;
    this.pc = pc;
    this.insns = 0;
    this.size = 0;
  }

  /** The operand of the 64-bit constant (lo, hi); equal constants share one. */
  constant(lo: number, hi: number): Operand {
    const key = hi === lo >> 31 ? lo | 0 : `${hi}:${lo}`;
    let index = this.constIndex.get(key);
    if (index === undefined) {
      index = this.constCount++;
      if (index >= this.constLo.length) {
        this.constLo = grow(this.constLo);
        this.constHi = grow(this.constHi);
      }
      this.constLo[index] = lo;
      this.constHi[index] = hi;
      this.constIndex.set(key, index);
    }
    return ~index;
  }

  /** Low and high half of a constant operand. */
  lo(x: Operand): number {
    return this.constLo[~x]!;
  }
  hi(x: Operand): number {
    return this.constHi[~x]!;
  }

  /** Appends an op and returns its index. */
  push(op: number, d = NONE, a = NONE, b = NONE, c = NONE, e = 0, f = 0, g = 0): number {
    const at = this.count * STRIDE;
    if (at + STRIDE > this.ops.length) this.ops = grow(this.ops);
    const ops = this.ops;
    ops[at] = op;
    ops[at + 1] = d;
    ops[at + 2] = a;
    ops[at + 3] = b;
    ops[at + 4] = c;
    ops[at + 5] = e;
    ops[at + 6] = f;
    ops[at + 7] = g;
    return this.count++;
  }

  newTemp(): Operand {
    must(TEMP_BASE + this.tempCount < TEMP_LIMIT, 'out of temporaries');
    return TEMP_BASE + this.tempCount++;
  }
  newLabel(): number {
    return this.labelCount++;
  }
}

function grow(array: Int32Array): Int32Array {
  const bigger = new Int32Array(array.length * 2);
  bigger.set(array);
  return bigger;
}

/** What emitters call. Every method that makes a value returns its operand; `into` names the destination. */
export class IrBuilder {
  readonly block: IrBlock;
  constructor(block: IrBlock = new IrBlock()) {
    this.block = block;
  }

  /** Constant from an int32, sign-extended. */
  imm(value: number): Operand {
    return this.block.constant(value | 0, value >> 31);
  }
  /** Constant from halves. */
  imm64(lo: number, hi: number): Operand {
    return this.block.constant(lo | 0, hi | 0);
  }
  /** Constant from a guest address or any safe integer. */
  addr(value: number): Operand {
    return this.block.constant(value | 0, Math.floor(value / 4294967296) | 0);
  }

  unary(op: number, a: Operand, into: Operand = this.block.newTemp()): Operand {
    this.block.push(op, into, a);
    return into;
  }
  binary(op: number, a: Operand, b: Operand, into: Operand = this.block.newTemp()): Operand {
    this.block.push(op, into, a, b);
    return into;
  }
  mov(into: Operand, a: Operand): void {
    this.block.push(Op.mov, into, a);
  }
  setcond(cond: CondName, a: Operand, b: Operand, into: Operand = this.block.newTemp()): Operand {
    this.block.push(Op.setcond, into, a, b, NONE, NONE, Cond[cond]);
    return into;
  }
  /** into = a cond b ? yes : no */
  movcond(
    cond: CondName,
    a: Operand,
    b: Operand,
    yes: Operand,
    no: Operand,
    into: Operand = this.block.newTemp(),
  ): Operand {
    this.block.push(Op.movcond, into, a, b, yes, no, Cond[cond]);
    return into;
  }
  newLabel(): number {
    return this.block.newLabel();
  }
  brcond(cond: CondName, a: Operand, b: Operand, label: number): void {
    this.block.push(Op.brcond, NONE, a, b, NONE, 0, Cond[cond], label);
  }
  br(label: number): void {
    this.block.push(Op.br, NONE, NONE, NONE, NONE, 0, 0, label);
  }
  label(label: number): void {
    this.block.push(Op.label, NONE, NONE, NONE, NONE, 0, 0, label);
  }
  /** Loads from base + offset as `memop` says. */
  load(memop: number, base: Operand, offset: number, into: Operand = this.block.newTemp()): Operand {
    this.block.push(Op.ld, into, base, NONE, NONE, offset, memop);
    return into;
  }
  store(memop: number, base: Operand, offset: number, value: Operand): void {
    this.block.push(Op.st, NONE, base, value, NONE, offset, memop);
  }
  call(helper: number, args: readonly Operand[], imm: number, into: Operand = this.block.newTemp()): Operand {
    this.block.push(Op.call, into, args[0] ?? NONE, args[1] ?? NONE, args[2] ?? NONE, helper, imm);
    return into;
  }
  insnStart(index: number, pc: number): void {
    this.block.push(Op.insn_start, NONE, index, pc | 0, Math.floor(pc / 4294967296) | 0);
  }
  gotoTb(slot: 0 | 1, pc: number): void {
    this.block.push(Op.goto_tb, NONE, NONE, pc | 0, Math.floor(pc / 4294967296) | 0, slot);
  }
  gotoPtr(): void {
    this.block.push(Op.goto_ptr);
  }
  exit(reason: number, argument = 0): void {
    this.block.push(Op.exit, NONE, NONE, NONE, NONE, reason, argument);
  }
}
