// How two peers started by hand find each other: QEMU's rule. The path answers: connect. It does not exist: listen for
// one peer. It exists but nobody answers: a socket left over by a dead process is removed with a note, anything else
// is refused. The socket file has mode 0600 and is gone as soon as the two are joined.

import { chmodSync, existsSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { UsageError } from '../emulator/index.ts';

/** sun_path of Linux, less the terminating zero. */
const PATH_LIMIT = 107;
const ATTEMPTS = 5;
const SETTLE_MS = 50;
/** What ends a process that waits: a key, another program, its terminal. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Meeting {
  readonly role: 'listener' | 'connector';
  readonly socket: Socket;
}

/** Waits for the peer for as long as it takes. `say` gets one line at a time for the person who waits. */
export async function rendezvous(path: string, say: (line: string) => void): Promise<Meeting> {
  if (Buffer.byteLength(path) > PATH_LIMIT)
    throw new UsageError(
      `the socket path is longer than the ${PATH_LIMIT} bytes the system allows: ${path}`,
      'Use a shorter path, for example one under /tmp.',
    );
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = identityOf(path);
    let tried = await tryConnect(path);
    if (tried === 'ECONNREFUSED') {
      // A listener that has bound its path and does not listen yet is not dead.
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      tried = await tryConnect(path);
    }
    if (typeof tried !== 'string') return { role: 'connector', socket: tried };
    if (tried === 'ECONNREFUSED') removeStale(path, before, say);
    else if (tried !== 'ENOENT') throw cannot('connect to', path, tried);
    const accepted = await listenForOne(path, say);
    // Another process has bound the path in between: it is the listener, then.
    if (accepted) return { role: 'listener', socket: accepted };
  }
  throw new UsageError(
    `cannot meet a peer at ${path}: the socket keeps changing hands`,
    'Give each pair its own path.',
  );
}

function tryConnect(path: string): Promise<Socket | string> {
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
function identityOf(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stat && `${stat.ino} ${stat.mtimeNs}`;
}

/** Removes that dead socket, and no other: another process may be about to do the same, and listen in its place. */
function removeStale(path: string, dead: string | undefined, say: (line: string) => void): void {
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

function listenForOne(path: string, say: (line: string) => void): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    const tidy = () => {
      process.removeListener('exit', unlink);
      for (const signal of SIGNALS) process.removeListener(signal, onSignal);
    };
    const unlink = () => {
      try {
        unlinkSync(path);
      } catch {
        // Gone already: what was wanted.
      }
    };
    const onSignal = (signal: NodeJS.Signals) => {
      unlink();
      tidy();
      process.kill(process.pid, signal);
    };
    server.once('error', (error: NodeJS.ErrnoException) => {
      tidy();
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(cannot('listen at', path, error.code ?? error.message));
    });
    server.once('connection', (socket) => {
      tidy();
      // Also removes the socket file.
      server.close();
      resolve(socket);
    });
    const mask = process.umask(0o177);
    try {
      server.listen(path, () => {
        chmodSync(path, 0o600);
        process.on('exit', unlink);
        for (const signal of SIGNALS) process.on(signal, onSignal);
        say('setup_socket::ready');
      });
    } finally {
      process.umask(mask);
    }
  });
}

function cannot(what: string, path: string, code: string): UsageError {
  const directory = dirname(path);
  // Binding in a directory that does not exist reports EACCES as well.
  if (!existsSync(directory))
    return new UsageError(`cannot ${what} the socket ${path}: there is no ${directory}`, 'Make the directory first.');
  return new UsageError(
    `cannot ${what} the socket ${path} (${code})`,
    code === 'EACCES' || code === 'EPERM' ? 'Is the directory yours to write to?' : '',
  );
}
