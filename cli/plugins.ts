// Finds a plugin by name or path: the standard ones, `lockstep` apart (it needs to know the machine it goes into), and
// modules of the user's own.

import { didYouMean, loadPluginFile, type PluginModule, STANDARD_PLUGINS, UsageError } from '../emulator/index.ts';

export const LOCKSTEP = 'lockstep';

export function pluginNames(): string[] {
  return [...Object.keys(STANDARD_PLUGINS), LOCKSTEP].sort();
}

/** A file, not the name of a standard plugin. */
export function isPath(file: string): boolean {
  return file.includes('/') || /\.[mc]?[jt]sx?$/.test(file);
}

export async function loadPlugin(file: string): Promise<PluginModule> {
  const standard = Object.hasOwn(STANDARD_PLUGINS, file) ? STANDARD_PLUGINS[file] : undefined;
  if (standard) return standard();
  if (!isPath(file)) throw new UsageError(`unknown plugin "${file}"`, didYouMean(file, pluginNames()));
  return loadPluginFile(file);
}
