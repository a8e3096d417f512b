// Translator specs as typed at the command line: a base and edits, separated by commas.
//
//   new-tcg                          a built-in translator
//   new-tcg,-copy-propagation        without a pass        old-tcg,+dead-store   with one, in its usual place
//   new-tcg,max-insns=1,tier=interp  with other sizes (tuning.ts)
//   new-tcg,without=0f3a5c7e9b1d     without one rewrite (an id, as a bisection names it) or a rule (PASS/RULE)
//   ./mine.mjs,hot=16                a user's module (host-load.ts); its path has no comma
//   mutant:NAME                      given by the caller's resolver: the emulator knows of no mutants

import { UsageError } from '../must.ts';
import { didYouMean } from '../nearest.ts';
import { LOWER, POLICY } from '../passes/change.ts';
import { passes as standardPasses } from '../passes/index.ts';
import type { Pass } from '../passes/pass.ts';
import { loadTranslator } from './host-load.ts';
import { translators } from './index.ts';
import type { Translator } from './translator.ts';
import { withSetting } from './tuning.ts';

export interface SpecOptions {
  /** Finds what `mutant:NAME` stands for; throws a UsageError when there is none of that name. */
  readonly resolveMutant?: (name: string) => Translator | Promise<Translator>;
}

/** The translator a spec describes. Throws a UsageError that says what is wrong with it. */
export async function parseTranslatorSpec(spec: string, options: SpecOptions = {}): Promise<Translator> {
  const [baseText = '', ...edits] = spec.split(',').map((part) => part.trim());
  const base = await resolveBase(baseText, options);
  if (edits.length === 0) return base;
  let passes = base.passes;
  let tuning = base.tuning;
  const without = [...(base.without ?? [])];
  for (const edit of edits) {
    if (edit.startsWith('-')) passes = withoutPass(base.name, passes, edit.slice(1));
    else if (edit.startsWith('+')) passes = withPass(passes, edit.slice(1));
    else if (edit.startsWith('without=')) without.push(changeName(edit.slice('without='.length)));
    else tuning = withSetting(tuning, edit);
  }
  for (const name of without) checkRule(name, base.name, passes);
  return { ...base, name: spec, passes, tuning, ...(without.length > 0 && { without }) };
}

/** Rules of passes are known; what is lowered or decided otherwise is known only once it is asked for. */
function checkRule(name: string, translator: string, passes: readonly Pass[]): void {
  const [passName, rule] = name.split('/');
  if (rule === undefined || passName === LOWER || passName === POLICY) return;
  const pass = passes.find((one) => one.name === passName);
  const known = passes.map((one) => one.name);
  if (pass === undefined)
    throw new UsageError(
      `without=${name}: translator ${translator} has no pass "${passName}"`,
      didYouMean(passName!, [...known, LOWER, POLICY]),
    );
  if (!Object.hasOwn(pass.rules, rule))
    throw new UsageError(`without=${name}: the pass has no such rule`, didYouMean(rule, Object.keys(pass.rules)));
}

/** Which changes `without=` leaves out. */
function changeName(text: string): string {
  if (/^[0-9a-f]{12}$/.test(text) || /^[\w-]+\/[\w-]+$/.test(text)) return text;
  throw new UsageError(
    `without= takes the id of a change or PASS/RULE, not "${text}"`,
    'An id has 12 hexadecimal digits: lockstep bisect prints them.',
  );
}

async function resolveBase(text: string, options: SpecOptions): Promise<Translator> {
  if (text === '') throw new UsageError('a translator spec begins with a name', didYouMean('', names()));
  if (text.startsWith('mutant:')) {
    if (options.resolveMutant === undefined) throw new UsageError(`"${text}": no mutants are known here`);
    return options.resolveMutant(text.slice('mutant:'.length));
  }
  if (text.includes('/') || /\.(js|mjs|ts)$/.test(text)) return loadTranslator(text);
  const found = translators.find((translator) => translator.name === text);
  if (found === undefined) throw new UsageError(`unknown translator "${text}"`, didYouMean(text, names()));
  return found;
}

function names(): string[] {
  return translators.map((translator) => translator.name);
}

function withoutPass(translator: string, passes: readonly Pass[], name: string): readonly Pass[] {
  if (!passes.some((pass) => pass.name === name)) {
    const known = passes.map((pass) => pass.name);
    const remedy = known.length === 0 ? 'It has no passes.' : didYouMean(name, known);
    throw new UsageError(`translator ${translator} has no pass "${name}"`, remedy);
  }
  return passes.filter((pass) => pass.name !== name);
}

/** Adds a standard pass where the full pipeline has it: before the first pass that comes later there. */
function withPass(passes: readonly Pass[], name: string): readonly Pass[] {
  const rank = standardPasses.findIndex((pass) => pass.name === name);
  if (rank < 0) {
    const known = standardPasses.map((pass) => pass.name);
    throw new UsageError(`unknown pass "${name}"`, didYouMean(name, known));
  }
  if (passes.some((pass) => pass.name === name)) return passes;
  const rankOf = (pass: Pass): number => standardPasses.findIndex((standard) => standard.name === pass.name);
  const later = passes.findIndex((pass) => rankOf(pass) > rank);
  return passes.toSpliced(later < 0 ? passes.length : later, 0, standardPasses[rank]!);
}
