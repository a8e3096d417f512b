// The commands of the live view: `:plugin load|unload|reload|ps`, as `lockstep plugin` takes them.

import { UsageError } from '../emulator/index.ts';
import type { WatchSource } from '../lockstep/index.ts';
import type { LiveCommands } from '../ui/live/index.ts';
import { CHANGES, loadedText, type PluginChange, pluginRequestOf } from './plugin-request.ts';
import { pluginNames } from './plugins.ts';

export function pluginCommands(run: WatchSource): LiveCommands {
  let loaded: readonly string[] = [];
  return {
    complete(text) {
      const words = text.split(' ');
      const choices =
        words.length === 1
          ? ['plugin']
          : words.length === 2
            ? CHANGES
            : words[1] === 'unload' || (words[1] === 'reload' && words.length === 3)
              ? loaded
              : pluginNames();
      const last = words.at(-1)!;
      const found = choices.filter((choice) => choice.startsWith(last));
      return [...words.slice(0, -1), found.length === 0 ? last : common(found)].join(' ');
    },
    async run(text) {
      const [command, what, name = '', replacement] = text.trim().split(/\s+/);
      try {
        if (command !== 'plugin' || !CHANGES.includes(what as PluginChange))
          throw new UsageError('there is no such command', 'plugin load|unload|reload|ps NAME,k=v,…');
        const { icount, plugins } = await run.plugins(pluginRequestOf(what as PluginChange, name, replacement));
        loaded = plugins.map((plugin) => plugin.name);
        return `after ${icount} instructions: ${plugins.map(loadedText).join(' ') || 'no plugins'}`;
      } catch (error) {
        const { message, remedy = '' } = error as Error & { remedy?: string };
        return `${message}${remedy === '' ? '' : `: ${remedy}`}`;
      }
    },
  };
}

/** What all begin with; a blank after the only one. */
function common(texts: readonly string[]): string {
  if (texts.length === 1) return `${texts[0]!} `;
  let length = 0;
  while (texts.every((text) => text[length] !== undefined && text[length] === texts[0]![length])) length++;
  return texts[0]!.slice(0, length);
}
