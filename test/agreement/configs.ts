// The machines that sequences run on. The built-in translators run every sequence; of the settings that must not matter,
// each sequence gets one, in turn.

import { copyPropagation, deadCode, passes, registerLoads } from '../../emulator/passes/index.ts';
import type { Config } from '../../emulator/sequence/sequence-machine.ts';
import { newTcg } from '../../emulator/translators/index.ts';
import { instrumented } from './instrumented.ts';

export const TRANSLATORS: readonly Config[] = ['reference', 'tci', 'old-tcg', 'new-tcg'].map((translator) => ({
  translator,
  tuning: {},
}));

const of = (tuning: Config['tuning'], stopEvery?: number): Config[] =>
  ['old-tcg', 'new-tcg'].map((translator) =>
    stopEvery === undefined ? { translator, tuning } : { translator, tuning, stopEvery },
  );

/** Translators made of other lists of passes: each pass alone, all but one, the order reversed. */
const PIPELINES: readonly Config[] = [
  ...passes.flatMap((pass) => [
    { name: `only-${pass.name}`, passes: [pass] },
    { name: `new-tcg,-${pass.name}`, passes: passes.filter((other) => other !== pass) },
  ]),
  { name: 'reversed', passes: passes.toReversed() },
  { name: 'twice', passes: [...passes, ...passes] },
  // What one finds is left to the other.
  { name: 'loads-then-copies', passes: [registerLoads, copyPropagation, deadCode] },
].map((edit, n) => ({
  translator: { ...newTcg, ...edit },
  tuning: { tier: n % 4 === 1 ? 'wasm' : 'interp' },
}));

export const VARIATIONS: readonly Config[] = [
  { translator: 'tci', tuning: { maxInsns: 1 } },
  { translator: 'tci', tuning: { maxInsns: 5, link: false }, stopEvery: 3 },
  { translator: 'tci', tuning: { maxInsns: 64 }, stopEvery: 1 },
  ...of({ maxInsns: 1, tier: 'wasm' }),
  ...of({ maxInsns: 2, hotThreshold: 1 }),
  ...of({ maxInsns: 5, tier: 'wasm', regionBlocks: 64 }),
  ...of({ maxInsns: 64, tier: 'interp' }, 5),
  ...of({ tier: 'wasm', regionBlocks: 1 }),
  ...of({ tier: 'wasm', regionBlocks: 64 }),
  ...of({ tier: 'wasm', link: false }, 7),
  ...of({ hotThreshold: 1, regionBlocks: 64 }),
  ...of({ hotThreshold: 2, regionBlocks: 3 }, 11),
  ...of({ link: false, tier: 'interp' }),
  { translator: 'new-tcg', tuning: { tier: 'interp', maxInsns: 9 }, plugin: instrumented },
  { translator: 'new-tcg', tuning: { tier: 'wasm' }, plugin: instrumented },
  { translator: 'old-tcg', tuning: { hotThreshold: 2 }, plugin: instrumented, stopEvery: 13 },
  ...PIPELINES,
];

/** The same for machines with privilege levels, which differ in little: fewer, for a machine takes memory. */
export const SYSTEM_VARIATIONS: readonly Config[] = VARIATIONS.filter((_, n) => n % 3 === 1);
