// Weaves hooks into a block's IR: block and instruction hooks after insn_start, memory hooks after each access, those of
// transfers before each op that leads elsewhere. The passes see the result, so instrumentation costs only itself.
//
// Plain counters are added up while nothing can tell the difference: between two ops where control may leave the block
// or where somebody may look, adding to one cell twice is adding the sum once. The sum stands where the first was asked
// for: one for each block stays at its entry, out of the way of what is watched.

import { hiOf, loOf } from '../bits.ts';
import { type IrBlock, IrBuilder, NONE, type Operand, STRIDE } from '../ir/ir.ts';
import { CALL_WRITES, Cond, OPS, Op } from '../ir/op.ts';
import { SLOT_PC } from '../memory/layout.ts';
import type { Hook } from './hooks.ts';
import { heldSlot, Weaver } from './weave.ts';

/** Ops before which the counters must be exact: they may leave, branch, or join other paths. */
const SETTLES = Uint8Array.from(OPS, ({ faults, ends }, op) =>
  faults || ends || op === Op.brcond || op === Op.label ? 1 : 0,
);

const TARGET = { from: 'target' } as const;

/** Copies `from` into `to` with the hooks woven in. `to` is reset first. */
export function instrument(from: IrBlock, hooks: readonly Hook[], to: IrBlock): void {
  to.reset(from.pc);
  to.insns = from.insns;
  to.size = from.size;
  to.tempCount = from.tempCount;
  to.labelCount = from.labelCount;
  // Same pool, same numbers.
  for (let i = 0; i < from.constCount; i++) to.constant(from.constLo[i]!, from.constHi[i]!);
  const b = new IrBuilder(to);
  const sums = new Sums(b);
  const blockHooks = [...hooks.filter((hook) => hook.at === 'entry'), ...hooks.filter((hook) => hook.at === 'tb')];
  const transferHooks = hooks.filter((hook) => hook.at === 'transfer');
  const execHooks = byInsn(hooks, 'insn');
  const memHooks = byInsn(hooks, 'mem');
  const insertAll = (list: readonly Hook[], weaver: Weaver): void => {
    for (const hook of list) {
      if (sums.take(hook)) continue;
      sums.settle();
      weaver.insert(hook);
    }
  };

  let insn = 0;
  for (let at = 0, end = from.count * STRIDE; at < end; at += STRIDE) {
    const ops = from.ops;
    const op = ops[at]!;
    const isStore = op === Op.st;
    const wanted =
      op === Op.ld || isStore ? memHooks.get(insn)?.filter((h) => h.access & (isStore ? 2 : 1)) : undefined;
    if (SETTLES[op] === 1) sums.settle();
    if (op === Op.goto_tb || op === Op.goto_ptr) weaveTransfer(b, from, at, transferHooks);
    let address = NONE;
    if (wanted?.length) {
      // The load may overwrite its own base: the address is computed before.
      address = ops[at + 5] === 0 ? ops[at + 2]! : b.binary(Op.add, ops[at + 2]!, b.imm(ops[at + 5]!));
      if (ops[at + 5] === 0 && (ops[at + 1] === ops[at + 2] || wanted.some(writesRegisters)))
        address = copy(b, ops[at + 2]!);
    }
    to.push(op, ops[at + 1], ops[at + 2], ops[at + 3], ops[at + 4], ops[at + 5], ops[at + 6], ops[at + 7]);
    if (op === Op.insn_start) {
      insn = ops[at + 2]!;
      const weaver = new Weaver(b);
      if (insn === 0) insertAll(blockHooks, weaver);
      insertAll(execHooks.get(insn) ?? [], weaver);
    } else if (wanted?.length) {
      let value = isStore ? ops[at + 3]! : ops[at + 1]!;
      if (wanted.some(writesRegisters)) value = copy(b, value);
      insertAll(wanted, new Weaver(b, { address, value, memop: ops[at + 6]!, isStore }));
    }
  }
}

/** Before the op at `at`, which ends the block. */
function weaveTransfer(b: IrBuilder, from: IrBlock, at: number, hooks: readonly Hook[]): void {
  if (hooks.length === 0) return;
  const next = from.pc + from.size;
  const [lo, hi] = [loOf(next), hiOf(next)];
  if (from.ops[at] === Op.goto_tb) {
    const [toLo, toHi] = [from.ops[at + 3]!, from.ops[at + 4]!];
    if (toLo === lo && toHi === hi) return;
    const weaver = new Weaver(b, undefined, b.imm64(toLo, toHi));
    for (const hook of hooks) weaver.insert(hook);
    return;
  }
  const elsewhere = { cond: Cond.ne, left: TARGET, mask: undefined, right: { from: 'constant', lo, hi } } as const;
  const weaver = new Weaver(b, undefined, SLOT_PC);
  for (const hook of hooks) weaver.insert({ ...hook, when: [elsewhere, ...hook.when] });
}

/** A callback that writes registers must not change what the hooks after it are told. */
function writesRegisters({ action }: Hook): boolean {
  return action.does === 'call' && (action.flags & CALL_WRITES) !== 0;
}

function copy(b: IrBuilder, x: Operand): Operand {
  const into = b.block.newTemp();
  b.mov(into, x);
  return into;
}

function byInsn(hooks: readonly Hook[], at: 'insn' | 'mem'): Map<number, Hook[]> {
  const map = new Map<number, Hook[]>();
  for (const hook of hooks) {
    if (hook.at !== at) continue;
    const list = map.get(hook.insn);
    if (list) list.push(hook);
    else map.set(hook.insn, [hook]);
  }
  return map;
}

/** Constants added to cells by ops to which more may be added. */
class Sums {
  private readonly b: IrBuilder;
  private readonly open: {
    readonly address: number;
    readonly stride: number;
    readonly op: number;
    lo: number;
    hi: number;
  }[] = [];

  constructor(b: IrBuilder) {
    this.b = b;
  }

  /** True when the hook is a plain counter, which is now counted. */
  take({ action, when }: Hook): boolean {
    if (action.does !== 'add' || action.value.from !== 'constant' || when.length > 0) return false;
    const { address, stride } = action;
    if (heldSlot(address) !== NONE) return false;
    const { lo, hi } = action.value;
    const { b } = this;
    const known = this.open.find((sum) => sum.address === address && sum.stride === stride);
    if (!known) {
      this.open.push({ address, stride, op: b.block.count, lo, hi });
      b.block.push(Op.plugin_add, NONE, b.imm64(lo, hi), NONE, NONE, address, stride);
      return true;
    }
    const low = (known.lo >>> 0) + (lo >>> 0);
    known.hi = (known.hi + hi + (low > 0xffffffff ? 1 : 0)) | 0;
    known.lo = low | 0;
    b.block.ops[known.op * STRIDE + 2] = b.imm64(known.lo, known.hi);
    return true;
  }

  /** What has been counted must be exact from here on. */
  settle(): void {
    this.open.length = 0;
  }
}
