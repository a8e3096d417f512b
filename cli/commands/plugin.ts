// `lockstep plugin`: what a plugin does and takes, a new one to start from, and those of a run that goes on.

import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Argv } from 'yargs';
import { packageRoot } from '../../emulator/host-package.ts';
import { argsHelp, UsageError } from '../../emulator/index.ts';
import type { ControlRequest, PluginSpec } from '../control.ts';
import { writeAll } from '../descriptor.ts';
import { parsePluginOptions } from '../plugin-option.ts';
import { pluginSource, testSource } from '../plugin-template.ts';
import { isPath, LOCKSTEP, loadPlugin } from '../plugins.ts';

const ACTIONS = ['help', 'new', 'ps', 'load', 'unload', 'reload'] as const;

interface PluginArguments {
  readonly action?: (typeof ACTIONS)[number];
  readonly name?: string;
  readonly with?: string;
  readonly control?: string;
}

const USAGE = `Examples:
  lockstep plugin help hotblocks
  lockstep plugin help ./mine.ts
  lockstep plugin new my-counter      writes my-counter.ts and my-counter.test.mjs
  lockstep emu --control /tmp/c -d plugin program.elf
  lockstep plugin load hotblocks,inline=on --control /tmp/c       (in another terminal)

Usage: lockstep plugin help NAME_OR_PATH
       lockstep plugin new NAME
       lockstep plugin ps --control PATH
       lockstep plugin load NAME_OR_PATH,k=v,… --control PATH
       lockstep plugin unload NAME --control PATH
       lockstep plugin reload NAME [--with NAME_OR_PATH,k=v,…] --control PATH

lockstep list plugins shows the standard ones.`;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('action', {
      choices: ACTIONS,
      describe: 'show help; write a new plugin; show, load, take out or replace those of a run',
    })
    .positional('name', { type: 'string', describe: 'the plugin' })
    .option('with', {
      type: 'string',
      requiresArg: true,
      describe: 'what reload puts in place; else the file as it is now',
    })
    .option('control', {
      type: 'string',
      requiresArg: true,
      describe: 'the socket of emu --control',
    }) as unknown as Argv;
}

export async function handler(options: PluginArguments): Promise<number> {
  const { action, name, control } = options;
  if (!action)
    throw new UsageError(
      'what about plugins?',
      'lockstep plugin help NAME, or lockstep plugin new NAME; lockstep plugin --help shows the others.',
    );
  if (action !== 'help' && action !== 'new') return change(action, options);
  if (control !== undefined)
    throw new UsageError(`plugin ${action} asks no run`, '--control goes with ps, load, unload and reload.');
  if (!name) throw new UsageError('which plugin?', 'lockstep list plugins shows what there is.');
  if (action === 'help') await help(name);
  else create(name);
  return 0;
}

/** Asks the run at `--control`, and shows what is loaded then. */
async function change(action: 'ps' | 'load' | 'unload' | 'reload', options: PluginArguments): Promise<number> {
  const { name = '', control } = options;
  if (control === undefined)
    throw new UsageError('which run?', 'Start it with lockstep emu --control PATH, and name the same path here.');
  if (action !== 'ps' && !name)
    throw new UsageError('which plugin?', 'lockstep plugin ps shows those that are loaded.');
  const { askControl } = await import('../control.ts');
  const { icount, plugins } = await askControl(control, request(action, name, options.with));
  writeAll(1, `after ${icount} instructions\n`);
  for (const { name: loaded, file, args } of plugins) writeAll(1, `${[`${loaded}: ${file}`, ...args].join(',')}\n`);
  return 0;
}

function request(
  action: 'ps' | 'load' | 'unload' | 'reload',
  name: string,
  replacement: string | undefined,
): ControlRequest {
  const spec = (text: string): PluginSpec => {
    const { file, args } = parsePluginOptions([text])[0]!;
    // The run may stand in another directory.
    return { file: isPath(file) ? resolve(file) : file, args };
  };
  switch (action) {
    case 'ps':
      return { do: 'ps' };
    case 'load':
      return { do: 'load', plugin: spec(name) };
    case 'unload':
      return { do: 'unload', name };
    case 'reload':
      return { do: 'reload', name, plugin: replacement === undefined ? null : spec(replacement) };
  }
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
