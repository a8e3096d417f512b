// One machine, moved forward and backward to any instruction count. It is always shown as the run that nobody disturbs
// would be there: checkpoints lie between blocks, and a place inside a block is reached from the block's start, so that
// the next step starts there again and the block as a whole does what its translation does.
//
// One journey at a time. Between journeys the machine stands at `icount`, unless a search has just ended: then `seek`
// comes first.

import { type MachineControl, must, type StopReason } from '../../emulator/index.ts';
import { Chain, NEAR } from './chain.ts';
import type { Outlet } from './outlet.ts';
import type { Hit, Search, Target } from './search.ts';

export interface Journey {
  readonly signal?: AbortSignal;
  /** Told now and then where the machine is. */
  onProgress?(icount: number): void;
}

export interface Quest extends Journey {
  /** No farther than this: forward, what is looked for lies before this instruction count; backward, at it or behind. */
  readonly until?: number;
}

/** How a journey ended: there, at the end of the guest or of what may be run, before what is remembered, or stopped. */
export type Arrival = 'there' | 'end' | 'begin' | 'cancelled';

/** Instructions without a break, and between two checkpoints of a long way. */
const LEG = 1 << 20;
const STRIDE = 1 << 22;
/** The first and the longest stretch that is searched before the run follows. */
const FIRST_SEARCH = 1 << 20;
const LAST_SEARCH = 1 << 26;

export class Traveller {
  readonly machine: MachineControl;
  /** What is to be added to the addresses in the program's file. */
  readonly loadOffset: number;
  private readonly chain: Chain;
  private readonly search: Search;
  private readonly outlet: Outlet;
  /** Instructions that may be run. */
  private readonly limit: number;
  private position: number;
  /** The machine is where the undisturbed run is between two blocks. */
  private straight = true;
  private travelling = false;
  private searchedTo = 0;
  private changed = false;

  /** The machine has not run; `search` is one of its plugins. */
  constructor(
    machine: MachineControl,
    search: Search,
    outlet: Outlet,
    options: { readonly limitBytes: number; readonly maxInsns: number | null; readonly loadOffset?: number },
  ) {
    this.machine = machine;
    this.loadOffset = options.loadOffset ?? 0;
    this.search = search;
    this.outlet = outlet;
    this.limit = options.maxInsns ?? Number.MAX_SAFE_INTEGER;
    this.chain = new Chain(machine, options.limitBytes);
    this.position = machine.icount;
  }

  /** Instructions begun before the place. */
  get icount(): number {
    return this.position;
  }
  /** The first place that can be gone back to. */
  get floor(): number {
    return this.chain.oldest.icount;
  }
  /** Some of the past was given up for want of memory. */
  get forgetful(): boolean {
    return this.chain.forgetful;
  }
  get checkpoints(): number {
    return this.chain.length;
  }
  /** It is on its way: nothing else may be asked of it. */
  get busy(): boolean {
    return this.travelling;
  }
  /** Where the last search that was called off had come to. */
  get reached(): number {
    return this.searchedTo;
  }
  /** Somebody has written to the machine: going back behind that loses it. */
  get altered(): boolean {
    return this.changed;
  }
  /** Set at the end of the guest. */
  get ended(): StopReason | undefined {
    return this.machine.ended;
  }

  /** Goes to an instruction count, or as near as there is a run. */
  seek(icount: number, journey: Journey = {}): Promise<Arrival> {
    return this.travel(() => this.go(icount, journey));
  }

  /**
   * The first place from here on, or the last before here, that one of the targets is at; undefined when there is none.
   * An instruction that is here counts only where it accesses or writes. The machine is anywhere afterwards: seek.
   */
  find(direction: 'forward' | 'backward', targets: readonly Target[], quest: Quest = {}): Promise<Hit | undefined> {
    return this.travel(async () => {
      const here = this.position;
      const last = quest.until ?? 0;
      const counts = ({ target, icount }: Hit): boolean =>
        direction === 'backward'
          ? icount < here && icount >= last
          : icount > here || (icount === here && target.what !== 'insn' && target.what !== 'cpu');
      const hit = await (direction === 'forward'
        ? this.findForward(targets, counts, quest)
        : this.findBackward(targets, counts, quest));
      // A journey that was called off may have been anywhere.
      this.position = here;
      this.straight = false;
      return hit;
    });
  }

  /** Somebody has written to the machine: that stays part of the past until one goes back behind it. */
  written(): void {
    must(!this.travelling, 'the machine is on its way');
    this.chain.lay(true);
    this.changed = true;
    this.straight = true;
  }

  /** Lends the machine out, between blocks at or before the place. What is done with it is taken back. */
  lend<T>(use: (machine: MachineControl) => T): Promise<T> {
    return this.travel(async () => {
      const { chain, outlet } = this;
      const { newest } = chain;
      if (this.search.active) this.search.end();
      outlet.ahead = true;
      chain.back(newest);
      try {
        return use(this.machine);
      } finally {
        chain.back(newest);
        this.straight = true;
        await this.go(this.position, {});
      }
    });
  }

  private async travel<T>(way: () => Promise<T>): Promise<T> {
    must(!this.travelling, 'the machine is on its way already');
    this.travelling = true;
    try {
      return await way();
    } finally {
      this.travelling = false;
    }
  }

  private async go(icount: number, { signal, onProgress }: Journey): Promise<Arrival> {
    const { machine, chain, search } = this;
    if (search.active) search.end();
    this.outlet.ahead = false;
    const wanted = Math.min(Math.max(icount, this.floor), this.limit);
    if (!this.straight || wanted < machine.icount) chain.back(chain.before(wanted));
    this.straight = true;
    while (!machine.ended && wanted - machine.icount > NEAR) {
      machine.runBlocks(Math.min(machine.icount + LEG, approach(machine.icount, wanted)));
      this.outlet.settle(machine.icount);
      const left = wanted - machine.icount;
      if (left < STRIDE || machine.icount - chain.newest.icount >= STRIDE) this.mark();
      onProgress?.(machine.icount);
      await breathe();
      if (!signal?.aborted) continue;
      this.mark();
      this.position = machine.icount;
      this.searchedTo = machine.icount;
      return 'cancelled';
    }
    machine.runBlocks(wanted);
    this.mark();
    if (machine.icount < wanted && !machine.ended) {
      machine.run(wanted);
      this.straight = false;
    }
    this.outlet.settle(machine.icount);
    this.position = machine.icount;
    if (this.position < icount) return 'end';
    return this.position > icount ? 'begin' : 'there';
  }

  private mark(): void {
    if (this.machine.icount > this.chain.newest.icount && !this.machine.ended) this.chain.lay();
  }

  // --- searching ---

  private async findForward(
    targets: readonly Target[],
    counts: (hit: Hit) => boolean,
    { until = this.limit, ...journey }: Quest,
  ): Promise<Hit | undefined> {
    const last = Math.min(until, this.limit);
    let stretch = FIRST_SEARCH;
    for (;;) {
      const end = Math.min(this.position + stretch, last);
      const hit = await this.scan(end, targets, 'first', counts, journey);
      if (hit || journey.signal?.aborted) return hit;
      if (this.machine.ended || end === last) return undefined;
      // Nothing: the run follows up to there.
      if ((await this.go(end, journey)) !== 'there') return undefined;
      stretch = Math.min(stretch * 4, LAST_SEARCH);
    }
  }

  private async findBackward(
    targets: readonly Target[],
    counts: (hit: Hit) => boolean,
    { until = 0, ...journey }: Quest,
  ): Promise<Hit | undefined> {
    let end = this.position;
    while (end > Math.max(this.floor, until)) {
      // From the mark before the end on, which is gone back to.
      const from = this.chain.before(end - 1).icount;
      const hit = await this.scan(end, targets, 'last', counts, journey);
      if (hit || journey.signal?.aborted) return hit;
      end = from;
    }
    return undefined;
  }

  /** Searches up to `end`, from the last mark before the place or before `end` on. The machine is left wherever that took it. */
  private async scan(
    end: number,
    targets: readonly Target[],
    wanted: 'first' | 'last',
    counts: (hit: Hit) => boolean,
    { signal, onProgress }: Journey,
  ): Promise<Hit | undefined> {
    const { machine, chain, search, outlet } = this;
    chain.back(chain.before(wanted === 'first' ? this.position : end - 1));
    this.straight = false;
    outlet.ahead = true;
    let found: Hit | undefined;
    search.begin(targets, (hit) => {
      if (!counts(hit) || (found && wanted === 'first')) return;
      found = hit;
      if (wanted === 'first') machine.stop();
    });
    let kept = machine.icount;
    while (!machine.ended && machine.icount < end && !(found && wanted === 'first')) {
      machine.run(Math.min(machine.icount + LEG, end));
      if (machine.icount - kept >= STRIDE) {
        // Going back to the mark takes it away again; it only keeps the list of written pages short.
        machine.checkpoint();
        kept = machine.icount;
      }
      onProgress?.(machine.icount);
      await breathe();
      if (signal?.aborted && !(found && wanted === 'first')) {
        this.searchedTo = wanted === 'first' ? machine.icount : end;
        return undefined;
      }
    }
    return found;
  }
}

/** Where the next checkpoint on the way lies: ever closer together before the end. */
function approach(from: number, to: number): number {
  const left = to - from;
  return left > 2 * STRIDE ? from + STRIDE : from + left - Math.max(NEAR / 2, Math.floor(left / 8));
}

function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
