// Scoreboards: per-vCPU records in linear memory that translated code updates in place.

import {
  ENV_BASE,
  ENV_ENTRIES,
  ENV_SIZE,
  MAX_CPUS,
  SCOREBOARDS,
  SCOREBOARDS_END,
  SLOT_CELLS,
  TEMP_BASE,
} from '../memory/layout.ts';
import { UsageError } from '../must.ts';
import type { Cell, CellArray, Scoreboard } from './api-inline.ts';

/** Where a cell lies: the address of vCPU 0's word and the distance to the next vCPU's. */
export interface CellPlace {
  readonly address: number;
  readonly stride: number;
}

export class CellInMemory implements Cell, CellPlace {
  readonly address: number;
  readonly stride: number;
  protected readonly view: DataView;

  constructor(view: DataView, address: number, stride: number) {
    this.view = view;
    this.address = address;
    this.stride = stride;
  }
  protected at(cpu: number): number {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu >= MAX_CPUS) throw new RangeError(`there is no vCPU ${cpu}`);
    return this.address + cpu * this.stride;
  }
  add(cpu: number, value: number | bigint): void {
    this.set(cpu, this.get(cpu) + BigInt(value));
  }
  get(cpu: number): bigint {
    return this.view.getBigUint64(this.at(cpu), true);
  }
  set(cpu: number, value: number | bigint): void {
    this.view.setBigUint64(this.at(cpu), BigInt(value), true);
  }
  sum(): bigint {
    let total = 0n;
    for (let cpu = 0; cpu < MAX_CPUS; cpu++) total += this.get(cpu);
    return BigInt.asUintN(64, total);
  }
}

export class CellsInMemory implements CellArray, CellPlace {
  readonly count: number;
  readonly address: number;
  readonly stride: number;
  private readonly view: DataView;

  constructor(view: DataView, address: number, stride: number, count: number) {
    this.view = view;
    this.address = address;
    this.stride = stride;
    this.count = count;
  }
  at(index: number): CellInMemory {
    if (!Number.isInteger(index) || index < 0 || index >= this.count) throw new RangeError(`there is no cell ${index}`);
    return new CellInMemory(this.view, this.address + 8 * index, this.stride);
  }
  sums(): bigint[] {
    return Array.from({ length: this.count }, (_, index) => this.at(index).sum());
  }
  union(): bigint[] {
    return Array.from({ length: this.count }, (_, index) => {
      const cell = this.at(index);
      let bits = 0n;
      for (let cpu = 0; cpu < MAX_CPUS; cpu++) bits |= cell.get(cpu);
      return bits;
    });
  }
}

class BoardInMemory implements Scoreboard {
  readonly address: number;
  private readonly arena: ScoreboardArena;
  private readonly stride: number;
  private freed = false;

  constructor(arena: ScoreboardArena, address: number, stride: number) {
    this.arena = arena;
    this.address = address;
    this.stride = stride;
  }
  u64(offset = 0): Cell {
    if (offset % 8 !== 0 || offset < 0 || offset + 8 > this.stride) {
      throw new RangeError(`offset ${offset} is not a 64-bit word of this scoreboard of ${this.stride} bytes`);
    }
    return new CellInMemory(this.arena.view, this.address + offset, this.stride);
  }
  u64s(count: number, offset = 0): CellArray {
    if (
      !Number.isSafeInteger(count) ||
      count < 1 ||
      offset % 8 !== 0 ||
      offset < 0 ||
      offset + 8 * count > this.stride
    ) {
      throw new RangeError(`${count} words from offset ${offset} are not in this scoreboard of ${this.stride} bytes`);
    }
    return new CellsInMemory(this.arena.view, this.address + offset, this.stride, count);
  }
  save(): () => void {
    const bytes = new Uint8Array(this.arena.view.buffer, this.address, this.stride * MAX_CPUS);
    const kept = bytes.slice();
    return () => bytes.set(kept);
  }
  free(): void {
    if (this.freed) return;
    this.freed = true;
    this.arena.release(this.address, this.stride);
  }
}

export class ScoreboardArena {
  readonly view: DataView;
  private next = SCOREBOARDS;
  /** Freed boards by entry size, for reuse. */
  private readonly free = new Map<number, number[]>();

  constructor(buffer: ArrayBufferLike) {
    this.view = new DataView(buffer);
  }

  /** A zeroed scoreboard with `sizeBytes` (rounded up to 8) for every vCPU. */
  board(sizeBytes: number): BoardInMemory {
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1) {
      throw new RangeError(`a scoreboard of ${sizeBytes} bytes is not possible`);
    }
    const stride = Math.max(8, Math.ceil(sizeBytes / 8) * 8);
    const address = this.free.get(stride)?.pop() ?? this.bytes(stride * MAX_CPUS);
    new Uint8Array(this.view.buffer, address, stride * MAX_CPUS).fill(0);
    return new BoardInMemory(this, address, stride);
  }

  /** Plain bytes for the engine's own use. */
  bytes(size: number): number {
    const address = this.next;
    if (address + size > SCOREBOARDS_END) {
      throw new UsageError('plugins have used up the memory for scoreboards', 'load fewer plugins, or use callbacks');
    }
    this.next = (address + size + 7) & ~7;
    return address;
  }

  release(address: number, stride: number): void {
    const list = this.free.get(stride) ?? [];
    list.push(address);
    this.free.set(stride, list);
  }
}

/**
 * Cells in the vCPUs' environments, in slots that no register has: translated code holds them in registers of the host as
 * it does those of the guest, a rollback takes them back, and a new vCPU begins with zeros.
 */
export class EnvironmentCells {
  private readonly view: DataView;
  private next = SLOT_CELLS;
  private readonly unused: number[] = [];
  private entriesTaken = false;

  constructor(buffer: ArrayBufferLike) {
    this.view = new DataView(buffer);
  }

  cell(kind: typeof HeldCell = HeldCell): HeldCell {
    const slot = this.unused.pop() ?? this.next++;
    if (slot >= TEMP_BASE) throw new UsageError('plugins have used up the registers for cells', 'use scoreboards');
    const cell = new kind(this.view, ENV_BASE + 8 * slot, ENV_SIZE);
    cell.giveBack = () => this.unused.push(slot);
    return cell;
  }

  /** The one beside the budget; where somebody has it, another one. */
  entries(): HeldCell {
    if (this.entriesTaken) return this.cell(EntryCell);
    this.entriesTaken = true;
    const cell = new BudgetCell(this.view);
    cell.giveBack = () => {
      this.entriesTaken = false;
    };
    return cell;
  }
}

/** A cell that is handed back by itself. */
class HeldCell extends CellInMemory {
  giveBack: () => void = () => {};

  constructor(view: DataView, address: number, stride: number) {
    super(view, address, stride);
    for (let cpu = 0; cpu < MAX_CPUS; cpu++) this.set(cpu, 0);
  }
  save(): () => void {
    const kept = Array.from({ length: MAX_CPUS }, (_, cpu) => this.get(cpu));
    return () => {
      for (const [cpu, value] of kept.entries()) this.set(cpu, value);
    };
  }
  free(): void {
    this.giveBack();
    this.giveBack = () => {};
  }
}

/** The blocks a vCPU has entered, of those that count themselves. Translated code does nothing else with it. */
export class EntryCell extends HeldCell {}

/** That beside the vCPU's budget, changed by the same addition. */
export class BudgetCell extends EntryCell {
  constructor(view: DataView) {
    super(view, ENV_BASE + ENV_ENTRIES, ENV_SIZE);
  }
  override get(cpu: number): bigint {
    return BigInt(this.view.getUint32(this.at(cpu), true));
  }
  override set(cpu: number, value: number | bigint): void {
    this.view.setUint32(this.at(cpu), Number(BigInt.asUintN(32, BigInt(value))), true);
  }
}
