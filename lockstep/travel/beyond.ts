// The run beyond the trace of its recording, for whoever looks at one while the run can still be made: traces of other
// places, and who wrote what. The two machines are made when they are first asked for.

import type { Side } from '../protocol.ts';
import type { Recording } from '../recording/model.ts';
import type { Target } from './search.ts';
import type { Journey, Traveller } from './traveller.ts';
import { traceWindow } from './window.ts';

/** What is looked for: a register by its place in the list of all vCPUs', or bytes of memory. */
export type Wanted =
  | { readonly kind: 'register'; readonly index: number }
  | { readonly kind: 'bytes'; readonly address: number; readonly length: number };

export class Beyond {
  private readonly home: Recording;
  private readonly make: () => Promise<Readonly<Record<Side, Traveller>>>;
  private made: Promise<Readonly<Record<Side, Traveller>>> | undefined;

  /** `home`: what was recorded, traced around the divergence. */
  constructor(home: Recording, make: () => Promise<Readonly<Record<Side, Traveller>>>) {
    this.home = home;
    this.make = make;
  }

  private get travellers(): Promise<Readonly<Record<Side, Traveller>>> {
    this.made ??= this.make();
    return this.made;
  }

  /** The recording with a trace around an instruction count, or around the end; undefined when called off. */
  async around(icount: number, journey: Journey): Promise<Recording | undefined> {
    const { home } = this;
    if (
      home.start !== null &&
      icount >= home.start &&
      icount < home.start + Math.max(lengthOf(home.A), lengthOf(home.B))
    )
      return home;
    const trace = await traceWindow(await this.travellers, icount, journey);
    if (!trace) return undefined;
    const { start, registers, sides } = trace;
    return {
      ...home,
      start,
      registers,
      A: { ...home.A, trace: sides.A },
      B: { ...home.B, trace: sides.B },
    };
  }

  /** The nearest instruction before or behind one that writes any of these, on any of these sides; undefined: none. */
  async writer(
    sides: readonly Side[],
    wanted: readonly Wanted[],
    from: number,
    direction: 'forward' | 'backward',
    journey: Journey,
  ): Promise<number | undefined> {
    const travellers = await this.travellers;
    const found: number[] = [];
    for (const side of sides) {
      const traveller = travellers[side];
      // Forward the one at the place itself does not count.
      const start = direction === 'forward' ? from + 1 : from;
      if ((await traveller.seek(start, journey)) === 'cancelled') return undefined;
      const targets = wanted.map((one) => this.targetOf(traveller, one));
      const hit = await traveller.find(direction, targets, journey);
      if (journey.signal?.aborted) return undefined;
      if (hit) found.push(hit.icount);
    }
    if (found.length === 0) return undefined;
    return direction === 'forward' ? Math.min(...found) : Math.max(...found);
  }

  private targetOf({ machine }: Traveller, wanted: Wanted): Target {
    if (wanted.kind === 'bytes') {
      const { address, length } = wanted;
      return { what: 'access', access: 'w', start: address, end: address + length };
    }
    const { registers } = machine.isa;
    const register = registers[wanted.index % registers.length]!;
    return { what: 'register', cpu: Math.floor(wanted.index / registers.length), slot: register.slot };
  }
}

function lengthOf({ trace }: Recording['A']): number {
  return trace?.steps.length ?? 0;
}
