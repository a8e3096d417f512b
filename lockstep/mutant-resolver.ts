// How `mutant:NAME` becomes a translator in a process below the command line: by a module whose URL it is handed, since this
// room knows of no mutants.

import { importModule } from '../emulator/host-package.ts';
import type { SpecOptions } from '../emulator/index.ts';

/** `module` exports resolveMutant; null: there are no mutants. */
export function mutantResolver(module: string | null): SpecOptions {
  if (module === null) return {};
  return { resolveMutant: async (name) => ((await importModule(module)) as Required<SpecOptions>).resolveMutant(name) };
}
