// How two peers started by hand find each other: QEMU's rule. The path answers: connect. It does not exist: listen for
// one peer. It exists but nobody answers: a socket left over by a dead process is removed with a note, anything else
// is refused. The socket file has mode 0600 and is gone as soon as the two are joined.

import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { UsageError } from '../emulator/index.ts';
import { cannot, checkPath, identityOf, privately, removeStale, tryConnect } from './socket-file.ts';

const ATTEMPTS = 5;
/** A listener that has bound its path and does not listen yet is not dead, and a busy machine may leave it there for a while. */
const RETRIES = 5;
const RETRY_MS = 50;
/** What ends a process that waits: a key, another program, its terminal. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Meeting {
  readonly role: 'listener' | 'connector';
  readonly socket: Socket;
}

/** Waits for the peer for as long as it takes. `say` gets one line at a time for the person who waits. */
export async function rendezvous(path: string, say: (line: string) => void): Promise<Meeting> {
  checkPath(path);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = identityOf(path);
    let tried = await tryConnect(path);
    for (let retry = 0; tried === 'ECONNREFUSED' && retry < RETRIES; retry++) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
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
      // Later: a signal that has come together with the peer is still to be delivered, and would be lost.
      setImmediate(tidy);
      // Also removes the socket file.
      server.close();
      resolve(socket);
    });
    privately(() =>
      server.listen(path, () => {
        chmodSync(path, 0o600);
        process.on('exit', unlink);
        for (const signal of SIGNALS) process.on(signal, onSignal);
        say('setup_socket::ready');
      }),
    );
  });
}
