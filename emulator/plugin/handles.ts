// What a tb_trans callback receives: views of the block just formed, through which hooks are attached. Dead after the
// callback: every use then throws.

import { alignDown, type GuestAddr } from '../bits.ts';
import type { BlockView } from '../exec/plugin-port.ts';
import { CALL_ICOUNT, CALL_MEM, CALL_READS, CALL_WRITES } from '../ir/op.ts';
import { PAGE_SIZE } from '../memory/layout.ts';
import type {
  CallbackFlags,
  Cell,
  ExecCallback,
  ExecOptions,
  Filter,
  HookOptions,
  InlineOp,
  InsnHandle,
  MemAccess,
  MemCallback,
  Predicates,
  Ring,
  TbHandle,
} from './api.ts';
import { type Place, PluginUseError, StaleHandleError } from './errors.ts';
import { matches } from './filter.ts';
import { CALL_PC, type Hook, type HookAction } from './hooks.ts';
import { type LowerContext, lowerOp, lowerPredicates } from './lower.ts';
import type { RecordRingInMemory } from './ring.ts';
import { EntryCell } from './scoreboard.ts';

/** What handles ask of the engine. */
export interface HandleHost {
  /** The callback that runs now, for errors. */
  place(): Place;
  registerExec(callback: ExecCallback, flags: CallbackFlags, hook: string): number;
  /** What notes a call of the callback down, attached at `pc`. */
  noteExec(callback: ExecCallback, hook: string, pc: GuestAddr): HookAction;
  registerMem(callback: MemCallback, flags: CallbackFlags): number;
  registerFull(ring: RecordRingInMemory): number;
  slotOf(register: string): number;
  disassemble(pc: GuestAddr, bytes: Uint8Array): string;
  symbolName(pc: GuestAddr): string | undefined;
  /** Linear address of the page's frame, 0 for none. */
  codePage(page: GuestAddr): number;
}

const ACCESS: Record<MemAccess, number> = { r: 1, w: 2, rw: 3 };
// Any callback may ask for the instruction count, stop the machine or have code flushed.
const FLAGS: Record<CallbackFlags, number> = {
  'no-regs': CALL_ICOUNT,
  'r-regs': CALL_ICOUNT | CALL_READS,
  'rw-regs': CALL_ICOUNT | CALL_READS | CALL_WRITES,
  'rw-regs-pc': CALL_ICOUNT | CALL_READS | CALL_WRITES | CALL_PC,
};

const inBatches = (options: CallbackFlags | ExecOptions | undefined): boolean =>
  typeof options === 'object' && options.batch === true;

/** Where a hook goes. */
interface Spot {
  readonly at: Hook['at'];
  readonly insn: number;
  readonly access: number;
  readonly pc: GuestAddr;
}

class BlockHandle implements TbHandle {
  private alive = true;
  private readonly view: BlockView;
  readonly host: HandleHost;
  private readonly hooks: Hook[];
  private readonly list: InsnHandle[] = [];

  constructor(view: BlockView, host: HandleHost, hooks: Hook[]) {
    this.view = view;
    this.host = host;
    this.hooks = hooks;
  }
  kill(): void {
    this.alive = false;
  }
  check(): void {
    if (!this.alive) throw new StaleHandleError(this.host.place(), 'block');
  }
  readonly fail = (problem: string): never => {
    throw new PluginUseError(this.host.place(), problem);
  };

  get pc(): GuestAddr {
    this.check();
    return this.view.pc;
  }
  get insnCount(): number {
    this.check();
    return this.view.insns;
  }
  get size(): number {
    this.check();
    return this.view.size;
  }
  get id(): number {
    this.check();
    return this.view.id;
  }
  insn(index: number): InsnHandle | undefined {
    this.check();
    if (!Number.isInteger(index) || index < 0 || index >= this.view.insns) return undefined;
    this.list[index] ??= new InstructionHandle(this, index, this.view);
    return this.list[index];
  }
  insns(filter?: Filter): readonly InsnHandle[] {
    const all = Array.from({ length: this.insnCount }, (_, index) => this.insn(index)!);
    return filter ? all.filter((insn) => matches(insn, filter)) : all;
  }
  private get spot(): Spot {
    return { at: 'tb', insn: 0, access: 0, pc: this.view.pc };
  }
  onExec(callback: ExecCallback, options?: CallbackFlags | ExecOptions): void {
    this.exec(this.spot, 'tb callback', callback, options);
  }
  inline(op: InlineOp, when?: Predicates): void {
    this.attachOp(this.spot, op, when);
  }
  inlineAdd(cell: Cell, value: number | bigint): void {
    this.inline({ op: 'add', cell, value });
  }
  inlineStore(cell: Cell, value: number | bigint): void {
    this.inline({ op: 'store', cell, value });
  }
  inlineTransfer(op: InlineOp, when?: Predicates): void {
    this.attachOp({ ...this.spot, at: 'transfer' }, op, when);
  }
  ringPut(ring: Ring, value: number): void {
    this.inline({ op: 'ring', ring, value });
  }
  observe(): void {
    this.check();
    this.attach(this.spot, { does: 'observe', block: this.view.id }, []);
    for (let insn = 0; insn < this.view.insns; insn++) {
      this.attach({ at: 'mem', insn, access: ACCESS.w, pc: 0 }, { does: 'observe', block: 0 }, []);
    }
  }

  // --- for instructions too ---

  exec(spot: Spot, hook: string, callback: ExecCallback, options?: CallbackFlags | ExecOptions): void {
    const { host } = this;
    const batch = inBatches(options);
    this.attachCall(spot, callback, options, (flags) => {
      if (!batch) return { does: 'call', callback: host.registerExec(callback, flags, hook), flags: FLAGS[flags] };
      if (flags !== 'no-regs') this.fail(`calls in batches are made later: their flags are no-regs, not ${flags}`);
      return host.noteExec(callback, hook, spot.pc);
    });
  }
  mem(spot: Spot, callback: MemCallback, options?: CallbackFlags | HookOptions): void {
    if (inBatches(options)) this.fail('calls for accesses are not made in batches');
    this.attachCall(spot, callback, options, (flags) => {
      return { does: 'call', callback: this.host.registerMem(callback, flags), flags: FLAGS[flags] | CALL_MEM };
    });
  }
  attachOp(spot: Spot, op: InlineOp, when: Predicates | undefined): void {
    this.check();
    const context = this.context(spot);
    const tests = lowerPredicates(when, context);
    const entry = spot.at === 'tb' && tests?.length === 0;
    const action = lowerOp(op, { ...context, entry });
    // Compiled code counts entries as it takes from the budget: no callback may come before.
    const counts = entry && 'cell' in op && op.cell instanceof EntryCell;
    if (tests) this.attach(counts ? { ...spot, at: 'entry' } : spot, action, tests);
  }
  accessOf(access: MemAccess): number {
    this.check();
    if (!Object.hasOwn(ACCESS, access)) this.fail(`an access is 'r', 'w' or 'rw', not ${String(access)}`);
    return ACCESS[access];
  }

  private attachCall(
    spot: Spot,
    callback: unknown,
    options: CallbackFlags | HookOptions | undefined,
    actionFor: (flags: CallbackFlags) => HookAction,
  ): void {
    this.check();
    const { flags = 'no-regs', when } = typeof options === 'string' ? { flags: options } : (options ?? {});
    if (typeof callback !== 'function') this.fail('the callback is not a function');
    if (!Object.hasOwn(FLAGS, flags)) this.fail(`flags are ${Object.keys(FLAGS).join(', ')}, not ${String(flags)}`);
    const tests = lowerPredicates(when, this.context(spot));
    if (tests) this.attach(spot, actionFor(flags), tests);
  }
  private attach({ at, insn, access }: Spot, action: HookAction, when: Hook['when']): void {
    this.hooks.push({ at, insn, access, action, when });
  }
  private context(spot: Spot): LowerContext {
    const { host, fail } = this;
    return {
      pc: spot.pc,
      entry: false,
      access: spot.at === 'mem',
      transfer: spot.at === 'transfer',
      slotOf: (register) => host.slotOf(register),
      registerFull: (ring) => host.registerFull(ring),
      fail,
    };
  }
}

class InstructionHandle implements InsnHandle {
  private readonly block: BlockHandle;
  private readonly index: number;
  private readonly view: BlockView;

  constructor(block: BlockHandle, index: number, view: BlockView) {
    this.block = block;
    this.index = index;
    this.view = view;
  }
  get pc(): GuestAddr {
    this.block.check();
    return this.view.pc + this.view.offsets[this.index]!;
  }
  get size(): number {
    this.block.check();
    return this.view.offsets[this.index + 1]! - this.view.offsets[this.index]!;
  }
  data(): Uint8Array {
    this.block.check();
    return this.view.bytes.slice(this.view.offsets[this.index], this.view.offsets[this.index + 1]);
  }
  opcode(): number {
    return this.data().reduceRight((word, byte) => word * 256 + byte, 0);
  }
  disas(): string {
    return this.block.host.disassemble(this.pc, this.data());
  }
  symbol(): string | undefined {
    return this.block.host.symbolName(this.pc);
  }
  haddr(): number | undefined {
    const page = alignDown(this.pc, PAGE_SIZE);
    const frame = this.block.host.codePage(page);
    return frame === 0 ? undefined : frame + (this.pc - page);
  }
  private spot(access?: MemAccess): Spot {
    const { pc, index: insn } = this;
    return access === undefined
      ? { at: 'insn', insn, access: 0, pc }
      : { at: 'mem', insn, access: this.block.accessOf(access), pc };
  }
  onExec(callback: ExecCallback, options?: CallbackFlags | ExecOptions): void {
    this.block.exec(this.spot(), 'insn callback', callback, options);
  }
  inline(op: InlineOp, when?: Predicates): void {
    this.block.attachOp(this.spot(), op, when);
  }
  inlineAdd(cell: Cell, value: number | bigint): void {
    this.inline({ op: 'add', cell, value });
  }
  inlineStore(cell: Cell, value: number | bigint): void {
    this.inline({ op: 'store', cell, value });
  }
  onMem(access: MemAccess, callback: MemCallback, options?: CallbackFlags | HookOptions): void {
    this.block.mem(this.spot(access), callback, options);
  }
  inlineMem(access: MemAccess, op: InlineOp, when?: Predicates): void {
    this.block.attachOp(this.spot(access), op, when);
  }
  inlineMemAdd(access: MemAccess, cell: Cell, value: number | bigint): void {
    this.inlineMem(access, { op: 'add', cell, value });
  }
  inlineMemStore(access: MemAccess, cell: Cell, value: number | bigint): void {
    this.inlineMem(access, { op: 'store', cell, value });
  }
}

/** Runs `use` with a handle of the block; the handle dies afterwards, also when `use` throws. */
export function withBlockHandle(view: BlockView, host: HandleHost, hooks: Hook[], use: (tb: TbHandle) => void): void {
  const handle = new BlockHandle(view, host, hooks);
  try {
    use(handle);
  } finally {
    handle.kill();
  }
}

/** True when an instruction of the block is meant. */
export function blockMatches(view: BlockView, host: HandleHost, filter: Filter): boolean {
  const handle = new BlockHandle(view, host, []);
  return handle.insns(filter).length > 0;
}
