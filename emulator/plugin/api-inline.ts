// The part of the plugin API that runs inside translated code: cells, rings, inline operations and predicates. Types only.

/** What a callback may do with the registers of its vCPU; `rw-regs-pc` may also set the pc. */
export type CallbackFlags = 'no-regs' | 'r-regs' | 'rw-regs' | 'rw-regs-pc';

/** One u64 per vCPU inside a scoreboard. */
export interface Cell {
  add(cpu: number, value: number | bigint): void;
  get(cpu: number): bigint;
  set(cpu: number, value: number | bigint): void;
  /** Over all vCPUs. */
  sum(): bigint;
}
/** Consecutive u64 per vCPU inside a scoreboard: buckets of a histogram, words of a bitmap. */
export interface CellArray {
  readonly count: number;
  at(index: number): Cell;
  /** Over all vCPUs, by index. */
  sums(): bigint[];
  /** The words of all vCPUs or-ed, by index. */
  union(): bigint[];
}
export interface Scoreboard {
  /** The u64 at this byte offset of each vCPU's entry. */
  u64(offset?: number): Cell;
  /** `count` of them from this byte offset on. */
  u64s(count: number, offset?: number): CellArray;
  free(): void;
}

/** A power-of-two ring of u32 in linear memory, filled by translated code. */
export interface Ring {
  /** Records put since the ring was made or cleared. */
  readonly length: number;
  /** Calls back with the records in order and empties the ring. */
  drain(each: (records: Uint32Array) => void): void;
  clear(): void;
  free(): void;
}

export interface RecordRingOptions {
  /** At least so many records. */
  readonly records: number;
  /** 64-bit fields a record; rounded up to a power of two in memory. */
  readonly fields: number;
  /** Called when the ring is full, from where it was filled; it drains the ring. Without it the oldest are lost. */
  readonly full?: (ring: RecordRing, cpu: number) => void;
}
/** A ring of records of 64-bit fields. */
export interface RecordRing {
  readonly fields: number;
  /** Records put since the ring was made, drained or cleared. */
  readonly length: number;
  /** Calls back with record after record, `stride` words each, in order, and empties the ring. The words are not kept. */
  drain(each: (words: BigUint64Array, stride: number) => void): void;
  clear(): void;
  free(): void;
}

/**
 * A value inside translated code: a constant, the pc, the vCPU's index, a register; for accesses also the address and
 * the value loaded or stored (unsigned), for transfers where they go.
 */
export type Source = number | bigint | 'pc' | 'cpu' | 'address' | 'value' | 'target' | { readonly register: string };

/** Inline operations. All arithmetic is unsigned and 64 bits wide. */
export type InlineOp =
  /** cell += value; cell = value; the lesser; the greater; cell |= value. */
  | { readonly op: 'add' | 'store' | 'min' | 'max' | 'or'; readonly cell: Cell; readonly value: Source }
  /** Takes the value into a digest of all values before it, in order. */
  | { readonly op: 'mix'; readonly cell: Cell; readonly value: Source }
  /** Sets bit ((index >> shift) modulo 64 * words) of the bitmap. */
  | { readonly op: 'bit'; readonly bitmap: CellArray; readonly index: Source; readonly shift?: number }
  /**
   * Adds 1 to a bucket: (value >> shift), the last one for greater values; with `log2` that number's length in bits
   * (0 for 0).
   */
  | {
      readonly op: 'histogram';
      readonly buckets: CellArray;
      readonly value: Source;
      readonly shift?: number;
      readonly scale?: 'linear' | 'log2';
    }
  /** Appends the low 32 bits. */
  | { readonly op: 'ring'; readonly ring: Ring; readonly value: Source }
  /** Appends a record: one source a field. */
  | { readonly op: 'record'; readonly ring: RecordRing; readonly values: readonly Source[] };

/** Unsigned, unless the predicate says otherwise. NEVER installs nothing, ALWAYS is no condition. */
export type Condition = 'never' | 'always' | 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

/** A comparison evaluated inside translated code: (left & mask) is right. */
export interface Predicate {
  readonly left: Cell | Source;
  readonly mask?: number | bigint;
  readonly is: Condition;
  readonly right: Cell | Source;
  readonly signed?: boolean;
}
/** All of them must hold. */
export type Predicates = Predicate | readonly Predicate[];

export interface HookOptions {
  readonly flags?: CallbackFlags;
  /** The callback is called only when this holds. */
  readonly when?: Predicates;
}
export interface ExecOptions extends HookOptions {
  /**
   * Translated code notes the calls down, and they are made later, up to a thousand at a time, in their order: before any other
   * callback of any plugin, before a system call, before another vCPU runs and when the machine stops. Half the cost of a call.
   * What the callback asks of the machine is as it is by then, so this is for those that look at their argument alone; 'no-regs' only.
   */
  readonly batch?: boolean;
}
