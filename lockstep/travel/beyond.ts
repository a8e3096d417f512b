// The run beyond the trace of its recording, for whoever looks at one while the run can still be made: traces of other
// places, and where something is to be found. Lives in a process of its own (beyond-main.ts). The two machines are made when they
// are first asked for; while nothing is asked, what lies beside the newest trace is traced too, so that walking on is quick.

import { SIDES, type Side } from '../protocol.ts';
import type { Target } from './search.ts';
import type { Journey, Traveller } from './traveller.ts';
import { type TracedWindow, traceWindow } from './window.ts';

/** What is looked for; registers by their place in the list of all vCPUs'. */
export type Wanted =
  /** An instruction that writes the register, or one of the bytes. */
  | { readonly kind: 'register'; readonly index: number }
  | { readonly kind: 'bytes'; readonly address: number; readonly length: number }
  /** An instruction whose text has this word. */
  | { readonly kind: 'text'; readonly word: string }
  /** An instruction after which the register has the value; forward only, from a place where it has not. */
  | { readonly kind: 'value'; readonly index: number; readonly value: bigint };

export interface WhereTo {
  /** Any of these, on any of these sides. */
  readonly sides: readonly Side[];
  readonly wanted: readonly Wanted[];
  /** The nearest before or behind this instruction, itself not counted. */
  readonly from: number;
  readonly direction: 'forward' | 'backward';
}

/** Traces kept. */
const KEPT = 8;

export class Beyond {
  private readonly make: () => Promise<Readonly<Record<Side, Traveller>>>;
  private made: Promise<Readonly<Record<Side, Traveller>>> | undefined;
  private readonly traces: TracedWindow[] = [];
  /** The way that was gone last. */
  private forward = false;
  private newest = 0;
  /** The run is known to end before this. */
  private end = Number.POSITIVE_INFINITY;

  constructor(make: () => Promise<Readonly<Record<Side, Traveller>>>) {
    this.make = make;
  }

  private get travellers(): Promise<Readonly<Record<Side, Traveller>>> {
    this.made ??= this.make();
    return this.made;
  }

  /** A trace around an instruction count, or around the end; undefined when called off. */
  async around(icount: number, journey: Journey): Promise<TracedWindow | undefined> {
    const known = this.traces.find((trace) => icount >= trace.start && icount < endOf(trace));
    if (known) return known;
    const trace = await traceWindow(await this.travellers, icount, journey);
    if (!trace) return undefined;
    if (icount >= endOf(trace)) this.end = Math.min(this.end, icount);
    else this.traces.push(trace);
    if (this.traces.length > KEPT) this.traces.shift();
    return trace;
  }

  /** Traces what lies before and behind the places [start, end), first where one is going. */
  async lookAhead(
    { start, end }: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): Promise<void> {
    if (start !== this.newest) this.forward = start > this.newest;
    this.newest = start;
    for (const icount of this.forward ? [end, start - 1] : [start - 1, end])
      if (icount >= 0 && icount < this.end && !signal.aborted) await this.around(icount, { signal });
  }

  /** The nearest instruction that is one of those wanted; undefined: none, or called off. */
  async find({ sides, wanted, from, direction }: WhereTo, journey: Journey): Promise<number | undefined> {
    const travellers = await this.travellers;
    const found: number[] = [];
    for (const side of sides) {
      const traveller = travellers[side];
      // Forward the one at the place itself does not count.
      const start = direction === 'forward' ? from + 1 : from;
      if ((await traveller.seek(start, journey)) === 'cancelled') return undefined;
      const targets = wanted.map((one) => targetOf(traveller, one));
      const hit = await traveller.find(direction, targets, journey);
      if (journey.signal?.aborted) return undefined;
      if (hit) found.push(hit.icount);
    }
    if (found.length === 0) return undefined;
    return direction === 'forward' ? Math.min(...found) : Math.max(...found);
  }
}

/** The first place behind a trace. */
export function endOf({ start, sides }: TracedWindow): number {
  return start + Math.max(...SIDES.map((side) => sides[side].steps.length));
}

function targetOf({ machine }: Traveller, wanted: Wanted): Target {
  if (wanted.kind === 'bytes') {
    const { address, length } = wanted;
    return { what: 'access', access: 'w', start: address, end: address + length };
  }
  if (wanted.kind === 'text') {
    const word = new RegExp(`\\b${wanted.word.replaceAll(/\W/g, '\\$&')}\\b`);
    return { what: 'like', matches: (pc) => word.test(machine.disassemble(pc)) };
  }
  const { registers } = machine.isa;
  const { slot } = registers[wanted.index % registers.length]!;
  const cpu = Math.floor(wanted.index / registers.length);
  return wanted.kind === 'value' ? { what: 'value', cpu, slot, value: wanted.value } : { what: 'register', cpu, slot };
}
