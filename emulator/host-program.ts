// Reads a guest's file, with messages for people.

import { readFileSync } from 'node:fs';
import { UsageError } from './must.ts';

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a directory (EISDIR)',
  EACCES: 'you may not read it (EACCES)',
  ENOTDIR: 'part of the path is no directory (ENOTDIR)',
};

/** The bytes of the program at `path`. Throws UsageError when it cannot be read. */
export function readProgram(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'ENOENT' ? `there is no program ${path}` : `cannot read the program ${path}: ${REASONS[code!] ?? code}`,
      'Name an ELF executable for RISC-V 64.',
    );
  }
}
