// Capsules as files at the command line, and what must not be done with those of strangers.

import { readFileSync, statSync } from 'node:fs';
import { fileFault, UsageError } from '../emulator/index.ts';
import { type Capsule, decodeCapsule } from '../lockstep/capsule/index.ts';
import { decodeRecording, type Recording } from '../lockstep/index.ts';

const WRITTEN = 'lockstep run --capsule FILE and lockstep bisect --capsule FILE write capsules.';
/** Largest file that is looked into. */
const MAX_BYTES = 64 << 20;

/** The capsule in a file: one by itself, or the one that a recording holds. */
export function readCapsule(path: string): Capsule {
  let bytes: Uint8Array;
  try {
    if (statSync(path).size > MAX_BYTES) throw new UsageError(`${path} is too large for a capsule`, WRITTEN);
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new UsageError(`cannot read the capsule ${path}: ${fileFault(error)}`, WRITTEN);
  }
  if (new TextDecoder().decode(bytes.subarray(0, 8)) === 'LOCKSTEP')
    return capsuleIn(decodeRecording(bytes, path), path);
  try {
    return decodeCapsule(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${path}: ${error.message}`, error.remedy);
  }
}

/** `name` is the recording's, for messages. */
export function capsuleIn({ capsule, report }: Recording, name: string): Capsule {
  if (capsule !== null) return decodeCapsule(capsule);
  throw new UsageError(
    `${name} holds no capsule`,
    report.verdict === 'diverged'
      ? 'No block shows this difference by itself, or none was to be kept: bisect the run, lockstep bisect --a A --b B PROGRAM.'
      : 'The sides do not differ.',
  );
}

/** A file must not choose which code of this computer is loaded. */
export function refuseFiles(spec: string): void {
  if (/[/\\]|\.(js|mjs|ts)\b/.test(spec))
    throw new UsageError(
      `the capsule was made with a module, "${spec.slice(0, 200)}"`,
      'If you trust that file, name it yourself: lockstep capsule run --translator FILE.',
    );
}
