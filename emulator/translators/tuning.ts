// The settings of a translator as people type them (`max-insns=1`), their bounds, and the check of a user's own.

import { must, UsageError } from '../must.ts';
import { didYouMean } from '../nearest.ts';
import type { Tuning } from './translator.ts';

/** What a translator has that says nothing else. */
export const defaultTuning: Tuning = {
  maxInsns: 64,
  tier: 'both',
  hotThreshold: 512,
  regionBlocks: 64,
  regionInsns: 600,
  link: true,
};

/** Bounds of a numeric setting. */
interface Range {
  readonly key: 'maxInsns' | 'hotThreshold' | 'regionBlocks' | 'regionInsns';
  readonly least: number;
  readonly most: number;
}
const NUMBERS: Readonly<Record<string, Range>> = {
  'max-insns': { key: 'maxInsns', least: 1, most: 512 },
  hot: { key: 'hotThreshold', least: 1, most: 1_000_000_000 },
  'region-blocks': { key: 'regionBlocks', least: 1, most: 4096 },
  'region-insns': { key: 'regionInsns', least: 1, most: 100_000 },
};
const TIERS = ['both', 'interp', 'wasm', 'reference'] as const;
const SWITCH = ['on', 'off'] as const;
/** Every `key=` a spec takes. */
export const SETTINGS: readonly string[] = [...Object.keys(NUMBERS), 'tier', 'link'];

/** What a setting takes: the words there are, or the bounds of a whole number. */
export function domainOf(key: string): readonly string[] | { readonly least: number; readonly most: number } {
  if (key === 'tier') return TIERS;
  if (key === 'link') return SWITCH;
  const range = NUMBERS[key];
  must(range !== undefined, `no setting ${key}`);
  return range;
}

/** `tuning` with one `key=value` of a spec applied. */
export function withSetting(tuning: Tuning, edit: string): Tuning {
  const equals = edit.indexOf('=');
  if (equals < 0) {
    const remedy = 'Edits are -PASS, +PASS and SETTING=VALUE.';
    throw new UsageError(`cannot understand "${edit}" in a translator spec`, remedy);
  }
  const key = edit.slice(0, equals);
  const value = edit.slice(equals + 1);
  if (key === 'tier') {
    const tier = TIERS.find((known) => known === value);
    if (tier === undefined) throw new UsageError(`unknown tier "${value}"`, didYouMean(value, TIERS));
    return { ...tuning, tier };
  }
  if (key === 'link') {
    if (value !== 'on' && value !== 'off')
      throw new UsageError(`link is on or off, not "${value}"`, 'For example: link=off');
    return { ...tuning, link: value === 'on' };
  }
  const range = Object.hasOwn(NUMBERS, key) ? NUMBERS[key] : undefined;
  if (range === undefined) throw new UsageError(`unknown setting "${key}"`, didYouMean(key, [...SETTINGS, 'without']));
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= range.least && number <= range.most))
    throw new UsageError(
      `${key} is a number from ${range.least} to ${range.most}, not "${value}"`,
      `Without the edit it is ${tuning[range.key]}.`,
    );
  return { ...tuning, [range.key]: number };
}

/** The first thing wrong with `tuning`, or undefined. */
export function tuningFault(tuning: Tuning): string | undefined {
  for (const range of Object.values(NUMBERS)) {
    const value = tuning[range.key];
    if (!Number.isInteger(value) || value < range.least || value > range.most)
      return `tuning.${range.key} is a whole number from ${range.least} to ${range.most}`;
  }
  if (!TIERS.includes(tuning.tier)) return `tuning.tier is one of ${TIERS.join(', ')}`;
  return typeof tuning.link === 'boolean' ? undefined : 'tuning.link is true or false';
}
