// What the blocks of a translator depend on, as text: who keeps translated code between runs tells by it whether it is
// still the same.

import { passes as standardPasses } from '../passes/index.ts';
import type { Translator } from './translator.ts';

/** Undefined when the translator has parts of a user or a mutant, whose meaning no text tells. */
export function translatorIdentity(translator: Translator): string | undefined {
  const { passes, tuning, policy, lowerings, without = [] } = translator;
  if (policy !== undefined || lowerings !== undefined || without.length > 0) return undefined;
  // The reference model executes what is only formed.
  if (tuning.tier === 'reference') return undefined;
  if (passes.some((pass) => !standardPasses.includes(pass))) return undefined;
  // Regions are kept too: what is never to be compiled, or otherwise, must not come compiled.
  const knobs = Object.entries(tuning).map(([name, value]) => `${name}=${value}`);
  return [...knobs.sort(), ...passes.map(({ name }) => name)].join(',');
}
