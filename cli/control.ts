// Plugins come and go while `emu` runs: `lockstep plugin load|unload|reload|ps --control PATH` asks at a Unix socket that is
// this user's alone, a line of JSON each way. What is asked for is done between two runs of the machine, one thing at a
// time: all code from that instruction on has the plugin, none before.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import {
  type LoadedPlugin,
  type Machine,
  PluginDesk,
  type PluginRequest,
  type PluginSpec,
  UsageError,
} from '../emulator/index.ts';

/** What a line may hold. */
const LIMIT = 1 << 16;
/** How long a client may take to ask. */
const PATIENCE_MS = 5000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface ControlAnswer {
  /** Instructions begun before what was asked for took effect. */
  readonly icount: number;
  readonly plugins: readonly LoadedPlugin[];
}
type Shape = typeof import('../lockstep/index.ts')['pluginRequest'];
type Reply =
  | ({ readonly ok: true } & ControlAnswer)
  | { readonly ok: false; readonly error: string; readonly remedy: string };

/** Listens until what it gives is called. `loaded` are the plugins the machine was started with, in order. */
export async function serveControl(
  path: string,
  machine: Machine,
  loaded: readonly PluginSpec[],
  say: (line: string) => void,
): Promise<() => void> {
  const [{ listenAtSocket }, { pluginRequest }] = await Promise.all([
    import('../lockstep/remote/index.ts'),
    import('../lockstep/index.ts'),
  ]);
  const desk = new PluginDesk(machine.pluginControl, loaded);
  const answer = async (line: string): Promise<Reply> => {
    try {
      const plugins = await desk.ask(parseRequest(line, pluginRequest));
      return { ok: true, icount: machine.icount, plugins };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { ok: false, error: error.message, remedy: error instanceof UsageError ? error.remedy : '' };
    }
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    void readLine(socket).then(async (line) => {
      if (line === undefined) socket.destroy();
      else socket.end(`${JSON.stringify(await answer(line))}\n`);
    });
  });
  const remove = await listenAtSocket(server, path, say);
  const close = () => {
    for (const signal of SIGNALS) process.off(signal, killed);
    server.close();
    for (const socket of sockets) socket.destroy();
    remove();
  };
  // Whoever ends the process finds no socket left, and the process ended as it would have.
  const killed = (signal: NodeJS.Signals): void => {
    close();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, killed);
  return close;
}

function parseRequest(line: string, shape: Shape): PluginRequest {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    // Checked below.
  }
  if (shape.check(request, 'the request') !== undefined)
    throw new UsageError(
      'the control socket does not understand that',
      'Ask with: lockstep plugin load|unload|reload|ps',
    );
  return request as PluginRequest;
}

/** Undefined when it does not come, or is longer than a line may be. */
async function readLine(socket: Socket): Promise<string | undefined> {
  let text = '';
  try {
    for await (const chunk of socket.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) return text.slice(0, end);
      if (text.length > LIMIT) return undefined;
    }
  } catch {
    // It has gone away.
  }
  return undefined;
}

/** Asks the run at that socket. Throws UsageError with what it answers when it cannot do that. */
export async function askControl(path: string, request: PluginRequest): Promise<ControlAnswer> {
  const { connectTo } = await import('../lockstep/remote/index.ts');
  const socket = await connectTo(path);
  socket.on('error', () => {});
  socket.write(`${JSON.stringify(request)}\n`);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  if (text === '') throw new UsageError('the run has ended meanwhile', 'Nothing is left to do.');
  const reply = JSON.parse(text) as Reply;
  if (!reply.ok) throw new UsageError(reply.error, reply.remedy);
  return reply;
}
