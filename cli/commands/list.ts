// `lockstep list`: what names the other commands take.

import type { Argv } from 'yargs';
import { writeAll } from '../descriptor.ts';
import { LOCKSTEP } from '../plugins.ts';

interface ListArguments {
  readonly what: 'translators' | 'plugins' | 'mutants' | 'scenarios';
  readonly json?: boolean;
}

const USAGE = `Examples:
  lockstep list translators
  lockstep list mutants --json

Usage: lockstep list translators|plugins|mutants|scenarios [--json]`;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('what', {
      choices: ['translators', 'plugins', 'mutants', 'scenarios'],
      demandOption: true,
      describe: 'what to list',
    })
    .option('json', { type: 'boolean', describe: 'rows as a JSON array' }) as unknown as Argv;
}

export async function handler(options: ListArguments): Promise<number> {
  const rows = await rowsOf(options.what);
  if (options.json) {
    writeAll(1, `${JSON.stringify(rows, null, 2)}\n`);
    return 0;
  }
  const wide = Math.max(...rows.map((row) => row.name.length));
  for (const row of rows) writeAll(1, `${row.name.padEnd(wide)}  ${row.summary}\n`);
  return 0;
}

interface Row {
  readonly name: string;
  readonly summary: string;
}

async function rowsOf(what: ListArguments['what']): Promise<Row[]> {
  switch (what) {
    case 'translators': {
      const { translators } = await import('../../emulator/index.ts');
      return translators.map(({ name, summary, passes, tuning }) => ({
        name,
        summary,
        passes: passes.map((pass) => ({ name: pass.name, summary: pass.summary })),
        tuning,
      }));
    }
    case 'plugins': {
      const { STANDARD_PLUGINS } = await import('../../emulator/index.ts');
      const { lockstepSummary } = await import('../../lockstep/index.ts');
      const rows: (Row & { args: unknown })[] = [{ name: LOCKSTEP, ...lockstepSummary }];
      for (const [name, load] of Object.entries(STANDARD_PLUGINS)) {
        const plugin = await load();
        rows.push({ name, summary: plugin.summary ?? '', args: plugin.args ?? {} });
      }
      return rows.sort((x, y) => (x.name < y.name ? -1 : 1));
    }
    case 'mutants': {
      const { mutants } = await import('../../scenarios/index.ts');
      return mutants.map(({ name, kind, summary, program, args, expect }) => ({
        name,
        kind,
        summary,
        program,
        args,
        expect: expectJson(expect),
      }));
    }
    case 'scenarios': {
      const { scenarios } = await import('../../scenarios/index.ts');
      return scenarios.map(({ name, summary, program, args, a, b, expect }) => ({
        name,
        summary,
        program,
        args,
        a,
        b,
        expect: expectJson(expect),
      }));
    }
  }
}

/** Addresses as the report writes them. */
function expectJson<T extends { readonly pc?: number }>(expect: T) {
  return expect.pc === undefined
    ? expect
    : { ...expect, pc: `0x${BigInt.asUintN(64, BigInt(expect.pc)).toString(16)}` };
}
