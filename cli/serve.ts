// What `lockstep run` offers to viewers: its options, and the server. Loaded is only what is asked for.

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { packageRoot } from '../emulator/host-package.ts';
import { UsageError } from '../emulator/index.ts';
import { encodeRecording, type LiveRun, type Recording, type Report } from '../lockstep/index.ts';
import { parseSeconds } from './size.ts';

export interface ServeArguments {
  readonly serve?: string;
  readonly listen?: string;
  readonly 'allow-control'?: boolean;
  readonly 'allow-remote'?: boolean;
  readonly 'serve-after'?: string;
}

export function withServeOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('serve', {
      type: 'string',
      describe: 'let lockstep attach watch the run over a Unix socket; --serve=PATH says where',
    })
    .option('listen', {
      type: 'string',
      requiresArg: true,
      describe:
        'let lockstep attach and browsers watch at this address: 127.0.0.1:PORT, or a port; 0: one that is free',
    })
    .option('allow-control', {
      type: 'boolean',
      describe: 'viewers may pause, resume and stop the run, and change its plugins',
    })
    .option('allow-remote', { type: 'boolean', describe: '--listen may name an address that other machines reach' })
    .option('serve-after', {
      type: 'string',
      describe: 'serve on after the end of the run, until ^C or for so many seconds: --serve-after=60',
    });
}

/** Whether anybody may watch. */
export function serves({ serve, listen }: ServeArguments): boolean {
  return serve !== undefined || listen !== undefined;
}

/** How long viewers may take to fetch what remains of a run. */
const PATIENCE_MS = 3000;
const IMPATIENT_MS = 500;

export interface Served {
  /** What remains of the run: viewers can have it from now on. */
  finish(report: Report | undefined, recording: Recording | undefined): void;
  /** Ends it, later where `--serve-after` says so. `signal` ends the waiting. */
  close(signal: AbortSignal): Promise<void>;
}

/** Undefined when nobody is to watch. Rejects with UsageError. */
export async function serve(
  options: ServeArguments,
  live: LiveRun,
  say: (line: string) => void,
): Promise<Served | undefined> {
  checkArguments(options);
  if (!serves(options)) return undefined;
  const afterMs = afterOf(options['serve-after']);
  const port = options.listen === undefined ? undefined : parseListen(options.listen);
  const remote = await import('../lockstep/remote/index.ts');
  if (port && !remote.isLoopback(port.host) && !options['allow-remote'])
    throw new UsageError(
      `${port.host} is an address that other machines reach`,
      'Listen at 127.0.0.1 and go there by ssh -L; or add --allow-remote: the connection is not encrypted.',
    );
  const common = {
    source: live,
    info: live.info,
    allowControl: options['allow-control'] === true,
    names: port ? [port.host.toLowerCase(), ...(options['allow-remote'] ? [hostname().toLowerCase()] : [])] : [],
    page: pageFiles(),
  };
  const closers: ((patienceMs: number) => Promise<void>)[] = [];
  const servers: InstanceType<typeof remote.RunServer>[] = [];
  const open = async (token: string | null, listen: (server: (typeof servers)[number]) => Promise<() => void>) => {
    const server = new remote.RunServer({ ...common, token });
    servers.push(server);
    try {
      const closed = await listen(server);
      closers.push(async (patienceMs) => {
        await server.close(patienceMs);
        closed();
      });
    } catch (error) {
      await Promise.all([server.close(0), ...closers.map((close) => close(0))]);
      throw error;
    }
  };
  if (options.serve !== undefined) {
    const given = options.serve;
    await open(null, async ({ http }) => {
      const { path, remove } = given
        ? { path: given, remove: await remote.listenAtSocket(http, given, say) }
        : await remote.listenAtOwnSocket(http, process.env, say);
      say(`lockstep: watch it with: lockstep attach ${path}`);
      return remove;
    });
  }
  if (port) {
    const token = remote.newToken();
    await open(token, async ({ http }) => {
      const taken = await remote.listenAtPort(http, port.host, port.port);
      const host = port.host.includes(':') ? `[${port.host}]` : port.host;
      say(`lockstep: watch it in a browser, or with lockstep attach: http://${host}:${taken}/#${token}`);
      return () => {};
    });
  }
  let documents = false;
  return {
    finish(report, recording) {
      documents = report !== undefined;
      const given = {
        ...(report && { report: new TextEncoder().encode(JSON.stringify(report)) }),
        ...(recording && { recording: encodeRecording(recording) }),
      };
      for (const server of servers) server.finish(given);
    },
    async close(signal) {
      if (afterMs !== undefined && documents) {
        say('lockstep: the run is over; serving on (^C ends it)');
        await untilAborted(signal, afterMs);
      }
      const patience = signal.aborted ? IMPATIENT_MS : PATIENCE_MS;
      await Promise.all(closers.map((close) => close(patience)));
    },
  };
}

function checkArguments(options: ServeArguments): void {
  if (options.serve !== undefined || options.listen !== undefined) return;
  for (const name of ['allow-control', 'allow-remote', 'serve-after'] as const)
    if (options[name] !== undefined)
      throw new UsageError(`--${name} is about viewers, and there is no way in for them`, 'Add --serve or --listen.');
}

/** Milliseconds; infinite without a number; undefined: not at all. */
function afterOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return text === '' ? Number.POSITIVE_INFINITY : parseSeconds(text, '--serve-after') * 1000;
}

export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):)?([0-9]{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65535)
    throw new UsageError(`--listen is an address and a port, not "${text}"`, 'For example: --listen 127.0.0.1:8080');
  return { host: bracketed ?? plain ?? '127.0.0.1', port };
}

/** The web page, as it lies in the package. */
function pageFiles() {
  const file = (name: string, type: string) => ({ type, bytes: readFileSync(join(packageRoot, 'ui', 'web', name)) });
  return new Map([
    ['/', file('page.html', 'text/html; charset=utf-8')],
    ['/page.js', file('page.js', 'text/javascript; charset=utf-8')],
    ['/page.css', file('page.css', 'text/css; charset=utf-8')],
    ['/icon.svg', file('icon.svg', 'image/svg+xml')],
  ]);
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

function untilAborted(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    // Without an end of its own it still keeps the process alive.
    const timer = setTimeout(end, Math.min(ms, LONGEST_TIMER_MS));
    signal.addEventListener('abort', end);
  });
}
