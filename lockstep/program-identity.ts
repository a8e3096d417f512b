// What tells two programs apart in greetings and reports: the SHA-256 of the file. The session computes it once; its sides, for
// which loading the engine's cryptography would be a good part of their start, take it over where the file they have read is
// by every mark of the file system the same.

import { statSync } from 'node:fs';
import { readProgram } from '../emulator/index.ts';

export interface ProgramIdentity {
  /** SHA-256 as hexadecimal digits. */
  readonly hash: string;
  /** The marks of the file, before it was read. */
  readonly marks: string;
}

export function programHash(bytes: Uint8Array): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(bytes).digest('hex');
}

/** Null when it cannot be read, which a side will say. */
export function identityOf(path: string): ProgramIdentity | null {
  const marks = marksOf(path);
  try {
    return marks === undefined ? null : { hash: programHash(readProgram(path)), marks };
  } catch {
    return null;
  }
}

/** The hash of `bytes`, just read from `path`. */
export function hashOf(path: string, bytes: Uint8Array, known: ProgramIdentity | null): string {
  return known !== null && known.marks === marksOf(path) ? known.hash : programHash(bytes);
}

/** Undefined of what is no file, or can be another one each time it is read. */
function marksOf(path: string): string | undefined {
  try {
    const file = statSync(path, { bigint: true });
    return file.isFile() ? `${file.dev} ${file.ino} ${file.size} ${file.mtimeNs} ${file.ctimeNs}` : undefined;
  } catch {
    return undefined;
  }
}
