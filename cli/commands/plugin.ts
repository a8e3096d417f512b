// `lockstep plugin`: what a plugin does and takes, a new one to start from, and those of a run that goes on.

import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Argv } from 'yargs';
import { packageRoot } from '../../emulator/host-package.ts';
import { argsHelp, type PluginRequest, UsageError } from '../../emulator/index.ts';
import { writeAll } from '../descriptor.ts';
import { placeOf } from '../place.ts';
import { CHANGES, loadedText, type PluginChange, pluginRequestOf } from '../plugin-request.ts';
import { pluginSource, testSource } from '../plugin-template.ts';
import { LOCKSTEP, loadPlugin } from '../plugins.ts';

const ACTIONS = ['help', 'new', ...CHANGES] as const;

interface PluginArguments {
  readonly action?: (typeof ACTIONS)[number];
  readonly name?: string;
  readonly with?: string;
  readonly control?: string;
  readonly run?: string;
}

const USAGE = `Examples:
  lockstep plugin help hotblocks
  lockstep plugin help ./mine.ts
  lockstep plugin new my-counter      writes my-counter.ts and my-counter.test.mjs
  lockstep emu --control /tmp/c -d plugin program.elf
  lockstep plugin load hotblocks,inline=on --control /tmp/c       (in another terminal)
  lockstep run --serve --allow-control program.elf
  lockstep plugin load execlog --run                              (in another terminal: on both sides)

Usage: lockstep plugin help NAME_OR_PATH
       lockstep plugin new NAME
       lockstep plugin ps --control PATH|--run[=PATH]
       lockstep plugin load NAME_OR_PATH,k=v,… --control PATH|--run[=PATH]
       lockstep plugin unload NAME --control PATH|--run[=PATH]
       lockstep plugin reload NAME [--with NAME_OR_PATH,k=v,…] --control PATH|--run[=PATH]

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
    })
    .option('run', {
      type: 'string',
      describe: 'the run that is served by run --serve --allow-control; --run=PATH names its socket',
    }) as unknown as Argv;
}

export async function handler(options: PluginArguments): Promise<number> {
  const { action, name, control, run } = options;
  if (!action)
    throw new UsageError(
      'what about plugins?',
      'lockstep plugin help NAME, or lockstep plugin new NAME; lockstep plugin --help shows the others.',
    );
  if (action !== 'help' && action !== 'new') return change(action, options);
  if (control !== undefined || run !== undefined)
    throw new UsageError(`plugin ${action} asks no run`, '--control and --run go with ps, load, unload and reload.');
  if (!name) throw new UsageError('which plugin?', 'lockstep list plugins shows what there is.');
  if (action === 'help') await help(name);
  else create(name);
  return 0;
}

/** Asks the run at `--control` or `--run`, and shows what is loaded then. */
async function change(action: PluginChange, options: PluginArguments): Promise<number> {
  const { name = '', control, run } = options;
  if ((control === undefined) === (run === undefined))
    throw new UsageError(
      'which run?',
      'Start it with lockstep emu --control PATH and name the same path here, or with lockstep run --serve --allow-control and say --run.',
    );
  const request = pluginRequestOf(action, name, options.with);
  const { icount, plugins } = await (control === undefined ? askRun(run!, request) : askControl(control, request));
  writeAll(1, `after ${icount} instructions\n`);
  for (const plugin of plugins) writeAll(1, `${loadedText(plugin)}\n`);
  return 0;
}

async function askControl(path: string, request: PluginRequest) {
  const control = await import('../control.ts');
  return control.askControl(path, request);
}

/** The run whose socket is at `path`; empty: the only one of this user. */
async function askRun(path: string, request: PluginRequest) {
  const remote = await import('../../lockstep/remote/index.ts');
  const run = new remote.RemoteRun(await placeOf(path || undefined, process.env, remote.liveSockets));
  try {
    await run.reached;
    return await run.plugins(request);
  } finally {
    run.close();
  }
}

async function help(name: string): Promise<void> {
  if (name === LOCKSTEP) {
    const { lockstepSummary } = await import('../../lockstep/index.ts');
    const { API_VERSION } = await import('../../emulator/index.ts');
    writeAll(1, argsHelp({ name, apiVersion: API_VERSION, ...lockstepSummary }));
    return;
  }
  writeAll(1, argsHelp(await loadPlugin(name), name));
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
