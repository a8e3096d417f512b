// Finds a plugin by name or path: the standard ones, `lockstep` apart (it needs to know the machine it goes into), and
// modules of the user's own.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { importModule } from '../emulator/host-package.ts';
import { didYouMean, type PluginModule, STANDARD_PLUGINS, UsageError } from '../emulator/index.ts';

export const LOCKSTEP = 'lockstep';

export function pluginNames(): string[] {
  return [...Object.keys(STANDARD_PLUGINS), LOCKSTEP].sort();
}

export async function loadPlugin(file: string): Promise<PluginModule> {
  const standard = Object.hasOwn(STANDARD_PLUGINS, file) ? STANDARD_PLUGINS[file] : undefined;
  if (standard) return standard();
  const isPath = file.includes('/') || /\.(js|mjs|cjs|ts)$/.test(file);
  if (!isPath) throw new UsageError(`unknown plugin "${file}"`, didYouMean(file, pluginNames()));
  const path = resolve(file);
  if (!existsSync(path))
    throw new UsageError(`there is no plugin ${file}`, 'Name a standard plugin or a module by its path.');
  let module: { default?: unknown; install?: unknown };
  try {
    module = (await importModule(pathToFileURL(path).href)) as typeof module;
  } catch (error) {
    throw new UsageError(`the plugin ${file} cannot be loaded: ${(error as Error).message}`);
  }
  const plugin = (module.default ?? module) as Partial<PluginModule>;
  if (typeof plugin !== 'object' || typeof plugin.install !== 'function')
    throw new UsageError(`${file} is no plugin: it exports no install function`, 'Export a PluginModule as default.');
  const name = plugin.name ?? path.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
  return { ...(plugin as PluginModule), name, install: (api, args) => plugin.install!(api, args) };
}
