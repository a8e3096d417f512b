// Files of recordings: written whole or not at all, read with a message that says what is wrong.

import { accessSync, constants, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileFault, UsageError, writeFault } from '../emulator/index.ts';
import { decodeRecording, encodeRecording, type Recording } from '../lockstep/index.ts';

export const RECORD_OPTION = {
  type: 'string',
  requiresArg: true,
  describe: 'write all about the run to this file, for lockstep show and inspect',
} as const;

/** Before a run: afterwards is too late to learn that there is no such directory. */
export function checkRecordable(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw writeFault(`the recording ${path}`, error);
  }
}

export function writeRecording(path: string, recording: Recording): void {
  const bytes = encodeRecording(recording);
  // A device, a pipe or a link stays what it is.
  const unfinished = isPlain(path) ? `${path}.${process.pid}` : undefined;
  try {
    writeFileSync(unfinished ?? path, bytes);
    if (unfinished !== undefined) renameSync(unfinished, path);
  } catch (error) {
    if (unfinished !== undefined) rmSync(unfinished, { force: true });
    throw writeFault(`the recording ${path}`, error);
  }
}

/** There is a file of the ordinary kind, or nothing. */
function isPlain(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

export function readRecording(path: string | undefined): Recording {
  if (path === undefined)
    throw new UsageError('which recording?', 'Name a file that lockstep run --record FILE has made.');
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `cannot read ${path}: ${fileFault(error)}`,
      'Name a file that lockstep run --record FILE has made.',
    );
  }
  return decodeRecording(bytes, path);
}
