// What tells two programs apart in greetings and recordings: the SHA-256 of the file. Loading the engine's cryptography would
// be a good part of a run's start, so a session computes it where it is asked for, and its sides say nothing of it where the
// file they have read is by every mark of the file system the session's.

import { statSync } from 'node:fs';
import { readProgram } from '../emulator/index.ts';

export interface ProgramIdentity {
  /** The marks of the file, before it was read. */
  readonly marks: string;
  /** SHA-256 as hexadecimal digits of what was read then. */
  hash(): string;
}

/** What a side is told of it. `hash` is '' where nobody has asked for it. */
export interface KnownProgram {
  readonly marks: string;
  readonly hash: string;
}

export function programHash(bytes: Uint8Array): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(bytes).digest('hex');
}

/** Null when it cannot be read, which a side will say. */
export function identityOf(path: string): ProgramIdentity | null {
  const marks = marksOf(path);
  if (marks === undefined) return null;
  try {
    const bytes = readProgram(path);
    let hash: string | undefined;
    return { marks, hash: () => (hash ??= programHash(bytes)) };
  } catch {
    return null;
  }
}

/** The hash of `bytes`, just read from `path`; '' when that is what is known of it. */
export function hashOf(path: string, bytes: Uint8Array, known: KnownProgram | null): string {
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
