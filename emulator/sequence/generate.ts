// Random sequences over every decode row, under the roles of registers (state.ts). Jumps go forward; the only way back is a
// counted loop.

import { Builder } from './builder.ts';
import * as operands from './float-operands.ts';
import * as idioms from './idioms.ts';
import { CODE, CODE_SIZE } from './layout.ts';
import { BY_KIND, type Kind } from './rows.ts';
import { type Sequence, sizeOf } from './sequence.ts';
import { COUNTERS, dataPages, floatRegisters, integerRegisters } from './state.ts';

const { Random } = operands;
type Random = operands.Random;

export const MAX_ITEMS = 60;

/** Whatever needs no place of its own. */
const ANYWHERE = [...BY_KIND.plain, ...BY_KIND.memory, ...BY_KIND.atomic];

/** Puts a few items; `depth` counts the loops around. */
type Step = (b: Builder, depth: number) => void;

const one =
  (kind: Kind): Step =>
  (b) =>
    b.put1(b.row(BY_KIND[kind]));
const anywhere: Step = (b) => b.put1(b.row(ANYWHERE));
const junk: Step = (b) => {
  b.put(b.random.pick([0, b.random.word() | 3, b.random.below(65536)]));
};

function loop(b: Builder, depth: number): void {
  const { random } = b;
  if (depth >= COUNTERS.length || b.items.length >= MAX_ITEMS / 2) {
    anywhere(b, depth);
    return;
  }
  const counter = COUNTERS[depth]!;
  // A few times around; now and then as often as the limit of steps lets it.
  const most = depth > 0 ? 3 : random.below(5) === 0 ? 100 : 6;
  b.put('addi', { rd: counter, rs1: 0, imm: 1 + random.below(most) });
  const top = b.next;
  for (let n = 2 + random.below(10); n > 0; n--) step(b, depth + 1);
  b.put('addi', { rd: counter, rs1: counter, imm: -1 });
  b.put('blt', { rs1: 0, rs2: counter }, { target: top });
}

/** How often each comes, in parts of the sum; the second number inside a loop, where it is not the same. */
const STEPS: readonly (readonly [Step, number, number?])[] = [
  [one('plain'), 340],
  [idioms.chain, 60],
  [idioms.compilers, 22],
  [idioms.constants, 24],
  [idioms.division, 14],
  [idioms.aliases, 22],
  [idioms.displacement, 4],
  [idioms.seam, 8],
  [idioms.protection, 4],
  [idioms.rounding, 16],
  [idioms.halves, 6],
  [idioms.patch, 15, 55],
  [one('memory'), 150],
  [one('atomic'), 55],
  [(b, depth) => idioms.reserve(b, () => step(b, depth)), 22],
  [(b) => idioms.branch(b, b.row(BY_KIND.branch)), 80],
  [(b) => idioms.jump(b, b.row(BY_KIND.jump)), 38],
  [one('csr'), 34],
  [loop, 34],
  [one('platform'), 4],
  [junk, 2],
  [anywhere, 40, 20],
];

/** Which step each number up to the sum stands for: outside of loops, inside. */
const TABLES: readonly (readonly Step[])[] = [false, true].map((inside) =>
  STEPS.flatMap(([put, weight, within = weight]) => Array<Step>(inside ? within : weight).fill(put)),
);

function step(b: Builder, depth: number): void {
  b.random.pick(TABLES[depth > 0 ? 1 : 0]!)(b, depth);
}

/** Where a sequence starts. */
function startAddress(random: Random, { items, halfRewritten }: Builder): number {
  if (halfRewritten !== undefined && random.below(2) === 0) {
    // That instruction lies across the boundary, so that the store and the beginning of its block are on two pages.
    const before = items.slice(
      0,
      items.findIndex(({ id }) => id >= halfRewritten),
    );
    return CODE + 4096 - 2 - before.reduce((sum, item) => sum + sizeOf(item), 0);
  }
  const bytes = 4 * items.length + 4;
  const n = random.below(20);
  if (n < 9) return CODE + 4096 - 2 * random.below(bytes / 2);
  if (n === 9) return CODE + CODE_SIZE - 2 * random.below(bytes / 2); // runs off the end
  return CODE + 2 * random.below(1500);
}

/** What a sequence is made of: anything, or floating point for the most part. */
export type Flavour = 'any' | 'float';

export interface Shape {
  /** How many items at least; a random number up to MAX_ITEMS when missing. */
  readonly items?: number;
  /** Which decode rows may be drawn, by name; all when missing. Every kind of row must have one. */
  readonly allows?: (row: string) => boolean;
}

export function generate(seed: number, flavour: Flavour = 'any', { items, allows = () => true }: Shape = {}): Sequence {
  const random = new Random(seed);
  const builder = new Builder(random, allows);
  if (flavour === 'float') idioms.floats(builder);
  const length = items ?? 1 + random.below(random.below(4) ? MAX_ITEMS : 8);
  const far = random.below(8) === 0 ? random.below(length) : length;
  while (builder.items.length < length) {
    if (builder.items.length >= far && builder.far === undefined) builder.goFar();
    step(builder, 0);
  }
  builder.finish();
  return {
    seed,
    start: startAddress(random, builder),
    items: builder.items,
    far: builder.far,
    x: integerRegisters(random),
    f: floatRegisters(random),
    fflags: random.below(2) ? 0 : random.below(32),
    frm: random.below(8) ? random.below(5) : random.below(8),
    floatStatus: random.below(5) === 0 ? (random.pick([0, 1, 1, 2, 3]) as 0 | 1 | 2 | 3) : undefined,
    data: dataPages(random),
    coldTlb: random.below(2) === 0,
  };
}
