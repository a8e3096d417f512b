// Loads a user's translator module. Its default export is a Translator, or an edit of a built-in one:
//
//   export default { base: 'new-tcg', name: 'mine', passes: (base) => base.filter(…), tuning: { maxInsns: 8 } };
//
// or a function that is given the names passes are written with (kit.ts) and returns one of these.
//
// The module is somebody else's code: its shape is checked here, and what its passes leave is verified block by block.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { hex } from '../bits.ts';
import { importUserModule, TYPESCRIPT } from '../host-module.ts';
import { importFault } from '../host-package.ts';
import type { IrBlock } from '../ir/ir.ts';
import { verifyBlock } from '../ir/verify.ts';
import { UsageError } from '../must.ts';
import { didYouMean } from '../nearest.ts';
import { passes as standardPasses } from '../passes/index.ts';
import type { Pass } from '../passes/pass.ts';
import { translators } from './index.ts';
import { kit } from './kit.ts';
import type { Lowering, Policy, Translator } from './translator.ts';
import { defaultTuning, tuningFault } from './tuning.ts';

const KEYS = ['base', 'name', 'summary', 'passes', 'tuning', 'policy', 'lowerings'];
/** What each decision of a policy gives. */
const POLICY: Readonly<Record<keyof Policy, 'boolean' | 'number'>> = {
  link: 'boolean',
  linkTarget: 'number',
  invalidate: 'boolean',
  unlink: 'boolean',
  forget: 'boolean',
  entryLoad: 'boolean',
  deadline: 'number',
  charge: 'number',
  attend: 'boolean',
};
const TUNING_KEYS = Object.keys(defaultTuning);

/** The translator that the module at `path` exports. Throws a UsageError when it cannot be loaded or is none. */
export async function loadTranslator(path: string): Promise<Translator> {
  const file = resolve(path);
  if (!existsSync(file))
    throw new UsageError(`no translator module at ${path}`, 'Name a built-in translator, or a module by its path.');
  let module: { default?: unknown };
  try {
    module = (await importUserModule(file)) as { default?: unknown };
  } catch (error) {
    const remedy = TYPESCRIPT.test(file)
      ? 'Types are dropped, not checked; all else is an error.'
      : `Try: node ${path}`;
    throw new UsageError(`${path} cannot be loaded: ${importFault(error)}`, remedy);
  }
  let value = module.default;
  if (typeof value === 'function') {
    try {
      value = await value(kit);
    } catch (error) {
      throw new UsageError(`${path}: the default export threw: ${messageOf(error)}`, 'Mend the module.');
    }
  }
  return checkTranslator(value, path);
}

/** Completes and checks what a module exports. `where` names it in messages. */
export function checkTranslator(value: unknown, where: string): Translator {
  const fail = (message: string, remedy = ''): never => {
    throw new UsageError(`${where}: ${message}`, remedy);
  };
  if (!isObject(value)) return fail('the default export is not an object', 'Export a Translator as default.');
  checkKeys(value, KEYS, 'the translator', fail);
  const base = baseOf(value.base, fail);
  const name = value.name ?? (base === undefined ? undefined : where);
  if (typeof name !== 'string' || name === '') return fail('`name` is not a text');
  const summary = value.summary ?? base?.summary ?? '';
  if (typeof summary !== 'string') return fail('`summary` is not a text');
  const passes = passesOf(value.passes, base, where, fail);
  const given = value.tuning ?? {};
  if (!isObject(given)) return fail('`tuning` is not an object');
  checkKeys(given, TUNING_KEYS, '`tuning`', fail);
  const tuning = { ...(base?.tuning ?? defaultTuning), ...given };
  const fault = tuningFault(tuning);
  if (fault !== undefined) return fail(fault);
  const policy = policyOf(value.policy, fail) ?? base?.policy;
  const lowerings = loweringsOf(value.lowerings, fail) ?? base?.lowerings;
  return { name, summary, passes, tuning, ...(policy && { policy }), ...(lowerings && { lowerings }) };
}

type Fail = (message: string, remedy?: string) => never;

function baseOf(value: unknown, fail: Fail): Translator | undefined {
  if (value === undefined) return undefined;
  const names = translators.map((translator) => translator.name);
  const base = translators.find((translator) => translator.name === value);
  return base ?? fail(`unknown base ${JSON.stringify(value)}`, didYouMean(String(value), names));
}

function passesOf(value: unknown, base: Translator | undefined, where: string, fail: Fail): readonly Pass[] {
  let list: unknown = value;
  if (typeof value === 'function') {
    if (base === undefined) fail('`passes` is a function and there is no `base` whose passes it could take');
    try {
      list = value([...base!.passes]);
    } catch (error) {
      fail(`\`passes\` threw: ${messageOf(error)}`);
    }
  }
  list ??= base?.passes;
  if (!Array.isArray(list)) return fail('`passes` is neither an array of passes nor a function that returns one');
  const seen = new Set<string>();
  return list.map((pass: unknown, index) => {
    const checked = checkPass(pass, index, where, fail);
    if (seen.has(checked.name)) fail(`two passes are called "${checked.name}"`);
    seen.add(checked.name);
    return checked;
  });
}

function checkPass(value: unknown, index: number, where: string, fail: Fail): Pass {
  if (!isObject(value)) return fail(`pass ${index} is not an object`);
  if (standardPasses.includes(value as unknown as Pass)) return value as unknown as Pass;
  const { name, run } = value;
  const summary = value.summary ?? '';
  const rules = value.rules ?? {};
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name))
    return fail(`pass ${index}: \`name\` is not in kebab-case`, 'It is what `-NAME` in a translator spec removes.');
  if (typeof run !== 'function') return fail(`pass ${name}: \`run\` is not a function`);
  if (typeof summary !== 'string') return fail(`pass ${name}: \`summary\` is not a text`);
  if (!isObject(rules) || Object.values(rules).some((text) => typeof text !== 'string'))
    return fail(`pass ${name}: \`rules\` is not an object of texts`);
  const pass = value as unknown as Pass;
  return {
    name,
    summary,
    rules: rules as Readonly<Record<string, string>>,
    run(block, context) {
      const { pc } = block;
      try {
        pass.run(block, context);
      } catch (error) {
        throw new UsageError(`${where}: pass ${name} threw at block ${hex(pc)}: ${messageOf(error)}`, DEBUG_A_PASS);
      }
      const wrong = malformed(block);
      if (wrong !== undefined)
        throw new UsageError(`${where}: pass ${name} made a malformed block at ${hex(pc)}: ${wrong}`, VERIFIED);
    },
  };
}

const DEBUG_A_PASS = 'Leave the pass out of the translator, or mend it.';
const VERIFIED = 'What a block must be is said at the head of emulator/ir/verify.ts.';

/** What is wrong with a block that a pass has left, undefined when nothing is. */
function malformed(block: IrBlock): string | undefined {
  try {
    return verifyBlock(block)[0];
  } catch (error) {
    // Not even the verifier's own look-ups hold.
    return messageOf(error);
  }
}

function policyOf(value: unknown, fail: Fail): Policy | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) return fail('`policy` is not an object');
  checkKeys(value, Object.keys(POLICY), '`policy`', fail);
  const checked: Record<string, unknown> = {};
  for (const [key, kind] of Object.entries(POLICY)) {
    const decide = value[key];
    if (decide === undefined) continue;
    if (typeof decide !== 'function') return fail(`\`policy.${key}\` is not a function`);
    checked[key] = (...args: unknown[]) => {
      let answer: unknown;
      try {
        answer = decide.apply(value, args);
      } catch (error) {
        fail(`\`policy.${key}\` threw: ${messageOf(error)}`);
      }
      return typeof answer === kind ? answer : fail(`\`policy.${key}\` returned ${String(answer)}, not a ${kind}`);
    };
  }
  return checked as Policy;
}

function loweringsOf(value: unknown, fail: Fail): readonly Lowering[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return fail('`lowerings` is not an array');
  for (const [index, lowering] of value.entries()) {
    if (!isObject(lowering)) return fail(`lowering ${index} is not an object`);
    checkKeys(lowering, ['rule', 'mask', 'match', 'lower'], `lowering ${index}`, fail);
    if (typeof lowering.rule !== 'string' || lowering.rule === '')
      return fail(`lowering ${index}: \`rule\` is not a text`);
    for (const key of ['mask', 'match'])
      if (!Number.isInteger(lowering[key])) return fail(`lowering ${lowering.rule}: \`${key}\` is not a whole number`);
    if (typeof lowering.lower !== 'function') return fail(`lowering ${lowering.rule}: \`lower\` is not a function`);
  }
  return value as readonly Lowering[];
}

function checkKeys(value: Record<string, unknown>, known: readonly string[], what: string, fail: Fail): void {
  for (const key of Object.keys(value))
    if (!known.includes(key)) fail(`${what} has an unknown key "${key}"`, didYouMean(key, known));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
