// Where jumps and taken branches lead, found out by callbacks at every instruction: a jump leads to what is executed next.
// Of one that leads to where nothing can be executed that is not known.

import type { TbHandle } from '../../emulator/plugin/api.ts';

interface Step {
  readonly next: number;
  readonly jumps: boolean;
}

export class Transfers {
  private readonly last = new Map<number, Step>();
  private readonly transfer: (cpu: number, target: number) => void;

  /** `transfer` is called as soon as it is known. */
  constructor(transfer: (cpu: number, target: number) => void) {
    this.transfer = transfer;
  }

  /** At a translation. */
  attach(tb: TbHandle): void {
    for (const insn of tb.insns()) {
      const { pc, size } = insn;
      const step = { next: pc + size, jumps: /^(c\.)?[bj]|^ret/.test(insn.disas()) };
      insn.onExec((cpu) => {
        this.reached(cpu, pc);
        this.last.set(cpu, step);
      });
    }
  }

  /** The vCPU is at `pc`, as it is when the machine has stopped. */
  reached(cpu: number, pc: number): void {
    const last = this.last.get(cpu);
    this.last.delete(cpu);
    if (last?.jumps && last.next !== pc) this.transfer(cpu, pc);
  }
}

/** What the operation `mix` makes of a cell. */
export function mixedWith(digest: bigint, value: bigint): bigint {
  const product = BigInt.asUintN(64, value * 0xbf58476d1ce4e5b9n);
  return BigInt.asUintN(64, 3n * digest + BigInt.asIntN(32, product ^ (product >> 32n)));
}
