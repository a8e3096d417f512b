// What a pass is. One pass a file; translators list passes in order by name (translators/).

import type { IrBlock } from '../ir/ir.ts';
import type { OpName } from '../ir/op.ts';

/** What a pass may ask while it rewrites a block. */
export interface PassContext {
  /** Bytes of the block's guest code; part of the identity of every change. */
  readonly guestBytes: Uint8Array;
  /**
   * Asks leave for one rewrite: `rule` of this pass at the guest instruction `guestPc`. False means: do not. The
   * engine names the change (pass, rule, guest pc, ordinal, hash of the guest bytes), counts it, and can log it.
   */
  change(rule: string, guestPc: number): boolean;
}

export interface Pass {
  /** kebab-case; what `--a new-tcg,-NAME` switches off. */
  readonly name: string;
  /** One sentence for `list translators --json` and documentation. */
  readonly summary: string;
  /** Every rule it may ask for: rule name -> the algebraic sentence. */
  readonly rules: Readonly<Record<string, string>>;
  /** Ops without which it has nothing to do: a block that holds none of them is passed over. Missing: it always runs. */
  readonly needs?: readonly OpName[];
  /** Rewrites the block in place. Must leave a block that the verifier accepts. */
  run(block: IrBlock, context: PassContext): void;
}
