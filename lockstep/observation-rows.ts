// The packed forms of block observations and of probes on the wire: fixed rows, little-endian, so that a window of
// hundreds of thousands of blocks is a few megabytes and no object per block is decoded.

import type { BlockObservation } from '../emulator/index.ts';
import { ProtocolError } from './frame.ts';

/** f64 icount, f64 pc, u64 digest, u32 insns, u32 cpu. */
export const OBSERVATION_ROW = 32;
/** f64 pc before the instruction, u64 register digest after it, u64 digest of memory written since the entry. */
export const PROBE_ROW = 24;
/** Rows a message. */
export const ROWS_PER_MESSAGE = 65536;

export interface Probe {
  readonly pc: number;
  readonly state: bigint;
  readonly memory: bigint;
}

export function packObservations(log: readonly Omit<BlockObservation, 'size'>[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(log.length * OBSERVATION_ROW));
  log.forEach((o, i) => {
    const at = i * OBSERVATION_ROW;
    view.setFloat64(at, o.icount, true);
    view.setFloat64(at + 8, o.pc, true);
    view.setBigUint64(at + 16, o.digest, true);
    view.setUint32(at + 24, o.insns, true);
    view.setUint32(at + 28, o.cpu, true);
  });
  return new Uint8Array(view.buffer);
}

/** Observations as they arrived, read in place. */
export class ObservationRows {
  private readonly parts: DataView[] = [];
  private readonly starts: number[] = [];
  private total = 0;

  get length(): number {
    return this.total;
  }

  add(rows: Uint8Array): void {
    if (rows.length % OBSERVATION_ROW !== 0) throw new ProtocolError('observations that are not whole rows');
    if (rows.length === 0) return;
    const view = new DataView(rows.buffer, rows.byteOffset, rows.length);
    let last = this.total > 0 ? this.icount(this.total - 1) : 0;
    for (let at = 0; at < rows.length; at += OBSERVATION_ROW) {
      const icount = view.getFloat64(at, true);
      if (!Number.isSafeInteger(icount) || icount < last || !Number.isSafeInteger(view.getFloat64(at + 8, true)))
        throw new ProtocolError('observations that are not in order');
      last = icount;
    }
    this.parts.push(view);
    this.starts.push(this.total);
    this.total += rows.length / OBSERVATION_ROW;
  }

  icount(index: number): number {
    return this.cell(index, (view, at) => view.getFloat64(at, true));
  }
  pc(index: number): number {
    return this.cell(index, (view, at) => view.getFloat64(at + 8, true));
  }
  digest(index: number): bigint {
    return this.cell(index, (view, at) => view.getBigUint64(at + 16, true));
  }
  insns(index: number): number {
    return this.cell(index, (view, at) => view.getUint32(at + 24, true));
  }
  cpu(index: number): number {
    return this.cell(index, (view, at) => view.getUint32(at + 28, true));
  }

  /** Index of the first row at or after `icount`; the length when there is none. */
  firstFrom(icount: number): number {
    let low = 0;
    let high = this.total;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.icount(middle) < icount) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the first row at exactly `icount`, or -1. */
  indexAt(icount: number): number {
    const index = this.firstFrom(icount);
    return index < this.total && this.icount(index) === icount ? index : -1;
  }

  private cell<T>(index: number, read: (view: DataView, at: number) => T): T {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return read(this.parts[low]!, (index - this.starts[low]!) * OBSERVATION_ROW);
  }
}

export function packProbes(probes: readonly Probe[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(probes.length * PROBE_ROW));
  probes.forEach((probe, i) => {
    view.setFloat64(i * PROBE_ROW, probe.pc, true);
    view.setBigUint64(i * PROBE_ROW + 8, probe.state, true);
    view.setBigUint64(i * PROBE_ROW + 16, probe.memory, true);
  });
  return new Uint8Array(view.buffer);
}

export function unpackProbes(rows: Uint8Array): Probe[] {
  if (rows.length % PROBE_ROW !== 0) throw new ProtocolError('probes that are not whole rows');
  const view = new DataView(rows.buffer, rows.byteOffset, rows.length);
  return Array.from({ length: rows.length / PROBE_ROW }, (_, i) => ({
    pc: view.getFloat64(i * PROBE_ROW, true),
    state: view.getBigUint64(i * PROBE_ROW + 8, true),
    memory: view.getBigUint64(i * PROBE_ROW + 16, true),
  }));
}
