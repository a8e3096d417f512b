// `--plugin NAME_OR_PATH,k=v,…` as QEMU's -plugin takes it, and LOCKSTEP_PLUGIN, which is read as one more such option
// before all others. A comma is written as two. The same name again appends arguments to the same instance. Pure.

import { UsageError } from '../emulator/index.ts';

export interface PluginRequest {
  /** Name of a standard plugin, or path of a module. */
  readonly file: string;
  /** `k=v` each. */
  readonly args: readonly string[];
}

export function parsePluginOptions(options: readonly string[]): PluginRequest[] {
  const requests = new Map<string, string[]>();
  for (const option of options) {
    const [first = '', ...rest] = splitAtCommas(option);
    const file = first.startsWith('file=') ? first.slice('file='.length) : first;
    if (file === '')
      throw new UsageError(`--plugin "${option}" names no plugin`, 'lockstep list plugins shows what there is.');
    const args = requests.get(file) ?? [];
    requests.set(file, args);
    for (const arg of rest) if (arg !== '') args.push(arg);
  }
  return [...requests].map(([file, args]) => ({ file, args }));
}

function splitAtCommas(text: string): string[] {
  // An escaped comma stands for itself; no argument holds a zero character.
  return text
    .replaceAll(',,', '\0')
    .split(',')
    .map((part) => part.replaceAll('\0', ','));
}
