// Finds the files of scenarios on disk, from the sources as well as from dist/ (which holds no guest programs).

import { join } from 'node:path';
import { packageRoot } from '../emulator/host-package.ts';

export { packageRoot };

/** Absolute path of a scenario's program or of any path given relative to the package root. */
export function scenarioPath(path: string): string {
  return join(packageRoot, path);
}

/** Where scenarios/build.sh puts what is not committed. */
export const buildDir: string = join(packageRoot, 'scenarios', '.build');
