// A recording made ready for looking at: both sides, and where the difference is. Pure.

import type { Recording, Report, Side } from '../../lockstep/index.ts';
import { SideView, type Step } from './side-view.ts';

/** Where each side is looked at. */
export type Position = Readonly<Record<Side, number>>;

export class RunView {
  readonly recording: Recording;
  readonly report: Report;
  readonly sides: Readonly<Record<Side, SideView>>;
  /** Something was traced. */
  readonly traced: boolean;
  readonly start: number;
  readonly last: number;
  /** The first instruction after which the sides differ; the last of the block when it is not known better. */
  readonly first: number;

  /** The trace is that of the recording: the difference is in it. */
  get atHome(): boolean {
    return this.holds(this.first);
  }

  /** The run itself can be asked for what was not traced. */
  readonly live: boolean;

  /** `run`: the run can still be made; `first` is where it differs, inside this trace or not. */
  constructor(recording: Recording, run?: { readonly first: number }) {
    this.recording = recording;
    this.live = run !== undefined;
    this.report = recording.report;
    this.start = recording.start ?? 0;
    this.sides = { A: new SideView(recording.A, this.start), B: new SideView(recording.B, this.start) };
    this.last = Math.max(this.sides.A.last, this.sides.B.last, this.start);
    this.traced = this.sides.A.steps.length > 0 || this.sides.B.steps.length > 0;
    const { at, a } = this.report;
    const bad = at?.insn?.icount ?? (a.icount === null ? (at?.icount ?? this.start) : a.icount - 1);
    this.first = run?.first ?? this.clamp(bad);
  }

  holds(icount: number): boolean {
    return icount >= this.start && icount <= this.last;
  }
  clamp(icount: number): number {
    return Math.max(this.start, Math.min(this.last, icount));
  }

  both(icount: number): Position {
    return { A: this.clamp(icount), B: this.clamp(icount) };
  }

  /** Registers a vCPU has. */
  get registersPerCpu(): number {
    return Math.max(1, this.recording.registers.length);
  }
  registerName(index: number): string {
    const cpu = Math.floor(index / this.registersPerCpu);
    const name = this.recording.registers[index % this.registersPerCpu]?.name ?? `r${index}`;
    return cpu === 0 ? name : `${name}@${cpu}`;
  }
  registerNamed(name: string): number | undefined {
    const [, plain = name, cpu = '0'] = /^(.*)@(\d+)$/.exec(name) ?? [];
    const index = this.recording.registers.findIndex((register) => register.name === plain);
    return index < 0 ? undefined : Number(cpu) * this.registersPerCpu + index;
  }

  /** The instructions at this count are not the same or do not do the same. */
  differs(icount: number): boolean {
    const a = this.sides.A.step(icount);
    const b = this.sides.B.step(icount);
    if (!a || !b) return a !== b;
    return a.pc !== b.pc || effects(a) !== effects(b);
  }

  nextDifference(icount: number, direction: 1 | -1): number | undefined {
    for (let at = icount + direction; at >= this.start && at <= this.last; at += direction)
      if (this.differs(at)) return at;
    return undefined;
  }
}

function effects({ registers, stores }: Step): string {
  return `${registers.map(({ index, value }) => `${index}=${value}`)} ${stores.map(({ address, after }) => `${address}=${after}`)}`;
}
