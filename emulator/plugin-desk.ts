// Plugins that come and go while a machine runs, as somebody outside asks: requests as plain data, one at a time, each done
// while the machine stands still. Keeps what each plugin was loaded from, for the next reload.

import type { PluginControl } from './machine.ts';
import { UsageError } from './must.ts';
import { loadPlugin } from './plugins/find.ts';

/** A plugin as `--plugin` names it; a path is absolute. */
export interface PluginSpec {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * `load` needs a plugin, `unload` and `reload` need the name of one that is loaded; `reload` without a plugin takes the same
 * file again, and the same arguments.
 */
export interface PluginRequest {
  readonly do: 'load' | 'unload' | 'reload' | 'ps';
  readonly name: string | null;
  readonly plugin: PluginSpec | null;
}

export interface LoadedPlugin extends PluginSpec {
  readonly name: string;
}

export interface DeskOptions {
  /** Not to be shown: part of the tool itself. */
  readonly hidden?: readonly string[];
  /** Plugins may change nothing. */
  readonly onlyLooks?: boolean;
}

export class PluginDesk {
  private readonly control: PluginControl;
  private readonly options: DeskOptions;
  private readonly specs = new Map<string, PluginSpec>();
  private last: Promise<unknown> = Promise.resolve();

  /** `loaded` are the plugins the machine was started with, in order. */
  constructor(control: PluginControl, loaded: readonly PluginSpec[], options: DeskOptions = {}) {
    this.control = control;
    this.options = options;
    control.names.forEach((name, i) => {
      if (loaded[i]) this.specs.set(name, loaded[i]);
    });
  }

  /** Does it, after what was asked before; gives the plugins there are then. Rejects with UsageError when it cannot be. */
  ask(request: PluginRequest): Promise<LoadedPlugin[]> {
    const done = this.last.then(() => this.handle(request));
    this.last = done.catch(() => {});
    return done;
  }

  private async handle({ do: what, name, plugin }: PluginRequest): Promise<LoadedPlugin[]> {
    const { control, specs, options } = this;
    const hidden = options.hidden ?? [];
    if (name !== null && hidden.includes(name))
      throw new UsageError(`plugin ${name} belongs to the run itself`, 'It stays to the end.');
    if (what === 'load') {
      const spec = plugin ?? incomplete();
      specs.set(await control.load(await loadPlugin(spec.file), spec.args, options), spec);
    } else if (what === 'unload') await control.unload(name ?? incomplete());
    else if (what === 'reload') {
      const of = name ?? incomplete();
      const spec = plugin ?? specs.get(of);
      // The one there is stays when the file that is to replace it cannot be read.
      const module = spec && (await loadPlugin(spec.file));
      if (module) await control.reload(of, module, spec.args, options);
      else await control.unload(of);
      if (spec) specs.set(of, spec);
    }
    const names = control.names.filter((each) => !hidden.includes(each));
    return names.map((each) => ({ name: each, ...(specs.get(each) ?? { file: each, args: [] }) }));
  }
}

function incomplete(): never {
  throw new UsageError('the request is not complete', 'Ask with: lockstep plugin load|unload|reload|ps');
}
