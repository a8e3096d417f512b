// Unix sockets as files: who may open them, whether somebody is at the other end, how one that a dead process has left is
// taken away.

import { existsSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { UsageError } from '../emulator/index.ts';

/** sun_path of Linux, less the terminating zero. */
const PATH_LIMIT = 107;

export function checkPath(path: string): void {
  if (Buffer.byteLength(path) > PATH_LIMIT)
    throw new UsageError(
      `the socket path is longer than the ${PATH_LIMIT} bytes the system allows: ${path}`,
      'Use a shorter path, for example one under /tmp.',
    );
}

/** Makes what `bind` makes at once readable and writable for this user alone. */
export function privately(bind: () => void): void {
  const mask = process.umask(0o177);
  try {
    bind();
  } finally {
    process.umask(mask);
  }
}

/** The connection, or the code of the error. */
export function tryConnect(path: string): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** Tells a file from another that has come in its place. Inode numbers alone are soon used again. */
export function identityOf(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stat && `${stat.ino} ${stat.mtimeNs}`;
}

/** Removes that dead socket, and no other: another process may be about to do the same, and listen in its place. */
export function removeStale(path: string, dead: string | undefined, say: (line: string) => void): void {
  // Gone, or replaced by one that lives.
  if (dead === undefined || identityOf(path) !== dead) return;
  if (!lstatSync(path).isSocket())
    throw new UsageError(
      `${path} exists and is not a socket`,
      'Name a path that does not exist yet, or another socket.',
    );
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw cannot('remove', path, (error as NodeJS.ErrnoException).code ?? String(error));
  }
  // Between look and move it can still have been replaced: a living one goes back.
  if (identityOf(aside) === dead) {
    unlinkSync(aside);
    say(`removed the stale socket ${path}`);
  } else renameSync(aside, path);
}

export function cannot(what: string, path: string, code: string): UsageError {
  const directory = dirname(path);
  // Binding in a directory that does not exist reports EACCES as well.
  if (!existsSync(directory))
    return new UsageError(`cannot ${what} the socket ${path}: there is no ${directory}`, 'Make the directory first.');
  return new UsageError(
    `cannot ${what} the socket ${path} (${code})`,
    code === 'EACCES' || code === 'EPERM' ? 'Is the directory yours to write to?' : '',
  );
}
