// What QEMU's lockstep plugin makes of two streams of records, one of them ours: which mismatches it notes, when it gives
// up, the lines it prints. Pure. A record is a pc and the number of instructions before it.

/** After so many mismatches in a row the streams have parted. */
const TOO_MANY = 3;
const PREVIOUS = 5;

export interface QemuRecord {
  readonly pc: bigint;
  readonly count: number;
}

/** Where two streams part: the number of the first record that differs, and the pcs there. */
export interface Parting {
  readonly record: number;
  readonly us: bigint;
  readonly them: bigint;
}

export class QemuJudge {
  private readonly verbose: boolean;
  private readonly say: (line: string) => void;
  private records = 0;
  private mismatches = 0;
  private lastPosition = 0;
  /** Mismatches in a row, and the first of them. */
  private inARow = 0;
  private first: Parting | undefined;
  /** Pcs of our last records, newest last. */
  private readonly recent: bigint[] = [];

  constructor(verbose: boolean, say: (line: string) => void) {
    this.verbose = verbose;
    this.say = say;
  }

  /** Records compared before the one at hand. */
  get compared(): number {
    return this.records;
  }
  /** Mismatches after which both went on together. */
  get recovered(): number {
    return this.mismatches;
  }

  /** Takes one record of each side, in order. Returns where they part once there are too many mismatches in a row. */
  take(us: QemuRecord, them: QemuRecord): Parting | undefined {
    if (us.pc === them.pc) this.inARow = 0;
    else if (this.mismatch(us, them)) return this.first;
    this.records++;
    this.recent.push(us.pc);
    if (this.recent.length > PREVIOUS) this.recent.shift();
    return undefined;
  }

  private mismatch(us: QemuRecord, them: QemuRecord): boolean {
    const since = this.mismatches === 0 ? 0 : this.records - this.lastPosition;
    if (this.inARow === 0) this.first = { record: this.records, us: us.pc, them: them.pc };
    const diverged = ++this.inARow === TOO_MANY;
    this.mismatches++;
    this.lastPosition = this.records;
    if (this.verbose || since === 1 || diverged)
      this.say(`@ ${hex(us.pc)} vs ${hex(them.pc)} (${this.mismatches}/${since} since last)`);
    if (!diverged) return false;
    this.say(`Δ insn_count @ ${hex(us.pc)} (${us.count}) vs ${hex(them.pc)} (${them.count})`);
    // Every block is one instruction long.
    this.recent.reverse().forEach((pc, i) => {
      this.say(`  previously @ ${hex(pc)}/1 (${us.count - i} insns)`);
    });
    this.say('too much divergence... giving up.');
    return true;
  }
}

function hex(pc: bigint): string {
  return `0x${pc.toString(16).padStart(16, '0')}`;
}
