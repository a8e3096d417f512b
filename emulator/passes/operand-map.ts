// Facts about operands along straight-line code: maps from a global or temporary to an int32 that are emptied in O(1)
// at labels, and the table of last writes from which copies and defining ops are read. Reused from block to block.

import { SLOT_FP_FLAGS, TEMP_LIMIT } from '../memory/layout.ts';
import { A, CALL, clobbersGlobals, D, isFpCall, LABEL, MOV, PLUGIN_CALL, WRITES } from './op-facts.ts';

/** Map from operand (global or temporary) to a non-zero int32; 0 reads as "nothing known". */
export class OperandMap {
  private readonly value = new Int32Array(TEMP_LIMIT);
  private readonly generation = new Int32Array(TEMP_LIMIT);
  private current = 1;

  clear(): void {
    if (++this.current < 0x7fffffff) return;
    this.generation.fill(0);
    this.current = 1;
  }
  /** Constants and NONE have no entry. */
  get(x: number): number {
    return x >= 0 && x < TEMP_LIMIT && this.generation[x] === this.current ? this.value[x]! : 0;
  }
  set(x: number, value: number): void {
    this.value[x] = value;
    this.generation[x] = this.current;
  }
  drop(x: number): void {
    this.generation[x] = 0;
  }
}

/**
 * The last write of each operand since the last label: the word offset of the writing op plus one. A fact read off
 * that op holds now if the op's own sources have not been written since.
 */
export class LastWrites {
  // As OperandMap has it: asked for every op of most blocks.
  private readonly writer = new Int32Array(TEMP_LIMIT);
  private readonly generation = new Int32Array(TEMP_LIMIT);
  private current = 1;

  clear(): void {
    if (++this.current < 0x7fffffff) return;
    this.generation.fill(0);
    this.current = 1;
  }

  /** Takes note of the op at word `at`; called for every op in order, after it was rewritten. */
  note(ops: Int32Array, at: number): void {
    const op = ops[at]!;
    if (WRITES[op] === 1) {
      if (op === CALL && isFpCall(ops, at)) {
        this.writer[SLOT_FP_FLAGS] = at + 1;
        this.generation[SLOT_FP_FLAGS] = this.current;
      }
      const d = ops[at + D]!;
      this.writer[d] = at + 1;
      this.generation[d] = this.current;
    } else if (op === LABEL || (op === PLUGIN_CALL && clobbersGlobals(ops, at))) this.clear();
  }

  /** Word offset of the op that last wrote x as its result, or -1. */
  definition(ops: Int32Array, x: number): number {
    if (x < 0 || x >= TEMP_LIMIT || this.generation[x] !== this.current) return -1;
    const at = this.writer[x]! - 1;
    return ops[at + D] === x ? at : -1;
  }

  /** True when x still holds what it held as the op at word `at` read it. */
  unchangedSince(x: number, at: number): boolean {
    return x < 0 || x >= TEMP_LIMIT || this.generation[x] !== this.current || this.writer[x]! <= at;
  }

  /** The operand x is a copy of, or x itself. */
  source(ops: Int32Array, x: number): number {
    const at = this.definition(ops, x);
    if (at < 0 || ops[at] !== MOV) return x;
    const source = ops[at + A]!;
    return this.unchangedSince(source, at) ? source : x;
  }
}
