// One vCPU as seen from TypeScript: a window onto its environment block in linear memory. Off the hot path.

import type { GuestAddr } from '../bits.ts';
import { addrOf } from '../bits.ts';
import * as L from '../memory/layout.ts';

export class Cpu {
  readonly index: number;
  /** Linear address of the environment. */
  readonly env: number;
  private readonly i32: Int32Array;
  private readonly i64: BigInt64Array;

  constructor(buffer: ArrayBufferLike, index: number) {
    this.index = index;
    this.env = L.ENV_BASE + index * L.ENV_SIZE;
    this.i32 = new Int32Array(buffer, this.env, L.ENV_TLB / 4);
    this.i64 = new BigInt64Array(buffer, this.env, L.ENV_TLB / 8);
  }

  /** The program counter; a pc outside ±2^53 reads as the nearest representable number and is unmapped anyway. */
  get pc(): GuestAddr {
    return addrOf(this.i32[0]!, this.i32[1]!);
  }
  set pc(value: GuestAddr) {
    this.i32[0] = value | 0;
    this.i32[1] = Math.floor(value / 4294967296) | 0;
  }

  /** Register image as unsigned 64 bits. */
  read(slot: number): bigint {
    return BigInt.asUintN(64, this.i64[slot]!);
  }
  write(slot: number, value: bigint): void {
    this.i64[slot] = BigInt.asIntN(64, value);
  }
  /** Register as a signed JavaScript number; exact within ±2^53. For addresses, sizes, descriptors, counts. */
  readNumber(slot: number): number {
    return addrOf(this.i32[slot * 2]!, this.i32[slot * 2 + 1]!);
  }
  writeNumber(slot: number, value: number): void {
    this.i32[slot * 2] = value | 0;
    this.i32[slot * 2 + 1] = Math.floor(value / 4294967296) | 0;
  }
  /** Slots as pairs of words, the low one first, one pair after the other. */
  readWords(slots: readonly number[], into: Uint32Array): void {
    for (let i = 0; i < slots.length; i++) {
      into[2 * i] = this.i32[2 * slots[i]!]!;
      into[2 * i + 1] = this.i32[2 * slots[i]! + 1]!;
    }
  }
  /** Low 32 bits of a slot, signed. */
  readI32(slot: number): number {
    return this.i32[slot * 2]!;
  }

  /** An int32 field of the header, by byte offset (ENV_*). */
  field(offset: number): number {
    return this.i32[offset >> 2]!;
  }
  setField(offset: number, value: number): void {
    this.i32[offset >> 2] = value;
  }
  /** An int64 field of the header as unsigned. */
  field64(offset: number): bigint {
    return BigInt.asUintN(64, this.i64[offset >> 3]!);
  }
}
