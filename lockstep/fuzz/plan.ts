// What a fuzzing run consists of: batches of programs, each batch with settings of its own for both sides. A batch follows
// from the plan and its number alone, so that runs can be shared out, broken off and gone on with.

import type { Translator } from '../../emulator/index.ts';
import { type Config, generate, isaFilter, Random, type Sequence } from '../../emulator/sequence/index.ts';

export interface FuzzPlan {
  /** Specs of the two translators. */
  readonly a: string;
  readonly b: string;
  readonly isa: string;
  readonly seed: number;
  /** Instructions in a program, about. */
  readonly length: number;
  /** Vary block lengths, tiers and links; else the translators run as they are. */
  readonly vary: boolean;
}

/** Programs in a batch. */
export const BATCH = 50;

/** What the two sides of a batch run with. */
export interface Settings {
  readonly a: Config;
  readonly b: Config;
  /** Machines with privilege levels, where floating point may be off. */
  readonly privileged: boolean;
}

export interface Batch {
  readonly settings: Settings;
  readonly seeds: readonly number[];
  /** The program of a seed. */
  program(seed: number): Sequence;
}

export function batchOf(
  plan: FuzzPlan,
  translators: { readonly a: Translator; readonly b: Translator },
  number: number,
): Batch {
  const random = new Random(Math.imul(plan.seed, 0x2545f491) ^ Math.imul(number + 1, 0x9e3779b1));
  const privileged = random.below(5) === 0;
  const flavour = random.below(6) === 0 ? 'float' : 'any';
  // Both sides have the timer, or what they do differs.
  const timer = random.below(4) === 0 ? { timerEvery: 5 + random.below(60) } : {};
  const configOf = (translator: Translator, keep: boolean): Config => ({
    ...varied(random, translator, keep || !plan.vary),
    ...timer,
  });
  const a = configOf(translators.a, random.below(2) === 0);
  const b = configOf(translators.b, random.below(6) === 0);
  const allows = isaFilter(plan.isa);
  return {
    settings: { a, b, privileged },
    seeds: Array.from({ length: BATCH }, () => random.word() | 0),
    program(seed) {
      const sequence = generate(seed, flavour, { items: plan.length, allows });
      return { ...sequence, floatStatus: privileged ? (sequence.floatStatus ?? 3) : undefined };
    },
  };
}

/** The translator with other sizes. Draws as much from `random` when it is to stay as it is. */
function varied(random: Random, translator: Translator, keep: boolean): Config {
  const maxInsns = random.pick([1, 2, 3, 5, 9, 64, 64, 64, 64]);
  const link = random.below(4) !== 0;
  const compiling = random.below(36);
  const regionBlocks = random.pick([1, 3, 64]);
  const hotThreshold = random.pick([1, 2, 2, 4, 8]);
  const stopEvery = random.below(4) === 0 ? { stopEvery: 1 + random.below(20) } : {};
  if (keep) return { translator, tuning: {} };
  // One that compiles nothing, or translates nothing, is to stay like that.
  if (translator.tuning.tier !== 'both' || compiling > 5)
    return { translator, tuning: { maxInsns, link }, ...stopEvery };
  // Compiling takes many times as long as all else together: all code before it runs, or each of many small blocks.
  const compiled =
    compiling === 0
      ? ({ tier: 'wasm', regionBlocks } as const)
      : { hotThreshold: maxInsns < 5 ? Math.max(hotThreshold, 4) : hotThreshold, regionBlocks };
  return { translator, tuning: { maxInsns, link, ...compiled }, ...stopEvery };
}
