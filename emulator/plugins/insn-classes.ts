// Classes of instruction words, from tables of bit conditions: what howvec counts by. A table is data (tables/); its
// first row that holds for a word wins, and its last row holds for every word.

import { must } from '../must.ts';
import { AARCH64 } from './tables/aarch64.ts';
import { RISCV64 } from './tables/riscv64.ts';
import { SPARC } from './tables/sparc.ts';
import { SPARC64 } from './tables/sparc64.ts';

/** How a class is counted: as one, instruction by instruction, or not at all. */
export type CountMode = 'class' | 'individual' | 'none';

export interface ClassRow {
  /** As shown; leading blanks belong to it. */
  readonly name: string;
  /** As arguments name it. */
  readonly opt: string;
  /** Bit conditions that must all hold, `31:16=0…0 3=1`; several alternatives; missing: every word. */
  readonly when?: string | readonly string[];
  readonly mode?: CountMode;
}

export interface WordMatch {
  readonly mask: number;
  readonly pattern: number;
}

/** `31:16=0000000000000000 3=1` as mask and pattern. */
export function parseConditions(text: string): WordMatch {
  let mask = 0;
  let pattern = 0;
  for (const condition of text.split(' ')) {
    const parts = /^(\d+)(?::(\d+))?=([01]+)$/.exec(condition);
    must(parts, `${condition} is no bit condition`);
    const [, high, low = high, bits] = parts as unknown as [string, string, string, string];
    const width = Number(high) - Number(low) + 1;
    must(Number(high) < 32 && bits.length === width, `${condition}: ${width} bits are wanted`);
    const ones = 2 ** width - 1;
    mask |= ones << Number(low);
    pattern |= Number.parseInt(bits, 2) << Number(low);
  }
  return { mask, pattern };
}

const CATCH_ALL: ClassRow = { name: 'Unclassified', opt: 'unclas', mode: 'individual' };

/** QEMU has no table for riscv64: ours is left out there. */
const TABLES: Readonly<Record<string, readonly ClassRow[]>> = {
  aarch64: AARCH64,
  sparc: SPARC,
  sparc64: SPARC64,
  riscv64: RISCV64,
};
const QEMU_HAS = ['aarch64', 'sparc', 'sparc64'];
const BIG_ENDIAN = ['sparc', 'sparc64'];

export class Classifier {
  readonly rows: readonly ClassRow[];
  private readonly matches: readonly (WordMatch & { readonly row: number })[];
  private readonly bigEndian: boolean;

  /** `qemu`: with QEMU's tables and faults. */
  constructor(target: string, qemu = false) {
    const known = Object.hasOwn(TABLES, target) && (!qemu || QEMU_HAS.includes(target));
    this.rows = known ? TABLES[target]! : [CATCH_ALL];
    // On a little-endian host QEMU swaps the bytes of these words.
    this.bigEndian = BIG_ENDIAN.includes(target) && !qemu;
    this.matches = this.rows.flatMap(({ when = [''] }, row) => {
      const alternatives = typeof when === 'string' ? [when] : when;
      return alternatives.map((text) => ({ ...(text === '' ? { mask: 0, pattern: 0 } : parseConditions(text)), row }));
    });
    const last = this.matches.at(-1)!;
    must(last.mask === 0 && last.row === this.rows.length - 1, `the table of ${target} does not end in a catch-all`);
  }
  /** An instruction's bytes as a number; two-byte forms zero-extended. */
  wordOf(bytes: Uint8Array): number {
    let word = 0;
    for (let i = 0; i < Math.min(4, bytes.length); i++) {
      word |= bytes[i]! << (8 * (this.bigEndian ? Math.min(4, bytes.length) - 1 - i : i));
    }
    return word >>> 0;
  }
  /** Index of the word's row. */
  find(word: number): number {
    for (const { mask, pattern, row } of this.matches) if ((word & mask) === pattern) return row;
    return this.rows.length - 1;
  }
}
