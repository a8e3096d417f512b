// Seeded pseudo-random numbers for tests (xorshift32).

export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = seed | 0 || 1;
  }
  /** 32 random bits as int32. */
  bits(): number {
    let s = this.state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.state = s;
    return s;
  }
  /** 0 ≤ result < limit. */
  below(limit: number): number {
    return (this.bits() >>> 0) % limit;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
  bits64(): bigint {
    return (BigInt(this.bits() >>> 0) << 32n) | BigInt(this.bits() >>> 0);
  }
}

/** The seed of a random test: LOCKSTEP_SEED when set, to repeat a failure; else fixed. */
export function testSeed(): number {
  return Number(process.env.LOCKSTEP_SEED ?? 20240607) | 0;
}
