// What a tb_trans callback receives: views of the block just formed, through which hooks are attached. Dead after the
// callback: every use then throws.

import type { GuestAddr } from '../bits.ts';
import type { BlockView } from '../exec/plugin-port.ts';
import { CALL_ICOUNT, CALL_MEM, CALL_READS, CALL_WRITES } from '../ir/op.ts';
import type { CallbackFlags, Cell, InsnHandle, MemAccess, MemInfo, Ring, TbHandle } from './api.ts';
import { PluginUseError, StaleHandleError } from './errors.ts';
import type { Hook } from './hooks.ts';
import { RingInMemory } from './ring.ts';
import { CellInMemory } from './scoreboard.ts';

export type ExecCallback = (cpu: number) => void;
export type MemCallback = (cpu: number, info: MemInfo, address: bigint) => void;

/** What handles ask of the engine. */
export interface HandleHost {
  readonly plugin: string;
  registerExec(callback: ExecCallback, flags: CallbackFlags, pc: GuestAddr): number;
  registerMem(callback: MemCallback, flags: CallbackFlags, pc: GuestAddr): number;
  disassemble(pc: GuestAddr, bytes: Uint8Array): string;
  symbolAt(pc: GuestAddr): string | undefined;
}

const ACCESS: Record<MemAccess, number> = { r: 1, w: 2, rw: 3 };
const FLAGS: Record<CallbackFlags, number> = {
  // Any callback may ask for the instruction count, stop the machine or have code flushed.
  'no-regs': CALL_ICOUNT,
  'r-regs': CALL_ICOUNT | CALL_READS,
  'rw-regs': CALL_ICOUNT | CALL_READS | CALL_WRITES,
};

class BlockHandle implements TbHandle {
  private alive = true;
  private readonly view: BlockView;
  private readonly host: HandleHost;
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
    if (!this.alive) throw new StaleHandleError(this.host.plugin, 'block');
  }
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
    this.list[index] ??= new InstructionHandle(this, index, this.view, this.host);
    return this.list[index];
  }
  insns(): readonly InsnHandle[] {
    return Array.from({ length: this.insnCount }, (_, index) => this.insn(index)!);
  }
  onExec(callback: ExecCallback, flags: CallbackFlags = 'no-regs'): void {
    this.check();
    this.checkCallback(callback, flags);
    const id = this.host.registerExec(callback, flags, this.view.pc);
    this.attach({ at: 'tb', insn: 0, access: 0, op: 'plugin_call', lo: 0, hi: 0, e: id, f: FLAGS[flags], g: 0 });
  }
  inlineAdd(cell: Cell, value: number | bigint): void {
    this.cellOp('plugin_add', 'tb', 0, 0, cell, value);
  }
  inlineStore(cell: Cell, value: number | bigint): void {
    this.cellOp('plugin_store', 'tb', 0, 0, cell, value);
  }
  ringPut(ring: Ring, value: number): void {
    this.check();
    if (!(ring instanceof RingInMemory)) throw new PluginUseError(this.host.plugin, 'ringPut needs a ring of this run');
    const { cursor, data, mask } = ring;
    this.attach({ at: 'tb', insn: 0, access: 0, op: 'plugin_ring', lo: value | 0, hi: 0, e: cursor, f: data, g: mask });
  }
  observe(): void {
    this.check();
    this.attach({ at: 'tb', insn: 0, access: 0, op: 'observe', lo: 0, hi: 0, e: this.view.id, f: 0, g: 0 });
    for (let insn = 0; insn < this.view.insns; insn++) {
      this.attach({ at: 'mem', insn, access: 2, op: 'observe', lo: 0, hi: 0, e: 0, f: 0, g: 0 });
    }
  }

  attach(hook: Hook): void {
    this.hooks.push(hook);
  }
  checkCallback(callback: unknown, flags: CallbackFlags): void {
    if (typeof callback !== 'function') throw new PluginUseError(this.host.plugin, 'the callback is not a function');
    if (!Object.hasOwn(FLAGS, flags)) {
      throw new PluginUseError(this.host.plugin, `flags are ${Object.keys(FLAGS).join(', ')}, not ${String(flags)}`);
    }
  }
  accessOf(access: MemAccess): number {
    if (!Object.hasOwn(ACCESS, access)) {
      throw new PluginUseError(this.host.plugin, `an access is 'r', 'w' or 'rw', not ${String(access)}`);
    }
    return ACCESS[access];
  }
  cellOp(
    op: 'plugin_add' | 'plugin_store',
    at: Hook['at'],
    insn: number,
    access: number,
    cell: Cell,
    value: number | bigint,
  ): void {
    this.check();
    if (!(cell instanceof CellInMemory)) {
      throw new PluginUseError(this.host.plugin, 'inline operations need a cell of a scoreboard of this run');
    }
    const bits = BigInt.asIntN(64, BigInt(value));
    const lo = Number(BigInt.asIntN(32, bits));
    const hi = Number(bits >> 32n);
    this.attach({ at, insn, access, op, lo, hi, e: cell.address, f: cell.stride, g: 0 });
  }
}

class InstructionHandle implements InsnHandle {
  private readonly block: BlockHandle;
  private readonly index: number;
  private readonly view: BlockView;
  private readonly host: HandleHost;

  constructor(block: BlockHandle, index: number, view: BlockView, host: HandleHost) {
    this.block = block;
    this.index = index;
    this.view = view;
    this.host = host;
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
  disas(): string {
    return this.host.disassemble(this.pc, this.data());
  }
  symbol(): string | undefined {
    return this.host.symbolAt(this.pc);
  }
  onExec(callback: ExecCallback, flags: CallbackFlags = 'no-regs'): void {
    this.block.checkCallback(callback, flags);
    const e = this.host.registerExec(callback, flags, this.pc);
    const hook = {
      at: 'insn',
      insn: this.index,
      access: 0,
      op: 'plugin_call',
      lo: 0,
      hi: 0,
      e,
      f: FLAGS[flags],
      g: 0,
    } as const;
    this.block.attach(hook);
  }
  inlineAdd(cell: Cell, value: number | bigint): void {
    this.block.cellOp('plugin_add', 'insn', this.index, 0, cell, value);
  }
  inlineStore(cell: Cell, value: number | bigint): void {
    this.block.cellOp('plugin_store', 'insn', this.index, 0, cell, value);
  }
  onMem(access: MemAccess, callback: MemCallback, flags: CallbackFlags = 'no-regs'): void {
    this.block.checkCallback(callback, flags);
    const mask = this.block.accessOf(access);
    const e = this.host.registerMem(callback, flags, this.pc);
    const f = FLAGS[flags] | CALL_MEM;
    this.block.attach({
      at: 'mem',
      insn: this.index,
      access: mask,
      op: 'plugin_call',
      lo: 0,
      hi: 0,
      e,
      f,
      g: 0,
    });
  }
  inlineMemAdd(access: MemAccess, cell: Cell, value: number | bigint): void {
    this.block.cellOp('plugin_add', 'mem', this.index, this.block.accessOf(access), cell, value);
  }
  inlineMemStore(access: MemAccess, cell: Cell, value: number | bigint): void {
    this.block.cellOp('plugin_store', 'mem', this.index, this.block.accessOf(access), cell, value);
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
