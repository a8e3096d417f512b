// Loads a plugin of a user's from its file and checks what it exports.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { importUserModule } from './host-module.ts';
import { UsageError } from './must.ts';
import type { PluginModule } from './plugin/api.ts';

/** The plugin that the module at `path` (JavaScript or TypeScript) exports. Its name is the file's when it gives none. */
export async function loadPluginFile(path: string): Promise<PluginModule> {
  const file = resolve(path);
  if (!existsSync(file))
    throw new UsageError(`there is no plugin ${path}`, 'Name a standard plugin or a module by its path.');
  let module: { default?: unknown };
  try {
    module = (await importUserModule(file)) as typeof module;
  } catch (error) {
    throw new UsageError(
      `the plugin ${path} cannot be loaded: ${(error as Error).message}`,
      'Loading the module throws that; lockstep plugin new NAME writes one that loads.',
    );
  }
  const plugin = (module.default ?? module) as Partial<PluginModule>;
  if (typeof plugin !== 'object' || typeof plugin.install !== 'function')
    throw new UsageError(`${path} is no plugin: it exports no install function`, 'Export a PluginModule as default.');
  const name = plugin.name ?? file.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '');
  return { ...(plugin as PluginModule), name, install: (api, args) => plugin.install!(api, args) };
}
