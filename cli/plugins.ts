// The plugins there are by name: the standard ones, and `lockstep`, which needs to know the machine it goes into.

import { loadPlugin as find, type PluginModule, STANDARD_PLUGINS } from '../emulator/index.ts';

export const LOCKSTEP = 'lockstep';

export function pluginNames(): string[] {
  return [...Object.keys(STANDARD_PLUGINS), LOCKSTEP].sort();
}

export function loadPlugin(file: string): Promise<PluginModule> {
  return find(file, [LOCKSTEP]);
}
