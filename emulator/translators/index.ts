// The built-in translators. One is data: an ordered list of passes and sizes (translator.ts); specs edit them (spec.ts).

import { constantFold, deadCode, passes } from '../passes/index.ts';
import type { Translator } from './translator.ts';
import { defaultTuning } from './tuning.ts';

export const tci: Translator = {
  name: 'tci',
  summary: 'Interprets the IR as emitted: no passes, nothing compiled.',
  passes: [],
  tuning: { ...defaultTuning, tier: 'interp', regionBlocks: 1 },
};

export const oldTcg: Translator = {
  name: 'old-tcg',
  summary: 'The conservative one: constants folded, dead code dropped, one block compiled at a time.',
  passes: [constantFold, deadCode],
  tuning: { ...defaultTuning, regionBlocks: 1 },
};

export const newTcg: Translator = {
  name: 'new-tcg',
  summary: 'The optimising one: every pass, and hot blocks compiled together in regions.',
  passes,
  tuning: defaultTuning,
};

export const reference: Translator = {
  name: 'reference',
  summary: 'Translates nothing: a plain model of the architecture executes each instruction. Slow.',
  passes: [],
  tuning: { ...defaultTuning, tier: 'reference', regionBlocks: 1 },
};

export const translators: readonly Translator[] = [reference, tci, oldTcg, newTcg];
