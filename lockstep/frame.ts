// Messages on a byte stream: u32 little-endian length, then one MessagePack map. The decoder trusts nothing: lengths
// are bounded before a byte is kept, and what was decoded must fit the expected shape exactly.

// These two are JavaScript alone; the package's main module looks for a native addon at every start.
import { Packr } from 'msgpackr/pack';
import { Unpackr } from 'msgpackr/unpack';
import type { Message, Shape } from './shape.ts';

export const MAX_FRAME = 16 << 20;
const HEADER = 4;

/** The peer broke the protocol. The connection is of no further use. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtocolError';
  }
}

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

export function encodeFrame(message: Message): Uint8Array {
  const body = packr.pack(message);
  if (body.length > MAX_FRAME)
    throw new ProtocolError(`a message '${message.t}' of ${body.length} bytes is too long to send`);
  const frame = new Uint8Array(HEADER + body.length);
  new DataView(frame.buffer).setUint32(0, body.length, true);
  frame.set(body, HEADER);
  return frame;
}

/** Cuts a stream into messages. One decoder a peer; after it has thrown it must not be fed again. */
export class FrameDecoder<T extends Message> {
  private readonly shape: Shape<T>;
  private readonly unpackr = new Unpackr({ useRecords: false, int64AsType: 'bigint', mapsAsObjects: true });
  private chunks: Uint8Array[] = [];
  private size = 0;
  /** Length of the body being waited for; -1 while waiting for a header. */
  private wanted = -1;

  constructor(shape: Shape<T>) {
    this.shape = shape;
  }

  /** True when the stream may end here. */
  get idle(): boolean {
    return this.size === 0 && this.wanted === -1;
  }

  /** Takes bytes in, gives the messages they complete. Throws ProtocolError. */
  push(bytes: Uint8Array): T[] {
    const messages: T[] = [];
    if (bytes.length > 0) {
      this.chunks.push(bytes);
      this.size += bytes.length;
    }
    for (;;) {
      if (this.wanted === -1) {
        if (this.size < HEADER) return messages;
        const header = this.take(HEADER);
        this.wanted = new DataView(header.buffer, header.byteOffset, HEADER).getUint32(0, true);
        if (this.wanted > MAX_FRAME || this.wanted === 0)
          throw new ProtocolError(
            `a frame of ${this.wanted} bytes (1 to ${MAX_FRAME} are allowed): this is no lockstep peer`,
          );
      }
      if (this.size < this.wanted) return messages;
      const body = this.take(this.wanted);
      this.wanted = -1;
      messages.push(this.decode(body));
    }
  }

  private decode(body: Uint8Array): T {
    let value: unknown;
    try {
      value = this.unpackr.unpack(body);
    } catch (error) {
      throw new ProtocolError(`a message that cannot be decoded: ${(error as Error).message.slice(0, 200)}`);
    }
    const wrong = this.shape.check(value, 'message');
    if (wrong !== undefined) throw new ProtocolError(`a message that is not allowed: ${wrong}`);
    return value as T;
  }

  /** Removes the first `length` bytes, which must have arrived. Copies only across chunk borders. */
  private take(length: number): Uint8Array {
    const first = this.chunks[0]!;
    this.size -= length;
    if (first.length >= length) {
      if (first.length === length) this.chunks.shift();
      else this.chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const out = new Uint8Array(length);
    let filled = 0;
    let used = 0;
    while (filled < length) {
      const chunk = this.chunks[used]!;
      const part = Math.min(chunk.length, length - filled);
      out.set(part === chunk.length ? chunk : chunk.subarray(0, part), filled);
      filled += part;
      if (part === chunk.length) used++;
      else this.chunks[used] = chunk.subarray(part);
    }
    this.chunks.splice(0, used);
    return out;
  }
}
