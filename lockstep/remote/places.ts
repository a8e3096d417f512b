// Where runs are served: Unix sockets in a directory of this user's own unless a path is given, TCP ports when asked for. A
// socket file is gone when its run is, however it ends, but for SIGKILL: the next run removes what that has left.

import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../../emulator/index.ts';
import { cannot, checkPath, identityOf, privately, removeStale, tryConnect } from '../socket-file.ts';

type Env = Readonly<Record<string, string | undefined>>;

const ATTEMPTS = 5;
const SOCKET = /^run-\d+\.sock$/;

/** The directory of this user's runs. */
export function runsDirectory(env: Env): string {
  const own = env.XDG_RUNTIME_DIR;
  return own && existsSync(own) ? join(own, 'lockstep') : join(tmpdir(), `lockstep-${process.getuid?.() ?? 0}`);
}

/** Listens at a socket of this process's own, in a directory that is made for it where needed. Gives its path too. */
export async function listenAtOwnSocket(
  http: Server,
  env: Env,
  say: (line: string) => void,
): Promise<{ readonly path: string; readonly remove: () => void }> {
  for (let attempt = 1; ; attempt++) {
    const path = await ownSocket(runsDirectory(env));
    try {
      return { path, remove: await listenAtSocket(http, path, say) };
    } catch (error) {
      // A run that ended just now has taken the directory with it.
      if (attempt === ATTEMPTS || existsSync(dirname(path))) throw error;
    }
  }
}

async function ownSocket(directory: string): Promise<string> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannot('make a directory for', directory, (error as NodeJS.ErrnoException).code ?? String(error));
  }
  checkPrivate(directory);
  for (const path of socketsIn(directory)) if ((await tryAlive(path)) === 'dead') unlinked(path);
  return join(directory, `run-${process.pid}.sock`);
}

/** Sockets of this user's runs that answer. */
export async function liveSockets(env: Env): Promise<string[]> {
  const directory = runsDirectory(env);
  if (!existsSync(directory)) return [];
  checkPrivate(directory);
  const found: string[] = [];
  for (const path of socketsIn(directory)) if ((await tryAlive(path)) === 'alive') found.push(path);
  return found;
}

/** Listens there for this user alone. `say` gets a line when a dead socket had to go. Gives what removes the file. */
export async function listenAtSocket(http: Server, path: string, say: (line: string) => void): Promise<() => void> {
  checkPath(path);
  const before = identityOf(path);
  const there = before === undefined ? 'nothing' : await tryAlive(path);
  if (there === 'alive') throw new UsageError(`somebody listens at ${path} already`, 'Give another path.');
  if (there === 'dead') removeStale(path, before, say);
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(cannot('listen at', path, error.code ?? error.message));
    http.once('error', failed);
    privately(() =>
      http.listen(path, () => {
        http.off('error', failed);
        chmodSync(path, 0o600);
        resolve();
      }),
    );
  });
  const remove = () => {
    process.off('exit', remove);
    tidy(path);
  };
  process.on('exit', remove);
  return remove;
}

/** Connects to what a run listens at. */
export async function connectTo(path: string): Promise<Socket> {
  checkPath(path);
  const socket = await tryConnect(path);
  if (typeof socket === 'string') throw cannot('reach a run at', path, socket);
  return socket;
}

/** The port: that asked for, or one that is free for 0. */
export async function listenAtPort(http: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const failed = ({ code, message }: NodeJS.ErrnoException) =>
      reject(
        new UsageError(
          `cannot listen at ${host}:${port}: ${code === 'EADDRINUSE' ? 'the port is taken' : (code ?? message)}`,
          'Give --listen another port; 127.0.0.1:0 takes one that is free.',
        ),
      );
    http.once('error', failed);
    http.listen({ host, port }, () => {
      http.off('error', failed);
      resolve();
    });
  });
  return (http.address() as AddressInfo).port;
}

function socketsIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => SOCKET.test(name))
    .map((name) => join(directory, name));
}

async function tryAlive(path: string): Promise<'alive' | 'dead' | 'unknown'> {
  const tried = await tryConnect(path);
  if (typeof tried !== 'string') {
    tried.destroy();
    return 'alive';
  }
  return tried === 'ECONNREFUSED' ? 'dead' : 'unknown';
}

/** Removes a socket, and its directory when it was the last of this user's runs. */
function tidy(path: string): void {
  unlinked(path);
  if (!SOCKET.test(basename(path))) return;
  try {
    rmdirSync(dirname(path));
  } catch {
    // Other runs are in it.
  }
}

function unlinked(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already: what was wanted.
  }
}

/** Nobody else may put sockets there for this user to connect to. */
function checkPrivate(directory: string): void {
  const { mode, uid } = lstatSync(directory);
  const mine = lstatSync(directory).isDirectory() && uid === (process.getuid?.() ?? uid);
  if (!mine || (mode & 0o077) !== 0)
    throw new UsageError(
      `${directory} is not a directory of your own that is closed to others`,
      'Remove it, or name a socket yourself: --serve=PATH.',
    );
}
