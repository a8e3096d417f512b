// Files of recordings: written whole or not at all, read with a message that says what is wrong.

import { accessSync, constants, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../emulator/index.ts';
import { decodeRecording, encodeRecording, type Recording } from '../lockstep/index.ts';

/** Before a run: afterwards is too late to learn that there is no such directory. */
export function checkRecordable(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new UsageError(
      `cannot write to ${path}: ${reason(error)}`,
      'Give --record a file in a directory that is there.',
    );
  }
}

export function writeRecording(path: string, recording: Recording): void {
  const unfinished = `${path}.${process.pid}`;
  try {
    writeFileSync(unfinished, encodeRecording(recording));
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new UsageError(
      `cannot write to ${path}: ${reason(error)}`,
      'Free some space, or give --record another file.',
    );
  }
}

export function readRecording(path: string | undefined): Recording {
  if (path === undefined)
    throw new UsageError('which recording?', 'Name a file that lockstep run --record FILE has made.');
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `cannot read ${path}: ${reason(error)}`,
      'Name a file that lockstep run --record FILE has made.',
    );
  }
  return decodeRecording(bytes, path);
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file or directory';
  if (code === 'EACCES') return 'that is not allowed';
  if (code === 'EISDIR') return 'it is a directory';
  return message;
}
