// Guest loads and stores: the software TLB looked up inline (memory/layout.ts), or the page that an earlier access found
// (pages.ts). A page that is not there, not allowed or not plain memory, and an address that is not aligned, all fail the
// one tag compare and leave for tier 0 at the start of this instruction; the way out, off the hot path, stores the globals
// that may have changed and says where it was.

import { STRIDE } from '../../ir/ir.ts';
import { MEM_BIG, MEM_RMW, MEM_SIGN, MEM_SIZE } from '../../ir/op.ts';
import * as L from '../../memory/layout.ts';
import { must } from '../../must.ts';
import { type Body, Local } from './body.ts';
import { W } from './opcode.ts';
import { LOOK_UP, READS, REUSE, WRITES } from './pages.ts';

/** By size, then sign. */
const LOADS = [
  [W.i64_load8_u, W.i64_load8_s],
  [W.i64_load16_u, W.i64_load16_s],
  [W.i64_load32_u, W.i64_load32_s],
  [W.i64_load, W.i64_load],
] as const;
const STORES = [W.i64_store8, W.i64_store16, W.i64_store32, W.i64_store] as const;

const INDEX_SHIFT = L.PAGE_SHIFT - Math.log2(L.TLB_ENTRY_SIZE);
const INDEX_MASK = (L.TLB_ENTRIES - 1) * L.TLB_ENTRY_SIZE;

/** Does the ld op `index`, leaves the value on the stack. Misses branch to `leave`. */
export function load(body: Body, index: number, leave: number): void {
  const { ops } = body.state.scan.ir;
  const at = index * STRIDE;
  const memop = ops[at + 6]!;
  const size = memop & MEM_SIZE;
  translate(body, index, (memop & MEM_RMW) !== 0 ? WRITES : READS, leave);
  body.memory(LOADS[size as 0 | 1 | 2 | 3][(memop & MEM_SIGN) !== 0 ? 1 : 0], size, 0);
}

/** Does the st op `index`. */
export function store(body: Body, index: number, leave: number): void {
  const { ops } = body.state.scan.ir;
  const at = index * STRIDE;
  const size = ops[at + 6]! & MEM_SIZE;
  translate(body, index, WRITES, leave);
  body.get(ops[at + 3]!);
  body.memory(STORES[size as 0 | 1 | 2 | 3], size, 0);
}

/** Pushes the linear address of the access that op `index` makes. */
function translate(body: Body, index: number, kind: number, leave: number): void {
  const { ops } = body.state.scan.ir;
  const at = index * STRIDE;
  const base = ops[at + 2]!;
  const offset = ops[at + 5]!;
  const memop = ops[at + 6]!;
  must((memop & MEM_BIG) === 0, 'big-endian accesses are not supported');
  const aligned = (1 << (memop & MEM_SIZE)) - 1;
  // A base in a local with no offset serves as the address itself; anything else goes to the scratch local.
  let addr = offset === 0 ? body.localOf(base) : -1;
  if (addr < 0) {
    body.get(base);
    if (offset !== 0) {
      body.i64(offset);
      body.op(W.i64_add);
    }
    addr = Local.addr;
    body.localTee(addr);
  } else body.localGet(addr);
  body.i64(~(L.PAGE_SIZE - 1) | aligned);
  body.op(W.i64_and);

  const how = body.state.pages[index]!;
  const pair = how === LOOK_UP ? -1 : body.pages.pairOf[base]!;
  if (how === REUSE) {
    body.localGet(body.tagOf(pair, kind));
    body.op(W.i64_ne);
    body.openIfUnlikely();
    body.localGet(addr);
    body.i64(~(L.PAGE_SIZE - 1) | aligned);
    body.op(W.i64_and);
  }
  body.localGet(addr);
  body.op(W.i32_wrap_i64);
  body.i32(INDEX_SHIFT);
  body.op(W.i32_shr_u);
  body.i32(INDEX_MASK);
  body.op(W.i32_and);
  body.localGet(Local.env);
  body.op(W.i32_add);
  body.localTee(Local.entry);
  body.memory(W.i64_load, 3, L.ENV_TLB + tlbTag(kind));
  if (pair >= 0) body.localTee(body.tagOf(pair, kind));
  body.op(W.i64_ne);
  miss(body, leave);
  if (pair >= 0) {
    const other = READS + WRITES - kind;
    if ((body.pages.kinds[pair]! & other) !== 0) {
      body.localGet(Local.entry);
      body.memory(W.i64_load, 3, L.ENV_TLB + tlbTag(other));
      body.localSet(body.tagOf(pair, other));
    }
    body.localGet(Local.entry);
    body.memory(W.i32_load, 2, L.ENV_TLB + L.TLB_ADDEND);
    body.localSet(body.addendOf(pair));
  }
  if (how === REUSE) body.close();

  body.localGet(addr);
  body.op(W.i32_wrap_i64);
  if (pair >= 0) body.localGet(body.addendOf(pair));
  else {
    body.localGet(Local.entry);
    body.memory(W.i32_load, 2, L.ENV_TLB + L.TLB_ADDEND);
  }
  body.op(W.i32_add);
}

function tlbTag(kind: number): number {
  return kind === WRITES ? L.TLB_WRITE : L.TLB_READ;
}

/** Leaves when the top of the stack is true: off the hot path, globals are stored and the place is noted. */
function miss(body: Body, leave: number): void {
  const { state } = body;
  const remain = state.scan.ir.insns - state.insn;
  body.openIfUnlikely();
  body.storeDirty(state.walk.sets);
  body.i64(state.pcLo, state.pcHi);
  body.localSet(Local.pc);
  body.i32((remain << 16) | state.insn);
  body.localSet(Local.site);
  body.record();
  body.localSet(Local.record);
  body.branch(leave);
  body.close();
}

/** The shared end of all misses of a function: falls into the common exit with its reason set. */
export function leaveTail(body: Body): void {
  body.localGet(Local.env);
  body.localGet(Local.pc);
  body.memory(W.i64_store, 3, 8 * L.SLOT_PC);
  body.localGet(Local.env);
  body.localGet(Local.site);
  body.i32(0xffff);
  body.op(W.i32_and);
  body.memory(W.i32_store, 2, L.ENV_EXIT_INSN);
  body.localGet(Local.env);
  body.localGet(Local.record);
  body.memory(W.i32_store, 2, L.ENV_TB);
  body.localGet(Local.env);
  body.localGet(Local.site);
  body.i32(16);
  body.op(W.i32_shr_u);
  body.localTee(Local.site);
  body.memory(W.i32_store, 2, L.ENV_REMAIN);
  body.giveBudgetBack(() => body.localGet(Local.site));
  body.i32(L.EXIT_LEAVE);
  body.localSet(Local.reason);
}
