// A recording made ready for looking at: both sides, and where the difference is. Pure.

import type { Recording, Report, Side } from '../../lockstep/index.ts';
import { SideView, type Step } from './side-view.ts';

/** Where each side is looked at. */
export type Position = Readonly<Record<Side, number>>;

/** What can be walked along. */
export type Stretch = Pick<SideView, 'start' | 'last' | 'holds' | 'clamp'>;

export class RunView implements Stretch {
  readonly recording: Recording;
  readonly report: Report;
  readonly sides: Readonly<Record<Side, SideView>>;
  /** Something was traced. */
  readonly traced: boolean;
  /** Each side was traced around a place of its own: they are walked along one by one. */
  readonly apart: boolean;
  readonly start: number;
  readonly last: number;
  /** The first instruction after which the sides differ; the last of the block when it is not known better. */
  readonly first: number;
  /** The instructions that were traced, on one side at least, in their order. */
  readonly counts: readonly number[];

  /** The trace is that of the recording: the difference is in it. */
  get atHome(): boolean {
    return !this.apart && this.holds(this.first);
  }

  /** The run itself can be asked for what was not traced. */
  readonly live: boolean;

  /** `run`: the run can still be made; `first` is where it differs, inside this trace or not; `starts` of sides apart. */
  constructor(
    recording: Recording,
    run?: { readonly first: number; readonly starts?: Readonly<Record<Side, number>> },
  ) {
    this.recording = recording;
    this.live = run !== undefined;
    this.report = recording.report;
    this.apart = run?.starts !== undefined;
    const start = recording.start ?? 0;
    const starts = run?.starts ?? { A: start, B: start };
    this.start = Math.min(starts.A, starts.B);
    this.sides = { A: new SideView(recording.A, starts.A), B: new SideView(recording.B, starts.B) };
    this.last = Math.max(this.sides.A.last, this.sides.B.last, this.start);
    this.traced = this.sides.A.steps.length > 0 || this.sides.B.steps.length > 0;
    const { at, a } = this.report;
    const bad = at?.insn?.icount ?? (a.icount === null ? (at?.icount ?? this.start) : a.icount - 1);
    this.first = run?.first ?? this.clamp(bad);
    const counts = Object.values(this.sides).flatMap((side) => side.steps.map((_, i) => side.start + i));
    this.counts = [...new Set(counts)].sort((x, y) => x - y);
  }

  /** One side as another trace has it, the other side as it is here. */
  withSide(side: Side, { recording, sides }: RunView): RunView {
    const starts = { A: this.sides.A.start, B: this.sides.B.start, [side]: sides[side].start };
    return new RunView({ ...this.recording, [side]: recording[side] }, { first: this.first, starts });
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

  /** The instructions at this count are not the same or do not do the same; of sides apart, where both were traced. */
  differs(icount: number): boolean {
    const a = this.sides.A.step(icount);
    const b = this.sides.B.step(icount);
    if (!a || !b) return !this.apart && a !== b;
    return a.pc !== b.pc || effects(a) !== effects(b);
  }

  nextDifference(icount: number, direction: 1 | -1): number | undefined {
    if (direction > 0) return this.counts.find((at) => at > icount && this.differs(at));
    return this.counts.findLast((at) => at < icount && this.differs(at));
  }
}

function effects({ registers, stores }: Step): string {
  return `${registers.map(({ index, value }) => `${index}=${value}`)} ${stores.map(({ address, after }) => `${address}=${after}`)}`;
}
