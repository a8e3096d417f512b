// The side's half of a look back (look-back.ts): takes the machine back to an old checkpoint and forward again, a stretch at a time, with
// blocks that observe themselves. A checkpoint is kept at the start of the last stretch alone, for a replay of it.

import type { Checkpoint, MachineControl } from '../emulator/index.ts';
import { must } from '../emulator/index.ts';
import type { Path } from './path.ts';
import type { Summary } from './protocol.ts';

/** A point that the run can go back to. The start of the run is the end of window -1. */
export interface Kept {
  readonly window: number;
  readonly icount: number;
  /** Entered up to here. */
  readonly blocks: number;
  readonly checkpoint: Checkpoint;
}

export interface WalkHost {
  readonly machine: MachineControl;
  readonly path: Path;
  /** From now on translated code observes blocks, or no longer does. */
  observe(on: boolean): void;
}

/** Undo copies kept for a look back alone, in bytes: beyond that the run is worth more than the way back. */
const MOST_KEPT = 1 << 28;

/**
 * What to keep of the checkpoints of agreed windows, ascending, when a look back is to reach `reach` instructions back from the
 * last of them. One is old enough; another is on its way to be, so that it can take over.
 */
export function thinOut(kept: readonly Kept[], reach: number, machine: MachineControl): Kept[] {
  const last = kept.at(-1);
  if (!last) return [];
  const enough = kept.findLastIndex(({ icount }) => icount <= Math.max(0, last.icount - reach));
  const first = reach === 0 || machine.undoBytes > MOST_KEPT ? kept.length - 1 : Math.max(0, enough);
  if (first > 0) machine.release(kept[first - 1]!.checkpoint);
  const list = kept.slice(first);
  return list.filter((one, i) => {
    const before = list[i - 1];
    if (!before || i === list.length - 1 || (i === 1 && one.icount - before.icount >= reach)) return true;
    machine.drop(one.checkpoint);
    return false;
  });
}

export class Walk {
  private readonly host: WalkHost;
  /** Of blocks that observe themselves, by vCPU (Observations.digest). */
  private readonly ends: number[] = [];
  /** The start of the last stretch. */
  private start: Kept;
  private stretches = 0;
  /** The last stretch. */
  looked: Summary | undefined;

  /** Goes to `icount` at or after `base`, or to the next seam behind it; older checkpoints go. */
  constructor(host: WalkHost, base: Kept, icount: number, latest: number) {
    this.host = host;
    const { machine, path } = host;
    machine.rollback(base.checkpoint);
    path.take();
    host.observe(false);
    if (icount > base.icount) machine.run(icount, latest);
    const blocks = base.blocks + path.take().blocks;
    host.observe(true);
    machine.observations.clear();
    this.start = this.keep(blocks, base.checkpoint);
  }

  get base(): Kept {
    return this.start;
  }

  /** Runs on to `icount`, or to the next seam behind it, and says what there was. */
  look(icount: number, latest: number): Summary {
    const { machine, path } = this.host;
    const { looked, start } = this;
    if (looked) this.start = this.keep(start.blocks + looked.blocks, start.checkpoint);
    machine.observations.forget();
    machine.run(icount, latest);
    const { transfers, places, entries } = machine.observations.digest(this.ends);
    this.looked = {
      t: 'summary',
      window: this.stretches++,
      icount: machine.icount,
      ...path.take(),
      states: transfers,
      places,
      entries,
      state: machine.stateDigest(),
      memory: machine.memoryDigest(),
      events: machine.eventDigest(),
    };
    return this.looked;
  }

  /** Goes on to `icount` without looking; what was looked at last may have been left anywhere. */
  finish(icount: number): Kept {
    const { machine, path } = this.host;
    machine.rollback(this.start.checkpoint);
    path.take();
    if (icount > this.start.icount) {
      this.host.observe(false);
      machine.run(icount);
    }
    must(machine.icount === icount, 'the way back has come to another end than the way there');
    return this.keep(this.start.blocks + path.take().blocks, this.start.checkpoint);
  }

  private keep(blocks: number, before: Checkpoint): Kept {
    const { machine } = this.host;
    const checkpoint = machine.checkpoint();
    machine.release(before);
    return { window: -1, icount: machine.icount, blocks, checkpoint };
  }
}
