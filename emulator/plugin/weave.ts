// What one hook's action is in IR. Counters and rings are the back ends' plugin ops; everything else is composed of
// plugin_ld, plugin_st and ordinary ops, so that both back ends and the passes know it already.

import { highProduct } from '../bits.ts';
import { helperId } from '../ir/helper.ts';
import { type IrBuilder, isConst, NONE, type Operand } from '../ir/ir.ts';
import { ACCESS_STORES, CALL_ICOUNT, CALL_MEM, Cond, MEM_SIZE, Op } from '../ir/op.ts';
import {
  ENV_BASE,
  ENV_BUDGET,
  ENV_SIZE,
  EXIT_STOP,
  SLOT_CPU_INDEX,
  SLOT_REDIRECT,
  TEMP_BASE,
} from '../memory/layout.ts';
import { must } from '../must.ts';
import { CALL_PC, type Hook, type HookAction, type HookTest, type HookValue, MIX_FACTOR, MIX_STEP } from './hooks.ts';

const OBSERVE_BLOCK = helperId('observe_block');
const OBSERVE_STORE = helperId('observe_store');

/** The access a memory hook belongs to. */
export interface Access {
  readonly address: Operand;
  /** As it is in the register: bits beyond the size do not count. */
  readonly value: Operand;
  readonly memop: number;
  readonly isStore: boolean;
}

/** The slot that a cell in the vCPUs' environments is (EnvironmentCells), NONE for those in scoreboards. */
export function heldSlot(address: number): Operand {
  const slot = (address - ENV_BASE) / 8;
  return slot < TEMP_BASE ? slot : NONE;
}

/** What plugin_call hands to the engine: the callback's number and, for accesses, memop and direction. */
export function callbackWord(callback: number, memop: number, isStore: boolean): number {
  return (callback << 7) | (isStore ? ACCESS_STORES : 0) | (memop & 63);
}

export class Weaver {
  private readonly b: IrBuilder;
  private readonly access: Access | undefined;
  private readonly target: Operand;
  private narrow: Operand = NONE;

  /** For hooks of one place; `access` for those of a memory access, `target` for those of a transfer: where it goes. */
  constructor(b: IrBuilder, access?: Access, target: Operand = NONE) {
    this.b = b;
    this.access = access;
    this.target = target;
  }

  insert(hook: Hook): void {
    const { b } = this;
    if (hook.when.length === 0) {
      this.act(hook.action);
      return;
    }
    if (hook.when.length === 1 && this.select(hook.when[0]!, hook.action)) return;
    // Computed on the way to the label only.
    const { narrow } = this;
    const skip = b.newLabel();
    for (const test of hook.when) this.test(test, skip);
    this.act(hook.action);
    b.label(skip);
    this.narrow = narrow;
  }

  /** A new value of a cell that is like a register: chosen or not, without a branch. False when the action is another. */
  private select(test: HookTest, action: HookAction): boolean {
    if (action.does !== 'mix') return false;
    const slot = heldSlot(action.address);
    if (slot === NONE) return false;
    const { b } = this;
    const mixed = this.mixed(slot, action.value);
    const into = b.block.newTemp();
    b.block.push(Op.movcond, into, this.tested(test), this.value(test.right), mixed, slot, test.cond);
    b.mov(slot, into);
    return true;
  }

  private mixed(old: Operand, value: HookValue): Operand {
    const { b } = this;
    return b.binary(Op.add, b.binary(Op.mul, old, b.imm(MIX_STEP)), this.hashed(this.value(value)));
  }

  private hashed(value: Operand): Operand {
    const { b } = this;
    if (isConst(value)) return this.hashedConstant(b.block.lo(value), b.block.hi(value));
    const product = b.binary(Op.mul, value, b.imm64(MIX_FACTOR.lo, MIX_FACTOR.hi));
    return b.unary(Op.ext32s, b.binary(Op.xor, b.binary(Op.shr, product, b.imm(32)), product));
  }

  private hashedConstant(lo: number, hi: number): Operand {
    const low = Math.imul(lo, MIX_FACTOR.lo);
    const high = highProduct(lo, MIX_FACTOR.lo) + Math.imul(lo, MIX_FACTOR.hi) + Math.imul(hi, MIX_FACTOR.lo);
    return this.b.imm64(low ^ high, (low ^ high) >> 31);
  }

  private tested({ left, mask }: HookTest): Operand {
    const { b } = this;
    const a = this.value(left);
    return mask ? b.binary(Op.and, a, b.imm64(mask.lo, mask.hi)) : a;
  }

  /** Goes to `otherwise` unless the test holds. */
  private test(test: HookTest, otherwise: number): void {
    const { b } = this;
    const { cond, right } = test;
    const a = this.tested(test);
    // A condition's number with its lowest bit flipped is its negation.
    b.block.push(Op.brcond, NONE, a, this.value(right), NONE, 0, cond ^ 1, otherwise);
  }

  private value(value: HookValue): Operand {
    const { b } = this;
    switch (value.from) {
      case 'constant':
        return b.imm64(value.lo, value.hi);
      case 'slot':
        return value.slot;
      case 'word':
        return this.load(value.address, value.stride);
      case 'vcpu':
        return b.unary(Op.ext32u, SLOT_CPU_INDEX);
      case 'address':
        must(this.access, 'an address outside of a memory hook');
        return this.access.address;
      case 'value':
        return this.accessValue();
      case 'target':
        must(this.target !== NONE, 'a target outside of a transfer');
        return this.target;
    }
  }

  /** The value loaded or stored, without what the register holds beyond it. */
  private accessValue(): Operand {
    must(this.access, 'a value outside of a memory hook');
    const { value, memop } = this.access;
    const size = memop & MEM_SIZE;
    if (size === 3) return value;
    if (this.narrow === NONE) this.narrow = this.b.unary([Op.ext8u, Op.ext16u, Op.ext32u][size]!, value);
    return this.narrow;
  }

  private load(address: number, stride: number, offset: Operand = this.b.imm(0)): Operand {
    const slot = heldSlot(address);
    if (slot !== NONE) return slot;
    const into = this.b.block.newTemp();
    this.b.block.push(Op.plugin_ld, into, offset, NONE, NONE, address, stride);
    return into;
  }
  private store(value: Operand, address: number, stride: number, offset: Operand = this.b.imm(0)): void {
    const slot = heldSlot(address);
    if (slot !== NONE) this.b.mov(slot, value);
    else this.b.block.push(Op.plugin_st, NONE, offset, value, NONE, address, stride);
  }

  private act(action: HookAction): void {
    const { b, access } = this;
    switch (action.does) {
      case 'add':
      case 'store': {
        const { does, address, stride } = action;
        const value = this.value(action.value);
        const slot = heldSlot(address);
        if (slot === NONE)
          b.block.push(does === 'add' ? Op.plugin_add : Op.plugin_store, NONE, value, NONE, NONE, address, stride);
        else if (does === 'add') b.binary(Op.add, slot, value, slot);
        else b.mov(slot, value);
        return;
      }
      case 'min':
      case 'max': {
        const { address, stride } = action;
        const value = this.value(action.value);
        const old = this.load(address, stride);
        const keep = action.does === 'min' ? 'leu' : 'geu';
        this.store(b.movcond(keep, old, value, old, value), address, stride);
        return;
      }
      case 'or': {
        const { address, stride } = action;
        this.store(b.binary(Op.or, this.load(address, stride), this.value(action.value)), address, stride);
        return;
      }
      case 'mix': {
        const { address, stride } = action;
        this.store(this.mixed(this.load(address, stride), action.value), address, stride);
        return;
      }
      case 'bit':
        this.bit(action);
        return;
      case 'histogram':
        this.histogram(action);
        return;
      case 'ring': {
        const value = this.value(action.value);
        b.block.push(Op.plugin_ring, NONE, value, NONE, NONE, action.cursor, action.data, action.mask);
        return;
      }
      case 'record':
        this.record(action);
        return;
      case 'call':
        this.call(action.callback, action.flags);
        return;
      case 'count':
        b.block.push(Op.plugin_add, NONE, b.imm64(0, 1), NONE, NONE, ENV_BASE + ENV_BUDGET, ENV_SIZE);
        return;
      case 'observe':
        if (access) b.call(OBSERVE_STORE, [access.address, access.value], access.memop & MEM_SIZE);
        else b.call(OBSERVE_BLOCK, [b.imm(b.block.insns)], action.block);
    }
  }

  private bit({ address, stride, value, shift, bits }: HookAction & { does: 'bit' }): void {
    const { b } = this;
    let index = this.value(value);
    if (shift > 0) index = b.binary(Op.shr, index, b.imm(shift));
    index = b.binary(Op.and, index, b.imm(bits - 1));
    const word = b.binary(Op.shl, b.binary(Op.shr, index, b.imm(6)), b.imm(3));
    const old = this.load(address, stride, word);
    // A shift counts modulo 64 by itself.
    this.store(b.binary(Op.or, old, b.binary(Op.shl, b.imm(1), index)), address, stride, word);
  }

  private histogram({ address, stride, value, shift, buckets, log2 }: HookAction & { does: 'histogram' }): void {
    const { b } = this;
    let index = this.value(value);
    if (shift > 0) index = b.binary(Op.shr, index, b.imm(shift));
    if (log2) index = b.binary(Op.sub, b.imm(64), b.unary(Op.clz, index));
    const last = b.imm(buckets - 1);
    index = b.movcond('ltu', index, last, index, last);
    const offset = b.binary(Op.shl, index, b.imm(3));
    this.store(b.binary(Op.add, this.load(address, stride, offset), b.imm(1)), address, stride, offset);
  }

  private record({ cursor, data, mask, recordBytes, values, full }: HookAction & { does: 'record' }): void {
    const { b } = this;
    const at = this.load(cursor, 0);
    const place = b.binary(Op.and, at, b.imm(mask));
    for (const [field, value] of values.entries()) this.store(this.value(value), data + 8 * field, 0, place);
    const next = b.binary(Op.add, at, b.imm(recordBytes));
    this.store(next, cursor, 0);
    if (full < 0) return;
    const room = b.newLabel();
    b.brcond('leu', next, b.imm(mask), room);
    this.call(full, CALL_ICOUNT);
    b.label(room);
  }

  private call(callback: number, flags: number): void {
    const { b, access } = this;
    const memory = (flags & CALL_MEM) !== 0 ? access : undefined;
    const word = callbackWord(callback, access?.memop ?? 0, access?.isStore ?? false);
    b.block.push(Op.plugin_call, NONE, memory?.address ?? NONE, memory?.value ?? NONE, NONE, word, flags & ~CALL_PC);
    if ((flags & CALL_PC) === 0) return;
    // The callback may have set the pc: then the block ends here, and the machine goes on there.
    const stay = b.newLabel();
    b.block.push(Op.brcond, NONE, SLOT_REDIRECT, b.imm(0), NONE, 0, Cond.eq, stay);
    b.exit(EXIT_STOP, access ? 0 : 1);
    b.label(stay);
  }
}
