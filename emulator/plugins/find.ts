// Finds a plugin by name or path: the standard ones, and modules of the user's own.

import { loadPluginFile } from '../host-plugin.ts';
import { UsageError } from '../must.ts';
import { didYouMean } from '../nearest.ts';
import type { PluginModule } from '../plugin/api.ts';
import { STANDARD_PLUGINS } from './index.ts';

/** A file, not the name of a standard plugin. */
export function isPath(file: string): boolean {
  return file.includes('/') || /\.[mc]?[jt]sx?$/.test(file);
}

/** `others` are names that are known elsewhere, for the remedy. */
export async function loadPlugin(file: string, others: readonly string[] = []): Promise<PluginModule> {
  const standard = Object.hasOwn(STANDARD_PLUGINS, file) ? STANDARD_PLUGINS[file] : undefined;
  if (standard) return standard();
  if (!isPath(file))
    throw new UsageError(`unknown plugin "${file}"`, didYouMean(file, [...Object.keys(STANDARD_PLUGINS), ...others]));
  return loadPluginFile(file);
}
