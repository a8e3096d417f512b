// What a person asks of the plugins of a run that goes on, as words: `load hotblocks,inline=on`. Pure.

import { resolve } from 'node:path';
import { isPath, type LoadedPlugin, type PluginRequest, type PluginSpec, UsageError } from '../emulator/index.ts';
import { parsePluginOptions } from './plugin-option.ts';

export const CHANGES = ['ps', 'load', 'unload', 'reload'] as const;
export type PluginChange = (typeof CHANGES)[number];

/** `name` is the plugin's; of `load` it is also what is loaded. `replacement` is what `reload` puts in place. */
export function pluginRequestOf(what: PluginChange, name: string, replacement?: string): PluginRequest {
  if (what !== 'ps' && name === '') throw new UsageError('which plugin?', 'plugin ps shows those that are loaded.');
  switch (what) {
    case 'ps':
      return { do: what, name: null, plugin: null };
    case 'load':
      return { do: what, name: null, plugin: spec(name) };
    case 'unload':
      return { do: what, name, plugin: null };
    case 'reload':
      return { do: what, name, plugin: replacement === undefined ? null : spec(replacement) };
  }
}

function spec(text: string): PluginSpec {
  const { file, args } = parsePluginOptions([text])[0]!;
  // The run may stand in another directory.
  return { file: isPath(file) ? resolve(file) : file, args };
}

/** As `--plugin` takes it, after its name. */
export function loadedText({ name, file, args }: LoadedPlugin): string {
  return [`${name}: ${file}`, ...args].join(',');
}
