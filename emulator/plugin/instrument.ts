// Weaves hooks into a block's IR: block and instruction hooks after insn_start, memory hooks after each access. The
// passes see the result, so instrumentation costs only itself.

import { helperId } from '../ir/helper.ts';
import { type IrBlock, IrBuilder, NONE, STRIDE } from '../ir/ir.ts';
import { CALL_MEM, MEM_SIZE, Op } from '../ir/op.ts';
import type { Hook } from './hooks.ts';

const OBSERVE_BLOCK = helperId('observe_block');
const OBSERVE_STORE = helperId('observe_store');

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
  const blockHooks = hooks.filter((hook) => hook.at === 'tb');
  const execHooks = byInsn(hooks, 'insn');
  const memHooks = byInsn(hooks, 'mem');

  let insn = 0;
  for (let at = 0, end = from.count * STRIDE; at < end; at += STRIDE) {
    const ops = from.ops;
    const op = ops[at]!;
    const isStore = op === Op.st;
    const wanted =
      op === Op.ld || isStore ? memHooks.get(insn)?.filter((h) => h.access & (isStore ? 2 : 1)) : undefined;
    let address = NONE;
    if (wanted?.length) {
      // The load may overwrite its own base: the address is computed before.
      address = ops[at + 5] === 0 ? ops[at + 2]! : b.binary(Op.add, ops[at + 2]!, b.imm(ops[at + 5]!));
      if (ops[at + 5] === 0 && ops[at + 1] === ops[at + 2]) {
        address = to.newTemp();
        b.mov(address, ops[at + 2]!);
      }
    }
    to.push(op, ops[at + 1], ops[at + 2], ops[at + 3], ops[at + 4], ops[at + 5], ops[at + 6], ops[at + 7]);
    if (op === Op.insn_start) {
      insn = ops[at + 2]!;
      if (insn === 0) for (const hook of blockHooks) insert(b, hook, NONE, NONE, 0, false);
      for (const hook of execHooks.get(insn) ?? []) insert(b, hook, NONE, NONE, 0, false);
    } else if (wanted) {
      const value = isStore ? ops[at + 3]! : ops[at + 1]!;
      for (const hook of wanted) insert(b, hook, address, value, ops[at + 6]!, isStore);
    }
  }
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

/** What plugin_call hands to the engine: the callback's number and, for accesses, memop and direction. */
export function callbackWord(callback: number, memop: number, isStore: boolean): number {
  return (callback << 7) | (isStore ? 64 : 0) | (memop & 63);
}

function insert(b: IrBuilder, hook: Hook, address: number, value: number, memop: number, isStore: boolean): void {
  const immediate = b.imm64(hook.lo, hook.hi);
  if (hook.op === 'observe') {
    if (address === NONE) b.call(OBSERVE_BLOCK, [b.imm(b.block.insns)], hook.e);
    else b.call(OBSERVE_STORE, [address, value], memop & MEM_SIZE);
  } else if (hook.op === 'plugin_call') {
    const memory = (hook.f & CALL_MEM) !== 0;
    const callback = callbackWord(hook.e, memop, isStore);
    b.block.push(Op.plugin_call, NONE, memory ? address : NONE, memory ? value : NONE, NONE, callback, hook.f);
  } else {
    b.block.push(Op[hook.op], NONE, immediate, NONE, NONE, hook.e, hook.f, hook.g);
  }
}
