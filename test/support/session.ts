// What the tests start sessions with: a program of the repository, nothing else set.

import { resolve } from 'node:path';
import type { SessionOptions } from '../../lockstep/index.ts';
import { packageRoot } from '../../scenarios/host-paths.ts';

/** The module that resolves `mutant:NAME`. */
export const MUTANTS: string = new URL('../../scenarios/mutants/index.ts', import.meta.url).href;

/** `program` is relative to the package root, or absolute. */
export function sessionOf(
  program: string,
  sides: Pick<SessionOptions, 'a' | 'b'>,
  argv: readonly string[] = [program],
): SessionOptions & { readonly stdin: Uint8Array } {
  return {
    program: resolve(packageRoot, program),
    argv,
    env: [],
    machine: 'auto',
    memoryBytes: null,
    seed: null,
    maxInsns: null,
    mutants: MUTANTS,
    stdin: new Uint8Array(0),
    ...sides,
  };
}
