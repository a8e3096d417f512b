// How a debugger moves its side: to the next breakpoint or watchpoint, by one instruction of a vCPU, forward and backward; and
// the stop replies that say where that has led.

import type { MachineControl } from '../../emulator/index.ts';
import type { Arrival, Hit, Quest, Target } from '../travel/index.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { GdbSide } from './side.ts';

/** Farther than any run. */
const FAR = Number.MAX_SAFE_INTEGER;
const SIGNAL_INTERRUPT = 2;
const SIGNAL_TRAP = 5;

export type Direction = 'forward' | 'backward';

export class Motion {
  /** The stop reply of where the side is. */
  stopped: string;
  /** The vCPU that the last stop was about. */
  stoppedCpu: number;
  /** What the debugger understands beyond the oldest protocol. */
  names: { readonly hwbreak: boolean; readonly swbreak: boolean } = { hwbreak: false, swbreak: false };
  /** An instruction count at which running stops too, whichever way it comes there; once. */
  stopAt: number | undefined;
  private readonly side: GdbSide;
  private readonly breakpoints: Breakpoints;
  private readonly say: (text: string) => void;
  private journey: AbortController | undefined;

  constructor(side: GdbSide, breakpoints: Breakpoints, say: (text: string) => void) {
    this.side = side;
    this.breakpoints = breakpoints;
    this.say = say;
    this.stoppedCpu = this.current();
    this.stopped = this.stop(SIGNAL_TRAP);
  }

  private get machine(): MachineControl {
    return this.side.traveller.machine;
  }

  /** Ends what is on its way, where it is. */
  interrupt(): void {
    this.journey?.abort();
  }
  run(direction: Direction): Promise<string> {
    return this.move(() => this.proceed(direction));
  }
  step(direction: Direction, cpu: number): Promise<string> {
    return this.move(() => this.stepped(direction, cpu));
  }
  /** Something else has moved the side: the vCPU may be gone. */
  moved(): void {
    if (!this.live(this.stoppedCpu)) this.stoppedCpu = this.current();
  }

  live(cpu: number): boolean {
    return this.machine.liveCpus.some(({ index }) => index === cpu);
  }
  /** The vCPU that runs next, or the first one there is. */
  private current(): number {
    const { nextCpu, liveCpus } = this.machine;
    return nextCpu >= 0 ? nextCpu : (liveCpus[0]?.index ?? 0);
  }

  private async move(way: () => Promise<string>): Promise<string> {
    this.journey = new AbortController();
    try {
      this.stopped = await way();
    } finally {
      this.journey = undefined;
    }
    return this.stopped;
  }
  private get quest(): Quest {
    return { signal: this.journey!.signal };
  }

  /** To the next breakpoint or watchpoint, or as far as there is a run. */
  private async proceed(direction: Direction): Promise<string> {
    const { traveller } = this.side;
    const { targets } = this.breakpoints;
    const until = this.placeAhead(direction);
    const quest = { ...this.quest, ...(until !== undefined && { until }) };
    const hit = targets.length > 0 ? await traveller.find(direction, targets, quest) : undefined;
    if (hit) return this.arrive(direction, hit);
    if (this.journey!.signal.aborted) {
      // Where the search had come to; that is not far from where the run is known.
      await traveller.seek(traveller.reached);
      return this.halted(SIGNAL_INTERRUPT);
    }
    if (until !== undefined) {
      const arrival = await traveller.seek(until, this.quest);
      if (arrival !== 'there') return this.ran(direction, arrival);
      this.stopAt = undefined;
      return this.halted(SIGNAL_TRAP);
    }
    const end = direction === 'forward' ? FAR : traveller.floor;
    return this.ran(direction, await traveller.seek(end, this.quest));
  }

  private placeAhead(direction: Direction): number | undefined {
    const { stopAt } = this;
    const { icount } = this.side.traveller;
    if (stopAt === undefined || (direction === 'forward' ? stopAt <= icount : stopAt >= icount)) return undefined;
    return stopAt;
  }

  /** One instruction of a vCPU, or back over one. */
  private async stepped(direction: Direction, cpu: number): Promise<string> {
    const { traveller } = this.side;
    const { liveCpus, nextCpu } = this.machine;
    const here = traveller.icount;
    const own = direction === 'forward' ? nextCpu === cpu : liveCpus.length === 1;
    let from = direction === 'forward' ? here : here - 1;
    if (!own && liveCpus.length > 1) {
      // Others have their turns in between.
      const hit = await traveller.find(direction, [{ what: 'cpu', cpu }], this.quest);
      if (!hit && this.journey!.signal.aborted) {
        await traveller.seek(here);
        return this.halted(SIGNAL_INTERRUPT);
      }
      from = hit?.icount ?? (direction === 'forward' ? FAR - 1 : traveller.floor - 1);
      await traveller.seek(here);
    }
    const watches = this.breakpoints.targets.filter(({ what }) => what === 'access');
    if (watches.length > 0) {
      const until = direction === 'forward' ? from + 1 : from;
      const hit = await traveller.find(direction, watches, { ...this.quest, until });
      if (hit) return this.arrive(direction, hit);
    }
    const to = direction === 'forward' ? from + 1 : from;
    const arrival = await traveller.seek(to, this.quest);
    if (arrival !== 'there') return this.ran(direction, arrival);
    return this.halted(SIGNAL_TRAP, '', this.live(cpu) ? cpu : this.current());
  }

  private async arrive(direction: Direction, hit: Hit): Promise<string> {
    const { traveller } = this.side;
    const { target, icount, pc, address } = hit;
    await traveller.seek(icount);
    const cpu = hit.cpu >= 0 ? hit.cpu : this.current();
    if (pc !== undefined && this.machine.cpus[cpu]?.pc !== pc)
      this.say(
        `lockstep: found at instruction ${icount} while searching, but the run that nobody watches differs there`,
      );
    if (target.what === 'insn') {
      const hardware = pc !== undefined && this.breakpoints.isHardware(pc);
      const why = hardware ? this.names.hwbreak && 'hwbreak:;' : this.names.swbreak && 'swbreak:;';
      return this.halted(SIGNAL_TRAP, why || '', cpu);
    }
    // GDB holds that a RISC-V processor stops before the access, and steps over it to see what it has done: the way it goes.
    if (direction === 'backward') await traveller.seek(icount + 1);
    return this.halted(SIGNAL_TRAP, this.watchText(target, address), this.live(cpu) ? cpu : this.current());
  }
  private watchText(target: Target, address = 0): string {
    const name = this.breakpoints.watchOf(target);
    return name ? `${name}:${Math.max(address, target.what === 'access' ? target.start : 0).toString(16)};` : '';
  }

  /** After a journey that met nothing. */
  private ran(direction: Direction, arrival: Arrival): string {
    if (arrival === 'cancelled') return this.halted(SIGNAL_INTERRUPT);
    if (direction === 'backward') return this.halted(SIGNAL_TRAP, 'replaylog:begin;');
    const { ended } = this.side.traveller;
    if (ended?.kind === 'exit') this.say(`lockstep: the guest ends here: ${ended.reason ?? `status ${ended.code}`}`);
    if (ended?.kind === 'stuck') this.say(`lockstep: the guest waits for ever here: ${ended.reason}`);
    return this.halted(SIGNAL_TRAP, 'replaylog:end;');
  }

  private halted(signal: number, why = '', cpu = this.current()): string {
    this.stoppedCpu = cpu;
    return this.stop(signal, why);
  }
  private stop(signal: number, why = ''): string {
    return `T${signal.toString(16).padStart(2, '0')}thread:${threadOf(this.stoppedCpu)};${why}`;
  }
}

/** GDB counts threads from 1. */
export function threadOf(cpu: number): string {
  return (cpu + 1).toString(16);
}
