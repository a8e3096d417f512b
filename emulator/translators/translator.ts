// A translator is data: which passes, which back end, which sizes. Modules of users export the same shape.

import type { Pass } from '../passes/pass.ts';

/** Settings with no effect on what the guest does; every combination must give the same instruction stream. */
export interface Tuning {
  /** Longest block in guest instructions, 1 to 512. */
  readonly maxInsns: number;
  /** 'both': interpret, then compile what is hot. 'interp': never compile. 'wasm': compile at first execution. */
  readonly tier: 'both' | 'interp' | 'wasm';
  /** Executions in tier 0 after which a block's region is compiled. */
  readonly hotThreshold: number;
  /** Largest region in blocks and in guest instructions; 1 block = no regions. */
  readonly regionBlocks: number;
  readonly regionInsns: number;
  /** Link blocks directly (off under -d nochain). */
  readonly link: boolean;
}

/** A block in the cache as policies see it. */
export interface CachedBlock {
  readonly id: number;
  readonly pc: number;
  readonly size: number;
  readonly insns: number;
}

/** Decisions of the block cache that a translator may take differently (and that mutants take wrongly). */
export interface CachePolicy {
  /** May block `from` be linked through goto_tb `slot` to block `to`? The default checks nothing more: true. */
  link?(from: CachedBlock, slot: number, to: CachedBlock): boolean;
  /** The target pc goto_tb `slot` of `from` leads to; the default returns `pc`. */
  linkTarget?(from: CachedBlock, slot: number, pc: number): number;
  /** Must `block` be thrown away after a write to [start, end)? The default: when they overlap. */
  invalidate?(block: CachedBlock, start: number, end: number): boolean;
}

export interface Translator {
  readonly name: string;
  readonly summary: string;
  /** In the order they run. */
  readonly passes: readonly Pass[];
  readonly tuning: Tuning;
  readonly policy?: CachePolicy;
}
