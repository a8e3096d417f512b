// The path a guest takes through its code, kept by translated code: a digest of the targets of its jumps and taken branches in
// order, and nothing of how blocks are cut. Where a fault, an interrupt or the system leads is not taken in: that is seen by
// where the guest jumps from there, and by its registers. One digest a vCPU, in cells that a rollback takes back with its registers.

import type { Cell, PluginApi, TbHandle } from '../emulator/index.ts';

export class Path {
  private readonly api: PluginApi;
  private readonly digest: Cell;
  private readonly blocks: Cell;

  constructor(api: PluginApi) {
    this.api = api;
    this.digest = api.vcpuCell();
    this.blocks = api.entryCell();
  }

  /** At a translation: the block will say where it leads; one that observes itself says by that where it was. */
  attach(tb: TbHandle, observes: boolean): void {
    if (!observes) tb.inlineTransfer({ op: 'mix', cell: this.digest, value: 'target' });
    tb.inlineAdd(this.blocks, 1);
  }

  /** What there was since the last call, less what has been taken back. The machine is stopped. */
  take(): { readonly path: bigint; readonly blocks: number } {
    let path = 0n;
    let blocks = 0n;
    for (let cpu = 0; cpu < this.api.numVcpus(); cpu++) {
      // A vCPU that has not run changes nothing: those of windows that were taken back are still counted.
      path += this.digest.get(cpu) * (FACTOR + BigInt(2 * cpu));
      blocks += this.blocks.get(cpu);
      this.digest.set(cpu, 0);
      this.blocks.set(cpu, 0);
    }
    return { path: BigInt.asUintN(64, path), blocks: Number(blocks) };
  }
}

/** Odd: keeps the vCPUs' digests apart. */
const FACTOR = 0x9e3779b97f4a7c15n;
