// What to say when a file cannot be written, the same words for every command and plugin.

import { UsageError } from './must.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory (ENOENT)',
  ENOTDIR: 'there is no such directory (ENOTDIR)',
  EACCES: 'that is not allowed (EACCES)',
  EPERM: 'that is not allowed (EPERM)',
  EROFS: 'the file system is read-only (EROFS)',
  EISDIR: 'it is a directory (EISDIR)',
  ENOSPC: 'no space left (ENOSPC)',
  EDQUOT: 'no space left (EDQUOT)',
  EIO: 'it is gone (EIO)',
};

/** Why a system call on a file failed. */
export function fileFault(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? code ?? message;
}

/** `what` names the file and what it was for, `who` whoever was to write it, when that is not the command. */
export function writeFault(what: string, error: unknown, who = ''): UsageError {
  const { code } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new UsageError(
    `${who}cannot write ${what}: ${fileFault(error)}`,
    isFull
      ? 'Free some space, or name another file.'
      : 'Name a file that can be written, in a directory that is there.',
  );
}
