// Every setting of a translator with values worth trying, taken from the table of settings: a setting that is added there
// is tried everywhere at once.

import { translators } from '../../emulator/translators/index.ts';
import type { Translator } from '../../emulator/translators/translator.ts';
import { domainOf, SETTINGS, withSetting } from '../../emulator/translators/tuning.ts';

/** Numbers to try of those within a setting's bounds; the bounds themselves always are. */
const NUMBERS = [1, 2, 3, 7, 64, 512];

/** The values to try of one setting, as a spec spells them. */
export function valuesOf(key: string): string[] {
  const domain = domainOf(key);
  if ('least' in domain) {
    const { least, most } = domain;
    const inside = NUMBERS.filter((n) => n > least && n < most);
    return [least, ...inside, most].map(String);
  }
  return [...domain];
}

/** A translator with some settings changed, under the name a spec would have. */
export function withKnobs(translator: Translator, edits: readonly string[]): Translator {
  const tuning = edits.reduce(withSetting, translator.tuning);
  return { ...translator, name: [translator.name, ...edits].join(','), tuning };
}

/** Translators that translate; the reference model has nothing to set. */
const translating = translators.filter(({ tuning }) => tuning.tier !== 'reference');

/** Each of them with each value of each setting, all else as it comes. */
export function eachKnob(): Translator[] {
  return translating.flatMap((translator) =>
    SETTINGS.flatMap((key) => valuesOf(key).map((value) => withKnobs(translator, [`${key}=${value}`]))),
  );
}

/** A translator of `pool` with every setting drawn by `pick`. */
export function randomKnobs(
  pick: <T>(items: readonly T[]) => T,
  pool: readonly Translator[] = translators,
): Translator {
  const edits = SETTINGS.map((key) => `${key}=${pick(valuesOf(key))}`);
  return withKnobs(pick(pool), edits);
}
