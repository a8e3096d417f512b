// Where this package lies on disk, and how its modules are started: from the sources (tests, under tsx) or from the
// bundled build in dist/. Imports nothing, so that who only wants to know this does not load the emulator.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(import.meta.url);

function findRoot(): string {
  for (let dir = dirname(here); dir !== dirname(dir); dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json'))) return dir;
  }
  throw new Error('internal error: no package.json above the program');
}

/** The package's root directory. */
export const packageRoot: string = findRoot();

/** The module at `path` (from the root, without extension), as source or as build like the code that asks. */
export function moduleUrl(path: string): URL {
  return pathToFileURL(
    here.endsWith('.ts') ? join(packageRoot, `${path}.ts`) : join(packageRoot, 'dist', `${path}.js`),
  );
}
