// One block of IR and the builder that fills it. Ops lie in one Int32Array, eight words each, no object per op.
//
// An operand is an int32: 0 ≤ x < TEMP_BASE a global (a slot of the vCPU environment, see memory/layout.ts),
// TEMP_BASE ≤ x < TEMP_LIMIT a temporary of the block, x < 0 the constant number ~x of the block's pool, NONE nothing.
// A temporary is written before it is read on every path. Labels are placed once, after every branch to them.
// Globals may be written anywhere; an op that faults shows their values as of its instruction's start only because
// emitters write globals after the last op of the instruction that may fault.

import { hiOf } from '../bits.ts';
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

/** Bits of a constant's number. */
const INDEX_BITS = 16;
const INDEX_MASK = (1 << INDEX_BITS) - 1;

function hashOf(lo: number, hi: number): number {
  const mixed = Math.imul(lo ^ Math.imul(hi, 0x85ebca77), 0x9e3779b1);
  return mixed >>> 16;
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
  /** Hash table of the pool: `generation` << INDEX_BITS | index. Entries of other generations are free. */
  private slots: Int32Array = new Int32Array(256);
  private generation = 1;

  reset(pc: number): void {
    this.count = 0;
    this.constCount = 0;
    if (++this.generation === 1 << (31 - INDEX_BITS)) {
      this.slots.fill(0);
      this.generation = 1;
    }
    this.tempCount = 0;
    this.labelCount = 0;
    this.pc = pc;
    this.insns = 0;
    this.size = 0;
  }

  /** The operand of the 64-bit constant (lo, hi); equal constants share one. */
  constant(lo: number, hi: number): Operand {
    const { slots, constLo, constHi, generation } = this;
    lo |= 0;
    hi |= 0;
    const mask = slots.length - 1;
    for (let at = hashOf(lo, hi) & mask; ; at = (at + 1) & mask) {
      const slot = slots[at]!;
      if (slot >> INDEX_BITS !== generation) break;
      const index = slot & INDEX_MASK;
      if (constLo[index] === lo && constHi[index] === hi) return ~index;
    }
    return ~this.addConstant(lo, hi);
  }

  private addConstant(lo: number, hi: number): number {
    const index = this.constCount++;
    must(index < INDEX_MASK, 'out of constants');
    if (index >= this.constLo.length) {
      this.constLo = grow(this.constLo);
      this.constHi = grow(this.constHi);
      // A quarter full at most: look-ups stay short.
      this.slots = new Int32Array(this.slots.length * 2);
      for (let i = 0; i < index; i++) this.enter(i);
    }
    this.constLo[index] = lo;
    this.constHi[index] = hi;
    this.enter(index);
    return index;
  }

  private enter(index: number): void {
    const mask = this.slots.length - 1;
    let at = hashOf(this.constLo[index]!, this.constHi[index]!) & mask;
    while (this.slots[at]! >> INDEX_BITS === this.generation) at = (at + 1) & mask;
    this.slots[at] = (this.generation << INDEX_BITS) | index;
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
    return this.pushAll(op, d, a, b, c, e, f, g);
  }

  /** `push` with every word given: what emitters go through. */
  pushAll(op: number, d: number, a: number, b: number, c: number, e: number, f: number, g: number): number {
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

// Looked up once: emitters run in baseline code most of the time.
const MOV = Op.mov;
const BRCOND = Op.brcond;
const BR = Op.br;
const LABEL = Op.label;
const LD = Op.ld;
const ST = Op.st;
const INSN_START = Op.insn_start;
const GOTO_TB = Op.goto_tb;

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
    return this.block.constant(value | 0, hiOf(value));
  }

  unary(op: number, a: Operand, into: Operand = this.block.newTemp()): Operand {
    this.block.pushAll(op, into, a, NONE, NONE, 0, 0, 0);
    return into;
  }
  binary(op: number, a: Operand, b: Operand, into: Operand = this.block.newTemp()): Operand {
    this.block.pushAll(op, into, a, b, NONE, 0, 0, 0);
    return into;
  }
  mov(into: Operand, a: Operand): void {
    this.block.pushAll(MOV, into, a, NONE, NONE, 0, 0, 0);
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
    this.block.pushAll(BRCOND, NONE, a, b, NONE, 0, Cond[cond], label);
  }
  br(label: number): void {
    this.block.pushAll(BR, NONE, NONE, NONE, NONE, 0, 0, label);
  }
  label(label: number): void {
    this.block.pushAll(LABEL, NONE, NONE, NONE, NONE, 0, 0, label);
  }
  /** Loads from base + offset as `memop` says. */
  load(memop: number, base: Operand, offset: number, into: Operand = this.block.newTemp()): Operand {
    this.block.pushAll(LD, into, base, NONE, NONE, offset, memop, 0);
    return into;
  }
  store(memop: number, base: Operand, offset: number, value: Operand): void {
    this.block.pushAll(ST, NONE, base, value, NONE, offset, memop, 0);
  }
  call(helper: number, args: readonly Operand[], imm: number, into: Operand = this.block.newTemp()): Operand {
    this.block.push(Op.call, into, args[0] ?? NONE, args[1] ?? NONE, args[2] ?? NONE, helper, imm);
    return into;
  }
  insnStart(index: number, pc: number): void {
    this.block.pushAll(INSN_START, NONE, index, pc | 0, hiOf(pc), 0, 0, 0);
  }
  gotoTb(slot: 0 | 1, pc: number): void {
    this.block.pushAll(GOTO_TB, NONE, NONE, pc | 0, hiOf(pc), slot, 0, 0);
  }
  gotoPtr(): void {
    this.block.push(Op.goto_ptr);
  }
  exit(reason: number, argument = 0): void {
    this.block.push(Op.exit, NONE, NONE, NONE, NONE, reason, argument);
  }
}
