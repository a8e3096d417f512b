// A translated block (TB) as the machine keeps it: identity, where its code lies, who links to it. Its hot fields are
// in the TB record in linear memory (memory/layout.ts, TB_*). There may be a hundred thousand of these: what most
// blocks do not have is shared or missing until it is needed.

import type { GuestAddr } from '../bits.ts';
import type { Hook } from '../plugin/hooks.ts';

export const NO_HOOKS: readonly Hook[] = [];

/** Stands for the targets a block does not have: no code lies at an odd address. */
export const NO_TARGET = -1;

export class Block {
  readonly id: number;
  readonly pc: GuestAddr;
  readonly insns: number;
  /** Guest bytes. */
  readonly size: number;
  /** Linear address of the TB record, and bytes it takes with offsets and bytecode. */
  readonly record: number;
  readonly bytes: number;
  /** What plugins attached; empty for none. Undefined of a block of an earlier run until somebody asks (Translation.hooksOf). */
  hooks: readonly Hook[] | undefined;
  /** The ordinary block this is a part of (itself for an ordinary one) and the index there of its first instruction. */
  readonly whole: Block;
  readonly index: number;
  /** Key among cut and resumed blocks, undefined for an ordinary block. */
  readonly variant: string | undefined;
  /** Guest pcs of goto_tb 0 and 1, or NO_TARGET. */
  readonly target0: GuestAddr;
  readonly target1: GuestAddr;
  /** Regions whose code contains this block; undefined until there is one. */
  regions: Set<CompiledModule> | undefined;
  /** Links into this block: indices, in words, of the link fields that hold its record. */
  incoming: number[] | undefined;
  /** Waits in the compile queue. */
  queued: boolean;
  valid: boolean;
  /** Where the offsets of its instructions lie among those of many blocks. */
  private readonly offsets: Uint16Array;
  private readonly offsetsAt: number;

  constructor(
    id: number,
    pc: GuestAddr,
    insns: number,
    size: number,
    record: number,
    bytes: number,
    hooks: readonly Hook[] | undefined,
    whole: Block | undefined,
    index: number,
    variant: string | undefined,
    target0: GuestAddr,
    target1: GuestAddr,
    offsets: Uint16Array,
    offsetsAt: number,
  ) {
    this.id = id;
    this.pc = pc;
    this.insns = insns;
    this.size = size;
    this.record = record;
    this.bytes = bytes;
    this.hooks = hooks;
    this.whole = whole ?? this;
    this.index = index;
    this.variant = variant;
    this.target0 = target0;
    this.target1 = target1;
    this.regions = undefined;
    this.incoming = undefined;
    this.queued = false;
    this.valid = true;
    this.offsets = offsets;
    this.offsetsAt = offsetsAt;
  }

  /** Guest pcs that its goto_tb lead to. */
  get targets(): GuestAddr[] {
    return [this.target0, this.target1].filter((pc) => pc !== NO_TARGET);
  }

  /** It is part of a region in service. */
  get compiled(): boolean {
    return this.regions !== undefined && this.regions.size > 0;
  }

  /** Byte offset of instruction `index` from pc; of the block's end for index = insns. */
  offset(index: number): number {
    return this.offsets[this.offsetsAt + index]!;
  }
}

/** Regions compiled together; they may call each other, so they live and die together. */
export interface CompiledModule {
  /** Entry block and function-table index of each region. */
  readonly heads: readonly { readonly block: Block; readonly index: number }[];
  readonly members: ReadonlySet<Block>;
}
