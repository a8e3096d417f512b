// The vCPUs of a machine and whose turn it is. With several, each runs for a fixed number of instructions or until it
// waits, in order of their indices: deterministic, and independent of everything but the instruction stream.

import * as L from '../memory/layout.ts';
import type { Block } from './block.ts';
import { Cpu } from './cpu.ts';

/** Instructions of a vCPU's turn when there are several. */
const TURN = 10000;

/** The rest of a block, from its instruction `index` on, is still to be executed. */
export interface Resume {
  readonly whole: Block;
  readonly index: number;
}

export interface Vcpu {
  readonly cpu: Cpu;
  resume: Resume | undefined;
  gone: boolean;
  /** It waits, and plugins have been told. */
  idle: boolean;
  /** Interrupts and signals wait for the block that runs: a translator's policy wants it so. */
  late: boolean;
}

/** Restorable state: one entry a vCPU in each list. */
export interface SavedVcpus {
  readonly headers: readonly Uint8Array[];
  readonly flags: readonly Pick<Vcpu, 'resume' | 'gone' | 'idle' | 'late'>[];
  readonly turn: number;
  readonly turnEnd: number;
}

export class Vcpus {
  /** By index; places of removed ones stay and are used again. */
  readonly list: Vcpu[] = [];
  readonly cpus: Cpu[] = [];
  private readonly buffer: ArrayBufferLike;
  private turn = 0;
  private turnEnd = 0;

  constructor(buffer: ArrayBufferLike) {
    this.buffer = buffer;
  }

  private header(vcpu: Vcpu, bytes: number): Uint8Array {
    return new Uint8Array(this.buffer, vcpu.cpu.env, bytes);
  }

  /** A vCPU with a zeroed environment; undefined when all places are taken. Its TLB is the caller's to flush. */
  add(icount: number): Vcpu | undefined {
    let vcpu = this.list.find(({ gone }) => gone);
    if (!vcpu) {
      if (this.list.length === L.MAX_CPUS) return undefined;
      const cpu = new Cpu(this.buffer, this.list.length);
      vcpu = { cpu, resume: undefined, gone: false, idle: false, late: false };
      this.list.push(vcpu);
      this.cpus.push(cpu);
    }
    vcpu.gone = false;
    vcpu.idle = false;
    vcpu.late = false;
    vcpu.resume = undefined;
    this.header(vcpu, L.ENV_TLB).fill(0);
    vcpu.cpu.setField(L.ENV_CPU_INDEX, vcpu.cpu.index);
    this.turnEnd = icount + TURN;
    return vcpu;
  }

  /** The vCPU to run at `icount`: the same one until its turn ends or it waits, then the next in order. */
  pick(icount: number, runnable: (cpu: Cpu) => boolean): Vcpu | undefined {
    const { list } = this;
    const index = this.next(icount, runnable);
    if (index < 0) return undefined;
    if (index !== this.turn || (list.length > 1 && icount >= this.turnEnd)) {
      this.turn = index;
      this.turnEnd = icount + TURN;
    }
    return list[index];
  }

  /** The index of the vCPU that pick would give, -1 for none. */
  next(icount: number, runnable: (cpu: Cpu) => boolean): number {
    const { list, turn } = this;
    const ready = (vcpu: Vcpu | undefined): boolean => vcpu !== undefined && !vcpu.gone && runnable(vcpu.cpu);
    if ((list.length === 1 || icount < this.turnEnd) && ready(list[turn])) return turn;
    for (let i = 1; i <= list.length; i++) {
      const index = (turn + i) % list.length;
      if (ready(list[index])) return index;
    }
    return -1;
  }

  /** The next pick is another vCPU's, if one is ready. */
  endTurn(): void {
    this.turnEnd = 0;
  }

  /** icount at which the turn ends; a lone vCPU's never does. */
  get deadline(): number {
    return this.list.length > 1 ? this.turnEnd : Number.POSITIVE_INFINITY;
  }

  /** Vcpus up to the last one alive. */
  get live(): readonly Vcpu[] {
    return this.list.slice(0, this.list.findLastIndex(({ gone }) => !gone) + 1);
  }

  save(): SavedVcpus {
    return {
      headers: this.list.map((vcpu) => this.header(vcpu, L.TEMP_BASE * 8).slice()),
      flags: this.list.map(({ resume, gone, idle, late }) => ({ resume, gone, idle, late })),
      turn: this.turn,
      turnEnd: this.turnEnd,
    };
  }

  /** vCPUs made since the save are gone; their places stay, and hold nothing that could be taken for state. */
  restore(saved: SavedVcpus): void {
    this.list.forEach((vcpu, i) => {
      Object.assign(vcpu, saved.flags[i] ?? { resume: undefined, gone: true, idle: false, late: false });
      const header = saved.headers[i];
      if (header) this.header(vcpu, L.TEMP_BASE * 8).set(header);
      else this.header(vcpu, L.TEMP_BASE * 8).fill(0);
    });
    this.turn = saved.turn;
    this.turnEnd = saved.turnEnd;
  }
}
