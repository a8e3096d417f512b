// Where this package lies on disk, and how its modules are started: from the sources (tests, under tsx) or from the
// bundled build in dist/. Imports nothing, so that who only wants to know this does not load the emulator.

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const here = import.meta.filename;

function findRoot(): string {
  for (let dir = dirname(here); dir !== dirname(dir); dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json')) && basename(dir) !== 'dist') return dir;
  }
  throw new Error('internal error: no package.json above the program');
}

/** The package's root directory. */
export const packageRoot: string = findRoot();

/**
 * The module at `path` (from the root, without extension), as source or as build like the code that asks. In the build
 * scripts that are run end in `.js`, modules that are imported in `.mjs`.
 */
export function moduleUrl(path: string, built: '.js' | '.mjs'): URL {
  return pathToFileURL(
    here.endsWith('.ts') ? join(packageRoot, `${path}.ts`) : join(packageRoot, 'dist', `${path}${built}`),
  );
}

/** Where launch.ts leaves its own `import`: a script that runs from the code cache has none. */
export const LENT_IMPORT: unique symbol = Symbol.for('lockstep.import');

/** Imports a module that is not part of the bundle: a user's, by URL, or a package loaded late. */
export function importModule(specifier: string): Promise<unknown> {
  const lent = (globalThis as { [LENT_IMPORT]?: (specifier: string) => Promise<unknown> })[LENT_IMPORT];
  return lent ? lent(specifier) : import(specifier);
}

const NEWS: unique symbol = Symbol.for('lockstep.code-cache-news');

/** Tells launch.ts that this run has gone ways that earlier ones have not: V8's code caches are to hold their code too. */
export function renewCodeCaches(): void {
  (globalThis as { [NEWS]?: boolean })[NEWS] = true;
}

/** Whether it was told. */
export function codeCachesAreOld(): boolean {
  return (globalThis as { [NEWS]?: boolean })[NEWS] === true;
}

/** Why a user's module could not be imported. */
export function importFault(error: unknown): string {
  const { code, message = String(error) } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  return code === 'ERR_UNSUPPORTED_DIR_IMPORT' ? 'it is a directory' : message;
}
