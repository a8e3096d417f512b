// Does what plugins attached, one hook at a time, for the reference model: what plugin/weave.ts says in IR, done at once.
// Words of plugins are 64 bits in linear memory, unsigned; the index of the vCPU is in its environment.

import { CONDS } from '../ir/op.ts';
import * as L from '../memory/layout.ts';
import { must } from '../must.ts';
import { type HookAction, type HookTest, type HookValue, MIX_FACTOR, MIX_STEP } from '../plugin/hooks.ts';

/** The access a memory hook belongs to; `value` in its low `size` bytes. */
export interface HookAccess {
  readonly address: bigint;
  readonly value: bigint;
  readonly size: number;
}

/** What is known where a hook stands: the access it belongs to, where a transfer goes. */
export interface HookPlace {
  readonly access?: HookAccess | undefined;
  readonly target?: bigint | undefined;
}

type Inline = Exclude<HookAction, { readonly does: 'call' | 'observe' }>;

const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const HOLDS: Readonly<Record<(typeof CONDS)[number], (a: bigint, b: bigint) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => s64(a) < s64(b),
  ge: (a, b) => s64(a) >= s64(b),
  ltu: (a, b) => a < b,
  geu: (a, b) => a >= b,
  gt: (a, b) => s64(a) > s64(b),
  le: (a, b) => s64(a) <= s64(b),
  gtu: (a, b) => a > b,
  leu: (a, b) => a <= b,
};

export class HookActions {
  private readonly words: BigUint64Array;
  private readonly i32: Int32Array;

  constructor(buffer: ArrayBufferLike) {
    this.words = new BigUint64Array(buffer);
    this.i32 = new Int32Array(buffer);
  }

  holds({ cond, left, mask, right }: HookTest, env: number, place: HookPlace): boolean {
    let a = this.value(left, env, place);
    if (mask) a &= constant(mask);
    return HOLDS[CONDS[cond]!](a, this.value(right, env, place));
  }

  private vcpu(env: number): number {
    return this.i32[(env + L.ENV_CPU_INDEX) >> 2]!;
  }

  /** Registers are read from the environment. */
  private value(value: HookValue, env: number, place: HookPlace): bigint {
    switch (value.from) {
      case 'constant':
        return constant(value);
      case 'slot':
        return this.words[(env >> 3) + value.slot]!;
      case 'word':
        return this.words[(value.address + value.stride * this.vcpu(env)) >> 3]!;
      case 'vcpu':
        return BigInt(this.vcpu(env));
      case 'address':
        must(place.access, 'an address outside of a memory hook');
        return BigInt.asUintN(64, place.access.address);
      case 'value':
        must(place.access, 'a value outside of a memory hook');
        return BigInt.asUintN(8 * place.access.size, place.access.value);
      case 'target':
        must(place.target !== undefined, 'a target outside of a transfer');
        return BigInt.asUintN(64, place.target);
    }
  }

  /** True when a record ring has no more room and somebody wants to be called. */
  run(action: Inline, env: number, place: HookPlace): boolean {
    const { words } = this;
    if (action.does === 'count') {
      this.i32[(env + L.ENV_ENTRIES) >> 2]!++;
      return false;
    }
    const value = (of: HookValue): bigint => this.value(of, env, place);
    if (action.does === 'ring') {
      const cursor = action.cursor >> 2;
      const at = this.i32[cursor]!;
      this.i32[(action.data + (at & action.mask)) >> 2] = Number(BigInt.asIntN(32, value(action.value)));
      this.i32[cursor] = at + 4;
      return false;
    }
    if (action.does === 'record') {
      const { cursor, data, mask, recordBytes, values, full } = action;
      const at = words[cursor >> 3]!;
      const place = Number(at & BigInt(mask));
      for (const [field, of] of values.entries()) words[(data + 8 * field + place) >> 3] = value(of);
      words[cursor >> 3] = at + BigInt(recordBytes);
      return full >= 0 && words[cursor >> 3]! > BigInt(mask);
    }
    const cell = (action.address + action.stride * this.vcpu(env)) >> 3;
    const operand = value(action.value);
    const old = words[cell]!;
    switch (action.does) {
      case 'add':
        words[cell] = old + operand;
        break;
      case 'store':
        words[cell] = operand;
        break;
      case 'min':
        if (operand < old) words[cell] = operand;
        break;
      case 'max':
        if (operand > old) words[cell] = operand;
        break;
      case 'or':
        words[cell] = old | operand;
        break;
      case 'mix': {
        const product = BigInt.asUintN(64, operand * constant(MIX_FACTOR));
        words[cell] = old * BigInt(MIX_STEP) + BigInt.asIntN(32, product ^ (product >> 32n));
        break;
      }
      case 'bit': {
        const index = Number((operand >> BigInt(action.shift)) & BigInt(action.bits - 1));
        words[cell + (index >> 6)]! |= 1n << BigInt(index & 63);
        break;
      }
      case 'histogram': {
        const shifted = operand >> BigInt(action.shift);
        const index = action.log2 ? (shifted === 0n ? 0 : shifted.toString(2).length) : shifted;
        const last = action.buckets - 1;
        words[cell + (index < last ? Number(index) : last)]! += 1n;
      }
    }
    return false;
  }
}

function constant({ lo, hi }: { readonly lo: number; readonly hi: number }): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}
