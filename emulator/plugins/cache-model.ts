// One cache, set-associative, as the cache plugin models it: which addresses hit, and what a miss throws out.

import { UsageError } from '../must.ts';

export type Eviction = 'lru' | 'fifo' | 'rand';

export interface CacheShape {
  /** Bytes a block. */
  readonly blockSize: number;
  readonly ways: number;
  /** Bytes in all. */
  readonly size: number;
}

const isPower = (value: number): boolean => value > 0 && Number.isInteger(Math.log2(value));

/** Throws UsageError for a shape that no cache can have. */
export function checkShape(what: string, { blockSize, ways, size }: CacheShape): void {
  const bad = (problem: string): never => {
    throw new UsageError(`plugin cache: ${problem} for the ${what} cache`, 'Size = sets × associativity × block size.');
  };
  if (!isPower(blockSize)) bad(`a block size of ${blockSize} is no power of two`);
  if (ways < 1) bad(`an associativity of ${ways} is not possible`);
  if (size % (blockSize * ways) !== 0) bad(`a size of ${size} is no multiple of associativity × block size`);
  if (!isPower(size / (blockSize * ways))) bad(`${size / (blockSize * ways)} sets, no power of two,`);
}

export class CacheModel {
  accesses = 0;
  misses = 0;
  private readonly shape: CacheShape;
  private readonly sets: number;
  /** Block number by set and way; -1 = empty. */
  private readonly blocks: Float64Array;
  /** When a way was last used (lru) or filled (fifo). */
  private readonly ages: Float64Array;
  private readonly eviction: Eviction;
  private clock = 0;
  /** xorshift32: the same choices in every run. */
  private seed = 2463534242;

  constructor(shape: CacheShape, eviction: Eviction) {
    this.shape = shape;
    this.eviction = eviction;
    this.sets = shape.size / (shape.blockSize * shape.ways);
    this.blocks = new Float64Array(this.sets * shape.ways).fill(-1);
    this.ages = new Float64Array(this.blocks.length);
  }

  /** True when the address hits; a miss loads its block. `address` ≥ 0. */
  access(address: number): boolean {
    const { blockSize, ways } = this.shape;
    const block = Math.floor(address / blockSize);
    const first = (block % this.sets) * ways;
    this.accesses++;
    for (let way = first; way < first + ways; way++) {
      if (this.blocks[way] !== block) continue;
      if (this.eviction === 'lru') this.ages[way] = ++this.clock;
      return true;
    }
    this.misses++;
    const victim = this.victim(first);
    this.blocks[victim] = block;
    this.ages[victim] = ++this.clock;
    return false;
  }

  private victim(first: number): number {
    const { ways } = this.shape;
    let oldest = first;
    for (let way = first; way < first + ways; way++) {
      if (this.blocks[way] === -1) return way;
      if (this.ages[way]! < this.ages[oldest]!) oldest = way;
    }
    return this.eviction === 'rand' ? first + (this.random() % ways) : oldest;
  }
  private random(): number {
    this.seed ^= this.seed << 13;
    this.seed ^= this.seed >>> 17;
    this.seed ^= this.seed << 5;
    return this.seed >>> 0;
  }
}
