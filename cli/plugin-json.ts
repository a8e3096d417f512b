// The results of plugins as a file: what `--plugin-json` writes. The shape is a contract; a change raises `format`.

import { writeFileSync } from 'node:fs';
import { type Machine, writeFault } from '../emulator/index.ts';

/** A number where it is exact, else its digits as text. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

export function pluginJson(program: string, machine: Pick<Machine, 'pluginResults' | 'failedPlugins'>): string {
  const byName = new Map<string, unknown[]>();
  for (const { plugin, data } of machine.pluginResults) byName.set(plugin, [...(byName.get(plugin) ?? []), data]);
  const plugins = [...byName].map(([plugin, results]) => ({ plugin, results }));
  return `${JSON.stringify({ format: 1, program, plugins, failed: machine.failedPlugins }, plain, 2)}\n`;
}

export function writePluginJson(
  path: string,
  program: string,
  machine: Pick<Machine, 'pluginResults' | 'failedPlugins'>,
): void {
  try {
    writeFileSync(path, pluginJson(program, machine));
  } catch (error) {
    throw writeFault(`the results to ${path}`, error);
  }
}
