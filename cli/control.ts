// Plugins come and go while `emu` runs: `lockstep plugin load|unload|reload|ps --control PATH` asks at a Unix socket that is
// this user's alone, a line of JSON each way. What is asked for is done between two runs of the machine, one thing at a
// time: all code from that instruction on has the plugin, none before.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Machine, UsageError } from '../emulator/index.ts';
import { loadPlugin } from './plugins.ts';

/** What a line may hold. */
const LIMIT = 1 << 16;
/** How long a client may take to ask. */
const PATIENCE_MS = 5000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A plugin as `--plugin` names it; a path is absolute. */
export interface PluginSpec {
  readonly file: string;
  readonly args: readonly string[];
}

export type ControlRequest =
  | { readonly do: 'load'; readonly plugin: PluginSpec }
  | { readonly do: 'unload'; readonly name: string }
  /** With null the same file again, and the same arguments. */
  | { readonly do: 'reload'; readonly name: string; readonly plugin: PluginSpec | null }
  | { readonly do: 'ps' };

export interface Loaded extends PluginSpec {
  readonly name: string;
}
export interface ControlAnswer {
  /** Instructions begun before what was asked for took effect. */
  readonly icount: number;
  readonly plugins: readonly Loaded[];
}
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
  const { listenAtSocket } = await import('../lockstep/remote/index.ts');
  const desk = new Desk(machine, loaded);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    void readLine(socket).then(async (line) => {
      if (line === undefined) socket.destroy();
      else socket.end(`${JSON.stringify(await desk.answer(line))}\n`);
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

/** Carries requests out, one after the other. */
class Desk {
  private readonly machine: Machine;
  private readonly specs = new Map<string, PluginSpec>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(machine: Machine, loaded: readonly PluginSpec[]) {
    this.machine = machine;
    machine.pluginControl.names.forEach((name, i) => {
      if (loaded[i]) this.specs.set(name, loaded[i]);
    });
  }

  answer(line: string): Promise<Reply> {
    const done = this.last.then(() => this.handle(line));
    this.last = done;
    return done;
  }

  private async handle(line: string): Promise<Reply> {
    const { machine, specs } = this;
    const { pluginControl } = machine;
    try {
      const request = parseRequest(line);
      if (request.do === 'unload') await pluginControl.unload(request.name);
      else if (request.do === 'load') {
        const { plugin } = request;
        specs.set(await pluginControl.load(await loadPlugin(plugin.file), plugin.args), plugin);
      } else if (request.do === 'reload') {
        const plugin = request.plugin ?? specs.get(request.name);
        // The one there is stays when the file that is to replace it cannot be read.
        const module = plugin && (await loadPlugin(plugin.file));
        if (module) await pluginControl.reload(request.name, module, plugin.args);
        else await pluginControl.unload(request.name);
        if (plugin) specs.set(request.name, plugin);
      }
      const plugins = pluginControl.names.map((name) => ({ name, ...(specs.get(name) ?? { file: name, args: [] }) }));
      return { ok: true, icount: machine.icount, plugins };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { ok: false, error: error.message, remedy: error instanceof UsageError ? error.remedy : '' };
    }
  }
}

function parseRequest(line: string): ControlRequest {
  const wrong = (): never => {
    throw new UsageError(
      'the control socket does not understand that',
      'Ask with: lockstep plugin load|unload|reload|ps',
    );
  };
  let request: Partial<Record<string, unknown>>;
  try {
    request = Object(JSON.parse(line));
  } catch {
    return wrong();
  }
  const isText = (value: unknown): value is string => typeof value === 'string';
  const isSpec = (value: unknown): value is PluginSpec => {
    const { file, args } = Object(value) as Partial<PluginSpec>;
    return isText(file) && Array.isArray(args) && args.every(isText);
  };
  const { do: what, name, plugin } = request;
  if (what === 'ps') return { do: what };
  if (what === 'load' && isSpec(plugin)) return { do: what, plugin };
  if (what === 'unload' && isText(name)) return { do: what, name };
  if (what === 'reload' && isText(name) && (plugin === null || isSpec(plugin))) return { do: what, name, plugin };
  return wrong();
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
export async function askControl(path: string, request: ControlRequest): Promise<ControlAnswer> {
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
