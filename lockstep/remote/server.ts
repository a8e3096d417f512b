// Serves a run to viewers: a WebSocket at /live, and a web page that shows it, on a Unix socket or a TCP port. Never makes
// the run wait: it looks at the run a few times a second, and only while somebody watches. Whatever a viewer sends or fails
// to read costs that viewer its connection and nobody else anything.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { PluginRequest } from '../../emulator/index.ts';
import type { PluginAnswer } from '../plugin-request.ts';
import { hostRefused, originRefused, type Refusal, SUBPROTOCOL, tokenRefused } from './access.ts';
import { type Documents, decode, fromViewer, MAX_MESSAGE, REMOTE_VERSION, type ToViewer } from './messages.ts';
import type { RunInfo, WatchSource } from './model.ts';
import { encode, Viewer } from './viewer.ts';

export const LIVE_PATH = '/live';
export const MAX_VIEWERS = 64;
const MAX_CONNECTIONS = 256;
const TICK_MS = 150;
/** While documents are handed out. */
const HAND_MS = 20;
const GREETING_MS = 10_000;
const PING_MS = 10_000;
const PINGS_MISSED = 6;
/** Of one viewer, between two ticks. */
const MAX_MESSAGES = 100;
/** How long a connection may take to close by itself. */
const CLOSING_MS = 300;

const CODES = { policy: 1008, wrong: 1007, unsupported: 1003, over: 1000, away: 1001 } as const;

export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface ServerOptions {
  readonly source: WatchSource;
  readonly info: RunInfo;
  readonly allowControl: boolean;
  /** Null where the way in is guarded otherwise. */
  readonly token: string | null;
  /** Names of this machine that a browser may know it by, beside addresses and localhost. */
  readonly names: readonly string[];
  /** By path. */
  readonly page: ReadonlyMap<string, PageFile>;
  /** Viewers hear of what is new so often. */
  readonly tickMs?: number;
}

interface Connection {
  readonly socket: WebSocket;
  viewer: Viewer | undefined;
  messages: number;
  missed: number;
}

export class RunServer {
  readonly http: Server;
  private readonly options: ServerOptions;
  private readonly sockets: WebSocketServer;
  private readonly connections = new Set<Connection>();
  private readonly unsubscribe: () => void;
  private readonly timers: NodeJS.Timeout[] = [];
  private news = true;
  private documents: Documents | undefined;
  private handing: NodeJS.Timeout | undefined;

  constructor(options: ServerOptions) {
    this.options = options;
    this.http = createServer({ connectionsCheckingInterval: 1000 }, (request, response) =>
      this.respond(request, response),
    );
    this.http.headersTimeout = 5000;
    this.http.requestTimeout = 10_000;
    this.http.keepAliveTimeout = 1000;
    this.http.maxConnections = MAX_CONNECTIONS;
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.http.on('clientError', (_error, socket) => socket.destroy());
    this.sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: MAX_MESSAGE,
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    this.unsubscribe = options.source.subscribe(() => {
      this.news = true;
    });
    this.timers.push(
      setInterval(() => this.tick(), options.tickMs ?? TICK_MS),
      setInterval(() => this.ping(), PING_MS),
    );
  }

  /** Viewers that have said what they want. */
  get viewers(): number {
    let count = 0;
    for (const { viewer } of this.connections) if (viewer) count++;
    return count;
  }

  /** The run is over, and this is what remains of it. */
  finish(documents: Documents): void {
    this.documents = documents;
    this.news = true;
    this.tick();
  }

  /** Ends all, after viewers have had the time to take what is theirs. */
  async close(patienceMs: number): Promise<void> {
    this.http.close();
    const until = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (this.connections.size > 0 && [...this.connections].some(({ viewer }) => viewer && !viewer.finished)) return;
        clearInterval(look);
        clearTimeout(end);
        resolve();
      }, HAND_MS);
      const end = setTimeout(() => {
        clearInterval(look);
        resolve();
      }, patienceMs);
    });
    await until;
    for (const timer of this.timers) clearInterval(timer);
    clearTimeout(this.handing);
    this.unsubscribe();
    for (const { socket } of this.connections) socket.close(CODES.away, 'the run is over');
    if (this.connections.size > 0) await new Promise((resolve) => setTimeout(resolve, CLOSING_MS));
    for (const { socket } of this.connections) socket.terminate();
    this.http.closeAllConnections();
  }

  // --- plain requests --------------------------------------------------------------------------------------------
  private respond(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const file = this.options.page.get(pathOf(request));
    const refusal =
      hostRefused(request.headers, this.options.names) ??
      (request.method !== 'GET' && request.method !== 'HEAD'
        ? { status: 405 as const, why: 'nothing can be sent here' }
        : file
          ? undefined
          : { status: 404 as const, why: 'there is nothing here' });
    const host = request.headers.host ?? '';
    response.writeHead(refusal?.status ?? 200, {
      'Content-Type': file?.type ?? 'text/plain; charset=utf-8',
      'Content-Security-Policy': contentPolicy(refusal ? undefined : host),
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
    });
    if (request.method === 'HEAD') response.end();
    else response.end(refusal || !file ? `${refusal?.why}\n` : file.bytes);
  }

  // --- viewers ---------------------------------------------------------------------------------------------------
  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { token, names } = this.options;
    const refusal =
      hostRefused(request.headers, names) ??
      originRefused(request.headers) ??
      (pathOf(request) === LIVE_PATH ? undefined : ({ status: 404, why: 'there is nothing here' } as const)) ??
      (token === null ? undefined : tokenRefused(request.headers, token)) ??
      (this.connections.size < MAX_VIEWERS ? undefined : ({ status: 503, why: 'too many viewers' } as const));
    if (refusal) refuse(socket, refusal);
    else this.sockets.handleUpgrade(request, socket, head, (accepted) => this.accept(accepted));
  }

  private accept(socket: WebSocket): void {
    const connection: Connection = { socket, viewer: undefined, messages: 0, missed: 0 };
    this.connections.add(connection);
    const greeting = setTimeout(() => socket.close(CODES.policy, 'it said nothing'), GREETING_MS);
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(greeting);
      this.connections.delete(connection);
    });
    socket.on('pong', () => {
      connection.missed = 0;
    });
    socket.on('message', (data: Buffer, isBinary) => {
      // A connection that is closing may still have sent something.
      if (socket.readyState !== socket.OPEN) return;
      if (isBinary) socket.close(CODES.unsupported, 'messages are texts');
      else if (++connection.messages > MAX_MESSAGES) socket.close(CODES.policy, 'too many messages');
      else this.hear(connection, data.toString('utf8'));
      if (connection.viewer) clearTimeout(greeting);
    });
    const { info, allowControl } = this.options;
    socket.send(encode({ t: 'hello', version: REMOTE_VERSION, run: info, control: allowControl }), { binary: false });
  }

  private hear(connection: Connection, data: string): void {
    const { socket } = connection;
    const { source, info, allowControl, token } = this.options;
    const decoded = decode(data, fromViewer);
    if ('wrong' in decoded) {
      socket.close(CODES.wrong, decoded.wrong.slice(0, 100));
      return;
    }
    const { message } = decoded;
    if (message.t === 'watch') {
      if (connection.viewer) {
        socket.close(CODES.policy, 'it asked twice');
        return;
      }
      const line = {
        get waiting() {
          return socket.bufferedAmount;
        },
        send: (bytes: Uint8Array) => socket.send(bytes, { binary: false }),
      };
      connection.viewer = new Viewer(line, message, info.id);
      connection.viewer.show(source.get(), new Map());
      this.hand();
      return;
    }
    const answer = (answered: ToViewer) => {
      if (socket.readyState === socket.OPEN) socket.send(encode(answered), { binary: false });
    };
    if (!allowControl)
      answer({ t: 'refused', why: 'viewers may only look: the run was started without --allow-control' });
    else if (message.t === 'control') source.control(message.action);
    // A plugin is code, and may write files.
    else if (token !== null) answer({ t: 'refused', why: 'plugins are changed over the socket of --serve alone' });
    else void change(source, message.request).then((done) => answer({ t: 'plugins', id: message.id, answer: done }));
  }

  private tick(): void {
    for (const connection of this.connections) connection.messages = 0;
    if (!this.news || this.viewers === 0) return;
    this.news = false;
    const now = this.options.source.get();
    const cache = new Map<string, Uint8Array>();
    for (const { viewer } of this.connections) if (viewer && !viewer.show(now, cache)) this.news = true;
    this.hand();
  }

  /** Gives the viewers what remains of the run, as fast as each takes it. */
  private hand(): void {
    const { documents } = this;
    clearTimeout(this.handing);
    if (!documents) return;
    let busy = false;
    for (const { viewer, socket } of this.connections) {
      if (!viewer || socket.readyState !== socket.OPEN) continue;
      if (viewer.hand(documents)) socket.close(CODES.over, 'the run is over');
      else busy = true;
    }
    if (busy) this.handing = setTimeout(() => this.hand(), HAND_MS);
  }

  private ping(): void {
    for (const connection of this.connections) {
      if (++connection.missed > PINGS_MISSED) connection.socket.terminate();
      else if (connection.socket.readyState === connection.socket.OPEN) connection.socket.ping();
    }
  }
}

async function change(source: WatchSource, request: PluginRequest): Promise<PluginAnswer> {
  try {
    return { ...(await source.plugins(request)), error: null, remedy: '' };
  } catch (error) {
    const { message, remedy = '' } = error as Error & { remedy?: string };
    return { icount: 0, plugins: [], error: message, remedy };
  }
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0]!;
}

function contentPolicy(host: string | undefined): string {
  const rest = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  if (host === undefined) return `default-src 'none'; ${rest}`;
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws://${host}; ${rest}`;
}

function refuse(socket: Duplex, { status, why }: Refusal): void {
  const body = `${why}\n`;
  const head = [
    `HTTP/1.1 ${status} ${status}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
