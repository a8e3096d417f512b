// Finds the files of scenarios on disk, from the sources as well as from dist/ (which holds no guest programs): both lie
// below the directory of this package's package.json.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const manifest = join(dir, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'lockstep') return dir;
    if (dir === dirname(dir)) throw new Error('internal error: no package.json of lockstep above the scenarios');
  }
}

/** The package's root directory. */
export const packageRoot: string = findRoot();

/** Absolute path of a scenario's program or of any path given relative to the package root. */
export function scenarioPath(path: string): string {
  return join(packageRoot, path);
}

/** Where scenarios/build.sh puts what is not committed. */
export const buildDir: string = join(packageRoot, 'scenarios', '.build');
