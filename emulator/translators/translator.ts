// A translator is data: which passes, which back end, which sizes. Modules of users export the same shape.

import type { TranslateContext } from '../guest/isa.ts';
import type { Pass } from '../passes/pass.ts';

/** Settings with no effect on what the guest does; every combination must give the same instruction stream. */
export interface Tuning {
  /** Longest block in guest instructions, 1 to 512. */
  readonly maxInsns: number;
  /**
   * 'both': interpret, then compile what is hot. 'interp': never compile. 'wasm': compile at first execution.
   * 'reference': translate nothing, the reference model executes each instruction.
   */
  readonly tier: 'both' | 'interp' | 'wasm' | 'reference';
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

/**
 * Decisions around translated code that a translator may take differently (and that mutants take wrongly). Each answer
 * that differs from the default is a change of the pass `policy`, named after the method (exec/decisions.ts).
 */
export interface Policy {
  /** May block `from` be linked through goto_tb `slot` to block `to`? The default checks nothing more: true. */
  link?(from: CachedBlock, slot: number, to: CachedBlock): boolean;
  /** The target pc goto_tb `slot` of `from` leads to, in regions too; the default returns `pc`. */
  linkTarget?(from: CachedBlock, slot: number, pc: number): number;
  /** Must `block` be thrown away after a write to [start, end)? The default: when they overlap. */
  invalidate?(block: CachedBlock, start: number, end: number): boolean;
  /** Are links from `from` to the thrown-away block `to` taken back? The default: true. */
  unlink?(from: CachedBlock, to: CachedBlock): boolean;
  /** Do the TLBs forget [start, end) when it is mapped anew, or code has been translated from it? The default: true. */
  forget?(start: number, end: number): boolean;
  /** Does the region entered at `head` load the register in `slot` when it is entered? The default: where it reads it. */
  entryLoad?(head: number, slot: number): boolean;
  /** The budget below which the region `head` leaves at the block `at`; the default is `longest`: all up to the next check. */
  deadline?(head: number, at: number, longest: number): number;
  /** Instructions the clock is charged for the first part of a cut block; the default is `insns`, as many as it has. */
  charge?(block: CachedBlock, insns: number): number;
  /** Are pending interrupts and signals taken before the block at `pc`, as they should, rather than after it? */
  attend?(pc: number): boolean;
}

/** Another lowering of the guest instructions whose word `w` has `w & mask === match`: a change of the pass `lower`. */
export interface Lowering {
  /** kebab-case; the name of the change. */
  readonly rule: string;
  readonly mask: number;
  readonly match: number;
  /** The instruction has been emitted as ops `from` and up: edits them, or truncates the block there and emits its own. */
  lower(context: TranslateContext, from: number): void;
}

export interface Translator {
  readonly name: string;
  readonly summary: string;
  /** In the order they run. */
  readonly passes: readonly Pass[];
  readonly tuning: Tuning;
  readonly policy?: Policy;
  readonly lowerings?: readonly Lowering[];
  /** Changes it does not make: ids (12 hexadecimal digits) and `pass/rule`. */
  readonly without?: readonly string[];
}
