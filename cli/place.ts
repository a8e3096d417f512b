// Where a run is to be watched, as people write it: a path, an address as a run has printed it, or nothing where there is
// but one.

import { UsageError } from '../emulator/index.ts';
import type { Place } from '../lockstep/remote/index.ts';

type Env = Readonly<Record<string, string | undefined>>;

export async function placeOf(
  text: string | undefined,
  env: Env,
  liveSockets: (env: Env) => Promise<string[]>,
): Promise<Place> {
  if (text === undefined) return onSocket(await theOnly(liveSockets(env)));
  if (/^(https?|wss?):\/\//i.test(text)) return atAddress(text, env);
  return onSocket(text);
}

async function theOnly(sockets: Promise<string[]>): Promise<string> {
  const [first, ...others] = await sockets;
  if (first === undefined) throw new UsageError('no run of yours is served', 'Start one: lockstep run --serve PROGRAM');
  if (others.length > 0)
    throw new UsageError(`${others.length + 1} runs are served`, `Name one:\n  ${[first, ...others].join('\n  ')}`);
  return first;
}

function onSocket(path: string): Place {
  return { url: 'ws://localhost/live', socket: path, token: null, shown: path };
}

function atAddress(text: string, env: Env): Place {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`${text} is no address`, 'Use the address that lockstep run --listen has printed.');
  }
  if (url.protocol === 'https:' || url.protocol === 'wss:')
    throw new UsageError('a run does not serve TLS', 'Use the http:// address that lockstep run --listen has printed.');
  const token = url.hash.replace(/^#/, '') || env.LOCKSTEP_TOKEN || null;
  return { url: `ws://${url.host}/live`, socket: null, token, shown: `http://${url.host}/` };
}
