// Capsules as files at the command line, and what must not be done with those of strangers.

import { readFileSync, statSync } from 'node:fs';
import { UsageError } from '../emulator/index.ts';
import { type Capsule, decodeCapsule } from '../lockstep/capsule/index.ts';

/** Largest file that is looked into. */
const MAX_BYTES = 4 << 20;

export function readCapsule(path: string): Capsule {
  try {
    if (statSync(path).size > MAX_BYTES) throw new UsageError(`${path} is too large for a capsule`);
    return decodeCapsule(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new UsageError(`cannot read the capsule ${path}: ${(error as Error).message}`);
  }
}

/** A file must not choose which code of this computer is loaded. */
export function refuseFiles(spec: string): void {
  if (/[/\\]|\.(js|mjs|ts)\b/.test(spec))
    throw new UsageError(
      `the capsule was made with a module, "${spec.slice(0, 200)}"`,
      'If you trust that file, name it yourself: lockstep capsule run --translator FILE.',
    );
}
