// Mutants are loaded only when a translator spec asks for one: nothing below the command line knows of them.

import type { Translator } from '../emulator/index.ts';

export async function resolveMutant(name: string): Promise<Translator> {
  const { resolveMutant: resolve } = await import('../scenarios/mutants/index.ts');
  return resolve(name);
}
