// Watches a run from elsewhere: connects, keeps the latest of what it is told, and connects again when the connection is
// lost, going on where it was. All that the other end says is checked; it is trusted with nothing but what is shown.

import { connect } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { type PluginRequest, UsageError } from '../../emulator/index.ts';
import { EngineError } from '../engine-error.ts';
import type { SidesPlugins } from '../plugin-asks.ts';
import type { PluginAnswer } from '../plugin-request.ts';
import { SUBPROTOCOL } from './access.ts';
import {
  type Document,
  type Documents,
  decode,
  MAX_MESSAGE,
  REMOTE_VERSION,
  type ToViewer,
  toViewer,
} from './messages.ts';
import {
  type ControlAction,
  EVENTS_KEPT,
  NOTES_KEPT,
  OUTPUT_TAIL,
  type RunInfo,
  type RunStatus,
  type SeenEvent,
  type Watched,
  type WatchSource,
} from './model.ts';
import { OutputTail } from './output-tail.ts';

/** Where a run is served. */
export interface Place {
  /** `ws://…`; with a socket, only its path counts. */
  readonly url: string;
  /** Path of a Unix socket. */
  readonly socket: string | null;
  readonly token: string | null;
  /** For messages. */
  readonly shown: string;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
const HANDSHAKE_MS = 10_000;
/** The other end pings every ten seconds: one that is silent for so long is gone. */
const SILENCE_MS = 35_000;
const LARGEST_DOCUMENT = 512 << 20;

export class RemoteRun implements WatchSource {
  private readonly place: Place;
  private readonly listeners = new Set<() => void>();
  private readonly messageListeners = new Set<(message: ToViewer) => void>();
  private socket: WebSocket | undefined;
  private link: Watched['link'] = 'connecting';
  private info: RunInfo | undefined;
  private status: RunStatus | undefined;
  private mayControl = false;
  private said: string | undefined;
  private events: { total: number; kept: readonly SeenEvent[] } = { total: 0, kept: [] };
  private notes: { total: number; kept: readonly string[] } = { total: 0, kept: [] };
  private output = new OutputTail(OUTPUT_TAIL);
  private readonly pieces: Record<Document, Uint8Array[]> = { report: [], recording: [] };
  private readonly sizes: Record<Document, number> = { report: 0, recording: 0 };
  private readonly asks = new Map<number, (answer: PluginAnswer) => void>();
  private asked = 0;
  private wait = FIRST_WAIT_MS;
  private again: NodeJS.Timeout | undefined;
  private silence: NodeJS.Timeout | undefined;
  private closed = false;
  private connectedOnce = false;
  private greeted: () => void = () => {};
  private finish: (documents: Documents) => void = () => {};
  private fail: (error: Error) => void = () => {};
  /** What remains of the run, when it is over. Rejects when nobody could be reached in the first place. */
  readonly over: Promise<Documents>;
  /** Once the run has greeted. Rejects as `over` does. */
  readonly reached: Promise<void>;

  constructor(place: Place) {
    this.place = place;
    this.over = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    this.reached = new Promise((resolve, reject) => {
      this.greeted = resolve;
      this.over.catch(reject);
    });
    this.reached.catch(() => {});
    this.connect();
  }

  get(): Watched {
    const { link, info, status, events, notes, mayControl, said } = this;
    return { link, info, status, events, notes, output: this.output.get(), mayControl, said };
  }
  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }
  /** Each message as it has come. */
  onMessage(heard: (message: ToViewer) => void): void {
    this.messageListeners.add(heard);
  }
  control(action: ControlAction): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ t: 'control', action }));
  }
  /** Rejects with UsageError when it cannot be done. */
  plugins(request: PluginRequest): Promise<SidesPlugins> {
    return new Promise((resolve, reject) => {
      const id = ++this.asked;
      this.asks.set(id, (answer) => {
        if (answer.error === null) resolve(answer);
        else reject(new UsageError(answer.error, answer.remedy));
      });
      if (this.socket?.readyState === WebSocket.OPEN)
        this.socket.send(JSON.stringify({ t: 'change-plugins', id, request }));
      else this.forgetAsks('the run cannot be reached');
    });
  }
  /** Nobody will answer them. */
  private forgetAsks(error: string): void {
    for (const answered of this.asks.values()) answered({ icount: 0, plugins: [], error, remedy: '' });
    this.asks.clear();
  }
  /** Watches no longer. */
  close(): void {
    this.closed = true;
    this.forgetAsks('nobody watches the run any more');
    clearTimeout(this.again);
    clearTimeout(this.silence);
    this.socket?.terminate();
  }

  // --- the connection --------------------------------------------------------------------------------------------
  private connect(): void {
    const { url, socket: path, token } = this.place;
    const options: ClientOptions = {
      maxPayload: MAX_MESSAGE,
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS,
      ...(path !== null && { createConnection: () => connect(path) }),
      ...(token !== null && { headers: { Authorization: `Bearer ${token}` } }),
    };
    const socket = new WebSocket(url, [SUBPROTOCOL], options);
    this.socket = socket;
    let reason = 'nobody answers there';
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body = (body + text).slice(0, 500);
      });
      response.on('close', () => {
        this.refused(body.trim() || `it answers ${response.statusCode}`);
        socket.terminate();
      });
      response.on('error', () => {});
    });
    socket.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      reason = REASONS[code ?? ''] ?? message;
    });
    socket.on('ping', () => this.heard());
    socket.on('message', (data: Buffer, isBinary) => {
      this.heard();
      const decoded = isBinary ? { wrong: 'it is no text' } : decode(data.toString('utf8'), toViewer);
      if ('wrong' in decoded) this.refused(`it sent what no run sends: ${decoded.wrong}`);
      else if (!this.closed) this.take(decoded.message);
    });
    socket.on('close', () => {
      clearTimeout(this.silence);
      this.forgetAsks('the run has ended meanwhile');
      if (this.socket === socket && !this.closed) this.lost(reason);
    });
  }

  private heard(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.socket?.terminate(), SILENCE_MS);
  }

  private lost(reason: string): void {
    if (this.link === 'over') return;
    if (!this.connectedOnce) {
      this.refused(reason);
      return;
    }
    this.link = 'lost';
    this.again = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
    this.changed();
  }

  /** There is no use in trying again. */
  private refused(why: string): void {
    if (this.closed) return;
    this.close();
    this.link = 'lost';
    this.fail(
      new EngineError(
        `cannot watch the run at ${this.place.shown}: ${why}`,
        'lockstep run --serve or --listen prints where its run can be watched.',
      ),
    );
    this.changed();
  }

  // --- messages --------------------------------------------------------------------------------------------------
  private take(message: ToViewer): void {
    switch (message.t) {
      case 'hello':
        this.greet(message);
        break;
      case 'state': {
        const { status, events, notes, output } = message;
        this.status = status;
        this.events = joined(this.events, events, EVENTS_KEPT);
        this.notes = joined(this.notes, notes, NOTES_KEPT);
        this.write(Buffer.from(output.added, 'base64'), output.total);
        break;
      }
      case 'piece': {
        const bytes = Buffer.from(message.bytes, 'base64');
        // A connection that is lost may have lost a piece: it is asked for again from where it is missing.
        if (message.at !== this.sizes[message.of] || message.total > LARGEST_DOCUMENT) return;
        this.pieces[message.of].push(bytes);
        this.sizes[message.of] += bytes.length;
        break;
      }
      case 'over': {
        this.link = 'over';
        const all = (of: Document) =>
          this.sizes[of] > 0 ? { [of]: new Uint8Array(Buffer.concat(this.pieces[of])) } : {};
        this.finish({ ...all('report'), ...all('recording') });
        break;
      }
      case 'plugins':
        this.asks.get(message.id)?.(message.answer);
        this.asks.delete(message.id);
        break;
      case 'refused':
        this.said = message.why;
        this.forgetAsks(message.why);
        break;
    }
    for (const listener of this.messageListeners) listener(message);
    this.changed();
  }

  private greet({ run, control }: Extract<ToViewer, { t: 'hello' }>): void {
    // Another run may be served in the same place by now.
    if (this.info?.id !== run.id) this.forget();
    this.info = run;
    this.mayControl = control;
    this.link = 'open';
    this.connectedOnce = true;
    this.wait = FIRST_WAIT_MS;
    this.greeted();
    const { events, notes, output, sizes } = this;
    this.socket?.send(
      JSON.stringify({
        ...{ t: 'watch', version: REMOTE_VERSION, run: run.id },
        ...{ events: events.total, notes: notes.total, output: output.total, ...sizes },
      }),
    );
  }

  private forget(): void {
    this.status = undefined;
    this.events = { total: 0, kept: [] };
    this.notes = { total: 0, kept: [] };
    this.output = new OutputTail(OUTPUT_TAIL);
    for (const of of ['report', 'recording'] as const) {
      this.pieces[of].length = 0;
      this.sizes[of] = 0;
    }
  }

  private write(added: Uint8Array, total: number): void {
    if (this.output.total + added.length === total) this.output.add(added);
    else if (total !== this.output.total) this.output.replace(added, total);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody answers there',
  ENOENT: 'there is no such socket',
  EACCES: 'that is not allowed',
  ENOTFOUND: 'there is no machine of that name',
};

/** What is new after what was there; alone where something in between is missing. */
function joined<T>(
  before: { readonly total: number; readonly kept: readonly T[] },
  now: { readonly total: number; readonly added: readonly T[] },
  limit: number,
): { total: number; kept: readonly T[] } {
  const follows = before.total + now.added.length === now.total;
  return { total: now.total, kept: follows ? [...before.kept, ...now.added].slice(-limit) : now.added };
}
