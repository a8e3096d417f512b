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
  /** What plugins attached, from this block's start to the end of `rest`; empty for none. */
  readonly hooks: readonly Hook[];
  /** Id of the block the hooks were attached to. */
  readonly owner: number;
  /** Of a part: instructions of the whole that follow this part. */
  readonly rest: number;
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
      'id' | 'pc' | 'insns' | 'size' | 'offsets' | 'record' | 'hooks' | 'owner' | 'rest' | 'variant' | 'targets'
    >,
  ) {
    this.id = init.id;
    this.pc = init.pc;
    this.insns = init.insns;
    this.size = init.size;
    this.offsets = init.offsets;
    this.record = init.record;
    this.hooks = init.hooks;
    this.owner = init.owner;
    this.rest = init.rest;
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
