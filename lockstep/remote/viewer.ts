// One viewer as the server serves it: what it has been sent, what it is still to get. A viewer that does not keep up is sent
// nothing until it has taken what waits for it, then where the run is by now. So it costs at most BEHIND_LIMIT bytes and
// no time.

import { DOCUMENTS, type Document, type Documents, PIECE, type ToViewer, type Watch } from './messages.ts';
import type { Watched } from './model.ts';

/** More than so many bytes that wait to be sent: the viewer is behind. */
const BEHIND_LIMIT = 1 << 18;

/** The connection, as far as a viewer needs it. */
export interface Line {
  /** Bytes that wait to be sent. */
  readonly waiting: number;
  send(data: Uint8Array): void;
}

interface Seen {
  events: number;
  notes: number;
  output: number;
}

export class Viewer {
  private readonly line: Line;
  private readonly seen: Seen;
  private readonly sent: Record<Document, number>;
  private done = false;
  /** It knows how the run has ended. */
  private current = false;

  constructor(line: Line, watch: Watch, run: string) {
    this.line = line;
    const known = watch.run === run;
    const { events, notes, output, report, recording } = known
      ? watch
      : { events: 0, notes: 0, output: 0, report: 0, recording: 0 };
    this.seen = { events, notes, output };
    this.sent = { report, recording };
  }

  /** All has left this process. */
  get finished(): boolean {
    return this.done && this.line.waiting === 0;
  }
  private get behind(): boolean {
    return this.line.waiting > BEHIND_LIMIT;
  }

  /**
   * Where the run is; false when the viewer must be told later. `cache` holds the messages of this moment, which most
   * viewers share.
   */
  show(now: Watched, cache: Map<string, Uint8Array>): boolean {
    if (this.done || !now.status) return true;
    if (this.behind) return false;
    const { seen } = this;
    const key = `${seen.events} ${seen.notes} ${seen.output}`;
    let message = cache.get(key);
    if (!message) {
      message = encode(stateMessage(now, seen));
      cache.set(key, message);
    }
    this.line.send(message);
    this.seen.events = now.events.total;
    this.seen.notes = now.notes.total;
    this.seen.output = now.output.total;
    this.current = now.status.phase === 'ended';
    return true;
  }

  /** What remains of the run, as far as the viewer takes it now; at its end the word that this is all. True: all is said. */
  hand(documents: Documents): boolean {
    if (this.done) return true;
    if (!this.current) return false;
    for (const of of DOCUMENTS) {
      const bytes = documents[of];
      while (bytes && this.sent[of] < bytes.length) {
        if (this.behind) return false;
        const at = this.sent[of];
        const part = bytes.subarray(at, at + PIECE);
        const text = Buffer.from(part.buffer, part.byteOffset, part.length).toString('base64');
        this.line.send(encode({ t: 'piece', of, at, total: bytes.length, bytes: text }));
        this.sent[of] = at + part.length;
      }
    }
    if (this.behind) return false;
    this.done = true;
    this.line.send(encode({ t: 'over' }));
    return true;
  }
}

export function encode(message: ToViewer): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}

function stateMessage(now: Watched, seen: Seen): ToViewer {
  const since = <T>({ total, kept }: { total: number; kept: readonly T[] }, from: number): T[] =>
    kept.slice(Math.max(0, kept.length - Math.max(0, total - from)));
  const { output } = now;
  const fresh = output.kept.subarray(Math.max(0, output.kept.length - Math.max(0, output.total - seen.output)));
  return {
    t: 'state',
    status: now.status!,
    events: { total: now.events.total, added: since(now.events, seen.events) },
    notes: { total: now.notes.total, added: since(now.notes, seen.notes) },
    output: { total: output.total, added: Buffer.from(fresh).toString('base64') },
  };
}
