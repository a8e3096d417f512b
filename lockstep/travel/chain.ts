// The checkpoints of a traveller: close together near the newest, ever farther apart behind it, so that a step back is
// short wherever one stands and the whole run costs a few dozen. Bounded by the memory their undo copies take: then the
// old ones grow sparser still, and at last the oldest goes, which raises the floor.

import { type Checkpoint, type MachineControl, must } from '../../emulator/index.ts';

export interface Mark {
  readonly checkpoint: Checkpoint;
  readonly icount: number;
  /** State that running again would not bring back (somebody wrote to it): it is not thinned out. */
  readonly pinned: boolean;
}

/** Instructions that cost nothing to run again. */
export const NEAR = 1024;
/** A mark goes when those around it are closer to each other than this part of their distance from the newest. */
const SPREAD = 4;

/** Index of a mark that the others make superfluous, -1 for none. The first and the last never are. */
export function superfluous(marks: readonly Pick<Mark, 'icount' | 'pinned'>[]): number {
  const newest = marks.at(-1)?.icount ?? 0;
  for (let i = 1; i < marks.length - 1; i++) {
    if (marks[i]!.pinned) continue;
    const next = marks[i + 1]!.icount;
    if (next - marks[i - 1]!.icount <= Math.max(NEAR, (newest - next) / SPREAD)) return i;
  }
  return -1;
}

/** Index of the mark whose loss lengthens the ways back least, -1 when none may go. */
export function leastMissed(marks: readonly Pick<Mark, 'icount' | 'pinned'>[]): number {
  const newest = marks.at(-1)?.icount ?? 0;
  let least = Number.POSITIVE_INFINITY;
  let found = -1;
  for (let i = 1; i < marks.length - 1; i++) {
    if (marks[i]!.pinned) continue;
    const before = marks[i - 1]!.icount;
    const cost = (marks[i + 1]!.icount - before) / (newest - before);
    if (cost < least) {
      least = cost;
      found = i;
    }
  }
  return found;
}

export class Chain {
  private readonly machine: MachineControl;
  private readonly limitBytes: number;
  private marks: Mark[] = [];
  /** Some of the past was given up for want of memory. */
  forgetful = false;

  /** The machine stands at the start of what can be travelled. */
  constructor(machine: MachineControl, limitBytes: number) {
    this.machine = machine;
    this.limitBytes = limitBytes;
    this.lay();
  }

  get oldest(): Mark {
    return this.marks[0]!;
  }
  get newest(): Mark {
    return this.marks.at(-1)!;
  }
  /** For tests and `monitor status`. */
  get length(): number {
    return this.marks.length;
  }

  /** The last mark at or before an instruction count; the oldest when that is before all. */
  before(icount: number): Mark {
    return this.marks.findLast((mark) => mark.icount <= icount) ?? this.oldest;
  }

  /** A mark where the machine stands, later than all others. */
  lay(pinned = false): void {
    const { machine } = this;
    if (machine.undoLost) this.giveUp(this.marks.length);
    this.marks.push({ checkpoint: machine.checkpoint(), icount: machine.icount, pinned });
    for (let i = superfluous(this.marks); i >= 0; i = superfluous(this.marks)) this.drop(i);
    this.bound();
  }

  /** Takes the machine back to a mark; later ones are gone. */
  back(mark: Mark): void {
    const index = this.marks.indexOf(mark);
    must(index >= 0, 'a mark that is no longer there');
    this.machine.rollback(mark.checkpoint);
    this.marks.length = index + 1;
  }

  private bound(): void {
    const { machine } = this;
    while (machine.undoBytes > this.limitBytes && this.marks.length > 1) {
      const index = leastMissed(this.marks);
      if (index >= 0) this.drop(index);
      else this.giveUp(1);
    }
  }

  private drop(index: number): void {
    this.machine.drop(this.marks[index]!.checkpoint);
    this.marks.splice(index, 1);
  }

  /** Forgets the oldest `count` marks. */
  private giveUp(count: number): void {
    const last = this.marks[count - 1];
    if (!last) return;
    this.machine.release(last.checkpoint);
    this.marks.splice(0, count);
    this.forgetful = true;
  }
}
