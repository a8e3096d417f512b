// Random IR for the tests of the Wasm back end: instructions that read first, access memory, and write globals last
// (the IR's rule), with arms, early ends and plugin ops; blocks joined into any control flow graph.

import { HELPERS, helperId } from '../../emulator/ir/helper.ts';
import { type IrBlock, IrBuilder, NONE } from '../../emulator/ir/ir.ts';
import { ACCESS_BITS, CALL_MEM, CONDS, OPS, Op } from '../../emulator/ir/op.ts';
import * as L from '../../emulator/memory/layout.ts';
import type { Random } from '../support/ir-random.ts';
import {
  CELL,
  CELL_STRIDE,
  callbackNumber,
  INSN_SIZE,
  PAGES,
  RING_CURSOR,
  RING_DATA,
  RING_MASK,
} from './wasm-oracle.ts';

const SPECIAL = [0, 1, -1, 2, 63, 64, 0x7fff_ffff, -0x8000_0000];
const SLOTS = [14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 33, 34, 35, 36, 37, 38, 39];
/** Slots that hold addresses in PAGES or near their ends. */
export const ADDRESS_SLOTS: readonly number[] = [26, 27, 28, 29];
const VALUE_OPS = OPS.flatMap((info, op) =>
  info.fields[0] === 'out' && info.fields.slice(1).every((field) => field === 'in') ? [op] : [],
);
const FP_HELPERS = HELPERS.flatMap((info, index) => (info.effects ? [] : [index]));

export interface Shape {
  /** Percent of accesses that miss the TLB or are misaligned. */
  readonly misses: number;
  readonly plugins: boolean;
}

/** An address an 8-byte access at small multiples of 8 from which mostly stays in a page. */
export function randomAddress(r: Random): bigint {
  return r.pick(PAGES)[0] + BigInt(r.below(32) * 64);
}

/** One block at `pc` of up to eight instructions; its goto_tb ops lead to members of `targets`. */
export function randomBlock(r: Random, pc: number, targets: readonly number[], shape: Shape): IrBlock {
  const b = new IrBuilder();
  b.block.reset(pc);
  const insns = 1 + r.below(8);
  b.block.insns = insns;
  b.block.size = insns * INSN_SIZE;
  if (shape.plugins && r.chance(50)) plugin(r, b, 0);
  for (let index = 0; index < insns; index++) {
    b.insnStart(index, pc + INSN_SIZE * index);
    if (index === insns - 1) end(r, b, targets, shape);
    else insn(r, b, index, targets, shape);
  }
  return b.block;
}

function operand(r: Random, b: IrBuilder, temps: readonly number[]): number {
  if (temps.length > 0 && r.chance(50)) return r.pick(temps);
  if (r.chance(20)) return r.chance(60) ? b.imm(r.pick(SPECIAL)) : b.imm64(r.next() | 0, r.next() | 0);
  return r.chance(15) ? r.pick(ADDRESS_SLOTS) : r.pick(SLOTS);
}

/** Value ops into new temporaries, or one into `into`. */
function compute(r: Random, b: IrBuilder, temps: number[], into?: number): void {
  const x = operand(r, b, temps);
  const y = operand(r, b, temps);
  const d = into ?? (temps.length > 0 && r.chance(15) ? r.pick(temps) : b.block.newTemp());
  const kind = r.below(100);
  if (kind < 8) b.setcond(r.pick(CONDS), x, y, d);
  else if (kind < 16) b.movcond(r.pick(CONDS), x, y, operand(r, b, temps), operand(r, b, temps), d);
  else {
    const op = r.pick(VALUE_OPS);
    if (OPS[op]!.fields[2] === 'in') b.binary(op, x, y, d);
    else b.unary(op, x, d);
  }
  if (into === undefined && !temps.includes(d)) temps.push(d);
}

function helperCall(r: Random, b: IrBuilder, index: number, temps: number[], into?: number): void {
  const observe = r.chance(20);
  const helper = observe ? helperId(r.pick(['observe_block', 'observe_store'])) : r.pick(FP_HELPERS);
  const args = Array.from({ length: HELPERS[helper]!.args }, () => operand(r, b, temps));
  const d = observe ? NONE : (into ?? b.block.newTemp());
  // What an observer is given tells the instruction.
  b.call(helper, args, observe ? index : r.below(32), d);
  if (d !== NONE && into === undefined) temps.push(d);
}

function access(r: Random, b: IrBuilder, temps: number[], shape: Shape): void {
  const size = r.below(4);
  const missing = r.chance(shape.misses);
  const base = r.pick(ADDRESS_SLOTS);
  const offset = missing ? r.pick([1 << 12, -(1 << 13), 3, 1, 0x7fff_f000]) : r.below(8) << size;
  let address: number = base;
  if (r.chance(30)) {
    address = b.binary(Op.add, base, b.imm(8 * r.below(8)));
  } else if (r.chance(10)) {
    address = b.imm(Number(PAGES[0]![0]) + 64);
  }
  if (r.chance(55)) {
    const into = r.chance(20) ? r.pick(SLOTS) : b.block.newTemp();
    // A read-only page answers plain loads only.
    b.load(size | (r.chance(50) ? 4 : 0) | (r.chance(15) ? 8 : 0) | (r.chance(20) ? 16 : 0), address, offset, into);
    if (into >= L.TEMP_BASE) temps.push(into);
  } else b.store(size, address, offset, operand(r, b, temps));
}

function plugin(r: Random, b: IrBuilder, index: number): void {
  const value = b.imm(r.below(1000));
  switch (r.below(6)) {
    case 0:
      b.block.push(
        r.chance(50) ? Op.plugin_add : Op.plugin_store,
        NONE,
        value,
        NONE,
        NONE,
        CELL + 8 * r.below(2),
        CELL_STRIDE,
      );
      break;
    case 1:
      b.block.push(Op.plugin_add, NONE, value, NONE, NONE, CELL + 8 * r.below(2), 0);
      break;
    case 2:
      b.block.push(Op.plugin_ring, NONE, value, NONE, NONE, RING_CURSOR, RING_DATA, RING_MASK);
      break;
    case 3: {
      // A word whose place depends on a register.
      const offset = b.binary(Op.and, r.pick(SLOTS), b.imm(8));
      const word = b.block.newTemp();
      b.block.push(Op.plugin_ld, word, offset, NONE, NONE, CELL, r.chance(50) ? CELL_STRIDE : 0);
      b.block.push(Op.plugin_st, NONE, r.chance(50) ? offset : b.imm(0), word, NONE, CELL + 8, CELL_STRIDE);
      break;
    }
    case 4:
      b.block.push(
        Op.plugin_st,
        NONE,
        b.imm(8 * r.below(2)),
        r.pick(SLOTS),
        NONE,
        CELL,
        r.chance(50) ? CELL_STRIDE : 0,
      );
      break;
    default: {
      const flags = r.below(16);
      const args = flags & CALL_MEM ? [r.pick(SLOTS), value] : [NONE, NONE];
      const word = (callbackNumber(index, flags) << 7) | (flags & CALL_MEM ? r.below(ACCESS_BITS + 1) : 0);
      b.block.push(Op.plugin_call, NONE, args[0]!, args[1]!, NONE, word, flags);
    }
  }
}

function insn(r: Random, b: IrBuilder, index: number, targets: readonly number[], shape: Shape): void {
  const temps: number[] = [];
  for (let n = r.below(3); n > 0; n--) compute(r, b, temps);
  if (r.chance(10)) {
    // An access in an arm, as of a conditional store, with another one after the arms have joined.
    const over = b.newLabel();
    b.brcond(r.pick(CONDS), operand(r, b, temps), operand(r, b, temps), over);
    b.store(r.below(4), r.pick(ADDRESS_SLOTS), 8 * r.below(4), operand(r, b, temps));
    b.label(over);
  }
  if (r.chance(45)) {
    const loaded = r.chance(20) ? 2 : 1;
    // A load into a global must be the instruction's last access: keep the globals for temporaries' sake.
    for (let n = 0; n < loaded; n++) accessLast(r, b, temps, shape, n === loaded - 1);
    if (shape.plugins && r.chance(20)) plugin(r, b, index);
  }
  for (let n = r.below(2); n > 0; n--) compute(r, b, temps);
  if (shape.plugins && r.chance(20)) plugin(r, b, index);
  if (r.chance(15)) helperCall(r, b, index, temps);
  if (r.chance(25)) arms(r, b, temps, targets);
  for (let n = 1 + r.below(2); n > 0; n--) {
    if (r.chance(10)) helperCall(r, b, index, temps, r.pick(SLOTS));
    else compute(r, b, temps, r.pick(SLOTS));
  }
  if (r.chance(10)) b.mov(r.pick(ADDRESS_SLOTS), r.pick(ADDRESS_SLOTS));
}

function accessLast(r: Random, b: IrBuilder, temps: number[], shape: Shape, last: boolean): void {
  if (last) {
    access(r, b, temps, shape);
    return;
  }
  const into = b.block.newTemp();
  b.load(r.below(3), r.pick(ADDRESS_SLOTS), r.below(4) * 8, into);
  temps.push(into);
}

/** A branch over one arm, or two arms; a temporary set in both is used after them. An arm may end the block. */
function arms(r: Random, b: IrBuilder, temps: number[], targets: readonly number[]): void {
  const over = b.newLabel();
  const result = b.block.newTemp();
  const x = operand(r, b, temps);
  const y = operand(r, b, temps);
  if (r.chance(50)) {
    b.mov(result, operand(r, b, temps));
    b.brcond(r.pick(CONDS), x, y, over);
    compute(r, b, [...temps], r.chance(50) ? result : r.pick(SLOTS));
    if (r.chance(30)) {
      if (r.chance(50) && targets.length > 0) b.gotoTb(0, r.pick(targets));
      else b.exit(r.pick([L.EXIT_SYSTEM, L.EXIT_ILLEGAL]), r.next() | 0);
    }
    b.label(over);
  } else {
    const join = b.newLabel();
    b.brcond(r.pick(CONDS), x, y, over);
    compute(r, b, [...temps], result);
    if (r.chance(50)) compute(r, b, [...temps, result], r.pick(SLOTS));
    b.br(join);
    b.label(over);
    compute(r, b, [...temps], result);
    b.label(join);
  }
  temps.push(result);
}

function end(r: Random, b: IrBuilder, targets: readonly number[], shape: Shape): void {
  const temps: number[] = [];
  if (r.chance(30)) access(r, b, temps, shape);
  compute(r, b, temps, r.pick(SLOTS));
  const kind = r.below(100);
  if (kind < 8 || targets.length === 0) {
    // Never 1, which means "see ENV_EXIT": guest addresses are even.
    b.binary(Op.andc, operand(r, b, temps), b.imm(1), L.SLOT_PC);
    b.gotoPtr();
  } else if (kind < 13) b.exit(L.EXIT_SYSTEM, r.next() | 0);
  else if (kind < 35) b.gotoTb(0, r.pick(targets));
  else {
    const taken = b.newLabel();
    b.brcond(r.pick(CONDS), operand(r, b, temps), operand(r, b, temps), taken);
    b.gotoTb(0, r.pick(targets));
    b.label(taken);
    if (r.chance(20)) compute(r, b, temps, r.pick(SLOTS));
    b.gotoTb(1, r.pick(targets));
  }
}
