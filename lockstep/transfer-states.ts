// A digest of the states that a side with recorded blocks had at its control transfers. Where blocks end differs from side to
// side, transfers do not: what differed for a while only, and had gone by the window's end, shows here.

import type { BlockObservation } from '../emulator/index.ts';

const MULTIPLIER = 0x9e3779b97f4a7c15n;
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

export class TransferStates {
  /** By vCPU: the pc that needs no transfer, where the block before ended. Goes on from window to window. */
  private readonly ends: number[] = [];

  /** Of the blocks of one window. */
  digest(log: readonly BlockObservation[]): bigint {
    let digest = 0n;
    for (const { icount, pc, size, cpu, digest: state } of log) {
      if (pc !== this.ends[cpu]) {
        const mixed = wrap((digest ^ state ^ BigInt(icount)) * MULTIPLIER);
        digest = mixed ^ (mixed >> 29n);
      }
      this.ends[cpu] = pc + size;
    }
    return digest;
  }
}
