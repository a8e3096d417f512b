// Inline operations and predicates of the API, checked and turned into the data the weaver takes. Wrong arguments are
// reported where they are written, at translation.

import { CONDS } from '../ir/op.ts';
import type { Condition, InlineOp, Predicate, Predicates, Source } from './api-inline.ts';
import type { HookAction, HookTest, HookValue } from './hooks.ts';
import { RecordRingInMemory, RingInMemory } from './ring.ts';
import { BudgetCell, CellInMemory, CellsInMemory, EntryCell } from './scoreboard.ts';

/** What lowering needs to know of the place an operation is attached to. */
export interface LowerContext {
  readonly pc: number;
  /** The place is a block's entry, whatever holds there. */
  readonly entry: boolean;
  /** The place is after an access. */
  readonly access: boolean;
  /** The place is where control goes elsewhere. */
  readonly transfer: boolean;
  /** Slot of the register of this name; throws when there is none. */
  slotOf(register: string): number;
  /** Number of a callback that drains the ring. */
  registerFull(ring: RecordRingInMemory): number;
  /** Throws the error of a wrong argument. */
  fail(problem: string): never;
}

const CONDITIONS: Readonly<
  Record<Exclude<Condition, 'never' | 'always'>, readonly [unsigned: string, signed: string]>
> = { eq: ['eq', 'eq'], ne: ['ne', 'ne'], lt: ['ltu', 'lt'], le: ['leu', 'le'], gt: ['gtu', 'gt'], ge: ['geu', 'ge'] };

export function constant(value: number | bigint, fail: (problem: string) => never): { lo: number; hi: number } {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) fail(`${value} is not an exact integer`);
  const bits = BigInt.asIntN(64, BigInt(value));
  return { lo: Number(BigInt.asIntN(32, bits)), hi: Number(bits >> 32n) };
}

export function lowerSource(source: Source, context: LowerContext): HookValue {
  switch (typeof source) {
    case 'number':
    case 'bigint':
      return { from: 'constant', ...constant(source, context.fail) };
    case 'string':
      if (source === 'pc') return { from: 'constant', ...constant(context.pc, context.fail) };
      if (source === 'cpu') return { from: 'vcpu' };
      if (source === 'target') {
        if (!context.transfer) return context.fail("'target' is known in transfer hooks only");
        return { from: 'target' };
      }
      if (source !== 'address' && source !== 'value') return context.fail(`there is no source "${String(source)}"`);
      if (!context.access) return context.fail(`'${source}' is known in memory hooks only`);
      return { from: source };
    default:
      if (typeof source?.register !== 'string') return context.fail('a source is a number, a name or a register');
      return { from: 'slot', slot: context.slotOf(source.register) };
  }
}

function lowerSide(side: Predicate['left'], context: LowerContext): HookValue {
  if (side instanceof EntryCell) return context.fail('a cell of entries is not for predicates');
  return side instanceof CellInMemory
    ? { from: 'word', address: side.address, stride: side.stride }
    : lowerSource(side as Source, context);
}

/** The tests of the predicates; undefined when they can never hold. */
export function lowerPredicates(when: Predicates | undefined, context: LowerContext): HookTest[] | undefined {
  const tests: HookTest[] = [];
  for (const predicate of when === undefined ? [] : Array.isArray(when) ? when : [when as Predicate]) {
    if (predicate.is === 'never') return undefined;
    if (predicate.is === 'always') continue;
    const names = Object.hasOwn(CONDITIONS, predicate.is) ? CONDITIONS[predicate.is as 'eq'] : undefined;
    if (!names) return context.fail(`there is no condition "${String(predicate.is)}"`);
    tests.push({
      cond: CONDS.indexOf(names[predicate.signed ? 1 : 0] as 'eq'),
      left: lowerSide(predicate.left, context),
      mask: predicate.mask === undefined ? undefined : constant(predicate.mask, context.fail),
      right: lowerSide(predicate.right, context),
    });
  }
  return tests;
}

export function lowerOp(op: InlineOp, context: LowerContext): HookAction {
  const { fail } = context;
  const cellsOf = (cells: unknown): CellsInMemory =>
    cells instanceof CellsInMemory ? cells : fail('inline operations need cells of a scoreboard of this run');
  const shiftOf = (shift = 0): number =>
    Number.isInteger(shift) && shift >= 0 && shift < 64 ? shift : fail(`a shift of ${shift} bits is not possible`);
  switch (op?.op) {
    case 'add':
    case 'store':
    case 'min':
    case 'max':
    case 'or':
    case 'mix': {
      const { cell } = op;
      if (cell instanceof EntryCell) {
        const isOne = op.op === 'add' && (op.value === 1 || op.value === 1n);
        if (!isOne || !context.entry) return fail('a cell of entries takes an addition of 1 at a block');
        if (cell instanceof BudgetCell) return { does: 'count' };
      }
      if (!(cell instanceof CellInMemory)) return fail('inline operations need a cell of a scoreboard of this run');
      return { does: op.op, address: cell.address, stride: cell.stride, value: lowerSource(op.value, context) };
    }
    case 'bit': {
      const { address, stride, count } = cellsOf(op.bitmap);
      const bits = 64 * count;
      if (bits & (bits - 1)) return fail(`a bitmap of ${count} words is not possible: it must be a power of two`);
      return { does: 'bit', address, stride, value: lowerSource(op.index, context), shift: shiftOf(op.shift), bits };
    }
    case 'histogram': {
      const { address, stride, count } = cellsOf(op.buckets);
      const { scale = 'linear' } = op;
      if (scale !== 'linear' && scale !== 'log2') return fail(`there is no scale "${String(scale)}"`);
      const value = lowerSource(op.value, context);
      const shift = shiftOf(op.shift);
      return { does: 'histogram', address, stride, value, shift, buckets: count, log2: scale === 'log2' };
    }
    case 'ring': {
      const { ring } = op;
      if (!(ring instanceof RingInMemory)) return fail('ringPut needs a ring of this run');
      const { cursor, data, mask } = ring;
      return { does: 'ring', cursor, data, mask, value: lowerSource(op.value, context) };
    }
    case 'record': {
      const { ring } = op;
      if (!(ring instanceof RecordRingInMemory)) return fail('a record needs a record ring of this run');
      if (op.values?.length !== ring.fields) return fail(`a record of this ring has ${ring.fields} fields`);
      const values = op.values.map((source) => lowerSource(source, context));
      const { cursor, data, mask, stride } = ring;
      const full = ring.full ? context.registerFull(ring) : -1;
      return { does: 'record', cursor, data, mask, recordBytes: 8 * stride, values, full };
    }
    default:
      return fail(`there is no inline operation "${String((op as { op?: unknown } | undefined)?.op)}"`);
  }
}
