// `lockstep list`: what names the other commands take, and how to use them. The rows of --json are a contract.

import type { Argv } from 'yargs';
import { UsageError } from '../../emulator/index.ts';
import { writeAll } from '../descriptor.ts';
import { LOCKSTEP } from '../plugins.ts';
import { commandLine } from '../shell.ts';

const LISTS = ['translators', 'plugins', 'mutants', 'scenarios'] as const;

interface ListArguments {
  readonly what?: (typeof LISTS)[number];
  readonly json?: boolean;
}

const USAGE = `Examples:
  lockstep list translators
  lockstep list mutants --json

Usage: lockstep list translators|plugins|mutants|scenarios [--json]`;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('what', { choices: LISTS, describe: 'what to list' })
    .option('json', { type: 'boolean', describe: 'rows as a JSON array' }) as unknown as Argv;
}

export async function handler(options: ListArguments): Promise<number> {
  if (!options.what) throw new UsageError('list what?', `lockstep list ${LISTS.join('|')}`);
  const rows = await rowsOf(options.what);
  if (options.json) {
    writeAll(
      1,
      `${JSON.stringify(
        rows.map(({ json }) => json),
        null,
        2,
      )}\n`,
    );
    return 0;
  }
  const wide = Math.max(...rows.map(({ json }) => json.name.length));
  const lines = rows.flatMap(({ json, details }) => [
    `${json.name.padEnd(wide)}  ${json.summary}`,
    ...details.map((line) => `${' '.repeat(wide)}  ${line}`),
  ]);
  writeAll(1, `${lines.join('\n')}\n`);
  return 0;
}

interface Row {
  readonly json: { readonly name: string; readonly summary: string };
  /** Lines for people: how to use it. */
  readonly details: readonly string[];
}

function rowsOf(what: (typeof LISTS)[number]): Promise<Row[]> {
  return { translators: translatorRows, plugins: pluginRows, mutants: mutantRows, scenarios: scenarioRows }[what]();
}

async function translatorRows(): Promise<Row[]> {
  const { translators } = await import('../../emulator/index.ts');
  return translators.map(({ name, summary, passes, tuning }) => ({
    json: { name, summary, passes: passes.map((pass) => ({ name: pass.name, summary: pass.summary })), tuning },
    details: [`passes: ${passes.map((pass) => pass.name).join(', ') || 'none'}`],
  }));
}

async function pluginRows(): Promise<Row[]> {
  const { STANDARD_PLUGINS } = await import('../../emulator/index.ts');
  const { lockstepSummary } = await import('../../lockstep/index.ts');
  const plugins = await Promise.all(
    Object.entries(STANDARD_PLUGINS).map(async ([name, load]) => {
      const { summary = '', args = {} } = await load();
      return { name, summary, args };
    }),
  );
  return [{ name: LOCKSTEP, ...lockstepSummary }, ...plugins]
    .sort((x, y) => (x.name < y.name ? -1 : 1))
    .map((json) => ({
      json,
      details: Object.entries(json.args).map(([name, spec]) => {
        const value = 'default' in spec ? spec.default : undefined;
        return `${name}=${spec.kind}  ${spec.summary}${value === undefined ? '' : `; ${value} when missing`}`;
      }),
    }));
}

async function mutantRows(): Promise<Row[]> {
  const { mutants } = await import('../../scenarios/index.ts');
  return mutants.map(({ name, kind, summary, program, args, expect }) => ({
    json: { name, kind, summary, program, args, expect: expectJson(expect) },
    details: [runCommand(['--b', `mutant:${name}`], program, args)],
  }));
}

async function scenarioRows(): Promise<Row[]> {
  const { scenarios } = await import('../../scenarios/index.ts');
  return scenarios.map(({ name, summary, program, args, a, b, expect }) => ({
    json: { name, summary, program, args, a, b, expect: expectJson(expect) },
    details: [runCommand(['--a', a, '--b', b], program, args)],
  }));
}

function runCommand(options: readonly string[], program: string, args: readonly string[]): string {
  const dashes = args.some((arg) => arg.startsWith('-')) ? ['--'] : [];
  return commandLine(['lockstep', 'run', ...options, program, ...dashes, ...args]);
}

/** Addresses as the report writes them. */
function expectJson<T extends { readonly pc?: number; readonly culprit?: { readonly pc: number } }>(expect: T) {
  const { pc, culprit } = expect;
  return {
    ...expect,
    ...(pc !== undefined && { pc: addressText(pc) }),
    ...(culprit && { culprit: { ...culprit, pc: addressText(culprit.pc) } }),
  };
}

function addressText(pc: number): string {
  return `0x${BigInt.asUintN(64, BigInt(pc)).toString(16)}`;
}
