// A translated block (TB) as the machine keeps it: identity, where its code lies, who links to it. Its hot fields are
// in the TB record in linear memory (memory/layout.ts, TB_*).

import type { GuestAddr } from '../bits.ts';
import type { Hook } from '../plugin/hooks.ts';

export const NO_HOOKS: readonly Hook[] = [];

export class Block {
  readonly id: number;
  readonly pc: GuestAddr;
  readonly insns: number;
  /** Guest bytes. */
  readonly size: number;
  /** Byte offset of each instruction from pc; one more than insns. */
  readonly offsets: Uint16Array;
  /** Linear address of the TB record. */
  readonly record: number;
  /** What plugins attached; empty for none. */
  readonly hooks: readonly Hook[];
  /** The ordinary block this is a part of (itself for an ordinary one) and the index there of its first instruction. */
  readonly whole: Block;
  readonly index: number;
  /** Key among cut and resumed blocks, undefined for an ordinary block. */
  readonly variant: string | undefined;
  /** Guest pcs of goto_tb 0 and 1, undefined where the block has none. */
  readonly targets: readonly (GuestAddr | undefined)[];
  /** Links into this block: linking block and slot. */
  readonly incoming: { readonly from: Block; readonly slot: number }[] = [];
  /** Regions whose code contains this block. */
  readonly regions: Set<CompiledModule> = new Set();
  /** Waits in the compile queue. */
  queued = false;
  valid = true;

  constructor(
    init: Pick<
      Block,
      'id' | 'pc' | 'insns' | 'size' | 'offsets' | 'record' | 'hooks' | 'index' | 'variant' | 'targets'
    > & {
      readonly whole: Block | undefined;
    },
  ) {
    this.id = init.id;
    this.pc = init.pc;
    this.insns = init.insns;
    this.size = init.size;
    this.offsets = init.offsets;
    this.record = init.record;
    this.hooks = init.hooks;
    this.whole = init.whole ?? this;
    this.index = init.index;
    this.variant = init.variant;
    this.targets = init.targets;
  }
}

/** Regions compiled together; they may call each other, so they live and die together. */
export interface CompiledModule {
  /** Entry block and function-table index of each region. */
  readonly heads: readonly { readonly block: Block; readonly index: number }[];
  readonly members: ReadonlySet<Block>;
}
