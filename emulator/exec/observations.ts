// The observation log of a replay, as the runtime leaves it in linear memory, and the numbering of blocks that it and
// the rings of plugins refer to.

import { addrOf, type GuestAddr } from '../bits.ts';
import * as L from '../memory/layout.ts';
import { must } from '../must.ts';
import type { RuntimeExports } from '../runtime/host-load.ts';
import type { BlockObservation, ObservationDigests } from './machine-control.ts';

export interface NumberedBlock {
  readonly pc: GuestAddr;
  readonly insns: number;
  readonly size: number;
}

/** Bits of a block's size in bytes: it has 512 instructions at most. */
const SIZE_BITS = 12;

export class Observations {
  private readonly buffer: ArrayBufferLike;
  private readonly runtime: RuntimeExports;
  /** By id: pc, and insns << SIZE_BITS | size, 0 for no block. Kept after the block is gone: records outlive it. */
  private pcs = new Float64Array(4096);
  private shapes = new Int32Array(4096);

  constructor(buffer: ArrayBufferLike, runtime: RuntimeExports) {
    this.buffer = buffer;
    this.runtime = runtime;
  }

  define(id: number, { pc, insns, size }: NumberedBlock): void {
    if (id >= this.pcs.length) {
      const { pcs, shapes } = this;
      this.pcs = new Float64Array(id * 2);
      this.pcs.set(pcs);
      this.shapes = new Int32Array(id * 2);
      this.shapes.set(shapes);
    }
    this.pcs[id] = pc;
    this.shapes[id] = (insns << SIZE_BITS) | size;
  }

  block(id: number): NumberedBlock | undefined {
    const shape = this.shapes[id] ?? 0;
    if (shape === 0) return undefined;
    return { pc: this.pcs[id]!, insns: shape >> SIZE_BITS, size: shape & ((1 << SIZE_BITS) - 1) };
  }

  /** The records since the last call, oldest first. */
  drain(): BlockObservation[] {
    const view = new DataView(this.buffer, L.OBSERVE, this.runtime.getObserveCount() * L.OBSERVE_RECORD);
    const list: BlockObservation[] = [];
    for (let at = 0; at < view.byteLength; at += L.OBSERVE_RECORD) {
      const block = this.block(view.getInt32(at, true));
      must(block, 'observation of an unknown block');
      const registers = view.getBigUint64(at + 16, true);
      const stores = view.getBigUint64(at + 24, true);
      list.push({
        icount: addrOf(view.getInt32(at + 8, true), view.getInt32(at + 12, true)),
        pc: block.pc,
        insns: block.insns,
        size: block.size,
        cpu: view.getInt32(at + 4, true),
        digest: BigInt.asUintN(64, this.runtime.mix(registers, stores)),
      });
    }
    this.runtime.clearObservations();
    return list;
  }

  /**
   * Digests of the records there are. `ends` has, by vCPU, the pc that needs no transfer, where the block before ended; it
   * is taken along.
   */
  digest(ends: number[]): ObservationDigests {
    const count = this.runtime.getObserveCount();
    const words = new Int32Array(this.buffer, L.OBSERVE, count * (L.OBSERVE_RECORD / 4));
    const { pcs, shapes } = this;
    const transfers = new Lanes();
    const places = new Lanes();
    const entries = new Lanes();
    for (let at = 0; at < words.length; at += L.OBSERVE_RECORD / 4) {
      const id = words[at]!;
      const cpu = words[at + 1]!;
      const pc = pcs[id]!;
      places.add(words[at + 2]!, words[at + 3]!, pc | 0, cpu);
      entries.add(words[at + 4]!, words[at + 5]!, words[at + 6]!, words[at + 7]!);
      if (pc !== ends[cpu]) {
        transfers.add(words[at + 2]!, words[at + 3]!, pc | 0, cpu);
        transfers.add(words[at + 4]!, words[at + 5]!, words[at + 6]!, words[at + 7]!);
      }
      ends[cpu] = pc + (shapes[id]! & ((1 << SIZE_BITS) - 1));
    }
    return { blocks: count, transfers: transfers.value, places: places.value, entries: entries.value };
  }

  /** Forgets the records; the digest of stores goes on. */
  forget(): void {
    this.runtime.clearObservations();
  }

  /** Forgets the records and begins the digest of stores anew. */
  clear(): void {
    this.runtime.clearObservations();
    this.runtime.resetStores();
  }
}

/** A running digest of 64 bits in two halves: a bigint a record would take longer than the block. */
class Lanes {
  private a = 0;
  private b = 0;

  add(w: number, x: number, y: number, z: number): void {
    this.a = mixed(mixed(mixed(mixed(this.a, w), x), y), z);
    this.b = mixed(mixed(mixed(mixed(this.b, z), y), x), w);
  }

  get value(): bigint {
    return (BigInt(this.a >>> 0) << 32n) | BigInt(this.b >>> 0);
  }
}

function mixed(digest: number, word: number): number {
  const x = Math.imul(digest ^ Math.imul(word, 0x9e3779b1), 0x85ebca6b);
  // Never stuck at zero.
  return ((x ^ (x >>> 15)) + 0x27d4eb2f) | 0;
}
