// `lockstep plugin`: what a plugin does and takes, and a new one to start from.

import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Argv } from 'yargs';
import { packageRoot } from '../../emulator/host-package.ts';
import { argsHelp, UsageError } from '../../emulator/index.ts';
import { writeAll } from '../descriptor.ts';
import { pluginSource, testSource } from '../plugin-template.ts';
import { LOCKSTEP, loadPlugin } from '../plugins.ts';

const ACTIONS = ['help', 'new'] as const;

interface PluginArguments {
  readonly action?: (typeof ACTIONS)[number];
  readonly name?: string;
}

const USAGE = `Examples:
  lockstep plugin help hotblocks
  lockstep plugin help ./mine.ts
  lockstep plugin new my-counter      writes my-counter.ts and my-counter.test.mjs

Usage: lockstep plugin help NAME_OR_PATH
       lockstep plugin new NAME

lockstep list plugins shows the standard ones.`;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('action', { choices: ACTIONS, describe: 'show help, or write a new plugin' })
    .positional('name', { type: 'string', describe: 'the plugin' }) as unknown as Argv;
}

export async function handler({ action, name }: PluginArguments): Promise<number> {
  if (!action) throw new UsageError('what about plugins?', 'lockstep plugin help NAME, or lockstep plugin new NAME');
  if (!name) throw new UsageError('which plugin?', 'lockstep list plugins shows what there is.');
  if (action === 'help') await help(name);
  else create(name);
  return 0;
}

async function help(name: string): Promise<void> {
  if (name === LOCKSTEP) {
    const { lockstepSummary } = await import('../../lockstep/index.ts');
    const { API_VERSION } = await import('../../emulator/index.ts');
    writeAll(1, argsHelp({ name, apiVersion: API_VERSION, ...lockstepSummary }));
    return;
  }
  writeAll(1, argsHelp(await loadPlugin(name)));
}

function create(name: string): void {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw new UsageError(`"${name}" is no name for a plugin`, 'Use small letters, digits and dashes: my-counter');
  const files = [
    [`${name}.ts`, pluginSource(name)],
    [`${name}.test.mjs`, testSource(name, testingModule())],
  ] as const;
  const there = files.find(([file]) => existsSync(file));
  if (there) throw new UsageError(`${there[0]} is there already`, 'Choose another name, or move it away.');
  for (const [file, text] of files) writeFileSync(file, text);
  writeAll(
    1,
    `wrote ${files.map(([file]) => file).join(' and ')}\n\n` +
      `  lockstep emu --plugin ./${name}.ts -d plugin PROGRAM\n  node --test ${name}.test.mjs\n`,
  );
}

/** Where the test finds the harness: by the package's name where that can be resolved, else by its place. */
function testingModule(): string {
  try {
    createRequire(join(resolve('.'), 'index.js')).resolve('lockstep/testing');
    return 'lockstep/testing';
  } catch {
    return pathToFileURL(join(packageRoot, 'dist', 'testing.mjs')).href;
  }
}
