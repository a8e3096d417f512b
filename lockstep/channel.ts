// A two-way channel of messages: over a socket, or inside one process (the peer that hosts the comparator when both
// were started by hand). Messages arrive in order, never inside the call that sent them.

import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { encodeFrame, FrameDecoder, ProtocolError } from './frame.ts';
import type { Message, Shape } from './shape.ts';
import { Silence } from './silence.ts';

export interface Channel<In extends Message, Out extends Message> {
  send(message: Out): void;
  /** Must be called once, at once: earlier messages are not kept. `close` runs once, with what ended the channel. */
  listen(message: (message: In) => void, close: (reason: Error | undefined) => void): void;
  /** Resolves when what was sent has left this process, or the channel is closed. */
  drained(): Promise<void>;
  /** Sends what is pending, then ends. */
  close(): void;
  /** Ends at once. */
  destroy(): void;
}

/**
 * A channel over a connected stream socket. What the peer sends must fit `shape`. `fd` is the socket's descriptor where that
 * is known: what it takes at once is written there, which is far quicker than through Node's streams.
 */
export function socketChannel<In extends Message, Out extends Message>(
  socket: Socket,
  shape: Shape<In>,
  fd?: number,
): Channel<In, Out> {
  const decoder = new FrameDecoder(shape);
  let closed = false;
  let reason: Error | undefined;
  let sending = Promise.resolve();
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    send(message) {
      if (closed || socket.destroyed || socket.writableEnded) return;
      let frame = encodeFrame(message);
      if (fd !== undefined && socket.writableLength === 0) frame = frame.subarray(writeNow(fd, frame));
      if (frame.length === 0) return;
      sending = new Promise((resolve) => socket.write(frame, () => resolve()));
    },
    listen(onMessage, onClose) {
      const fail = (error: NodeJS.ErrnoException) => {
        // A peer that is gone is no error of its own: the end of the stream says it.
        if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reason ??= error;
        socket.destroy();
      };
      socket.on('data', (bytes: Uint8Array) => {
        if (closed || reason) return;
        try {
          for (const message of decoder.push(bytes)) onMessage(message);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          fail(new ProtocolError(`the peer sent ${error.message}`));
        }
      });
      socket.on('error', fail);
      socket.on('close', () => {
        if (closed) return;
        closed = true;
        if (!reason && !decoder.idle) reason = new ProtocolError('the peer ended in the middle of a message');
        onClose(reason);
      });
    },
    drained: () => Promise.race([sending, gone]),
    close() {
      socket.end();
    },
    destroy() {
      socket.destroy();
    },
  };
}

/** Bytes that could be written; what is wrong with a socket it says itself when the rest is written. */
function writeNow(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch {
    return 0;
  }
}

/** The same channel, given up when its peer says nothing for so long. The first word is due sooner than the next ones. */
export function watchedChannel<In extends Message, Out extends Message>(
  channel: Channel<In, Out>,
  { silenceMs, greetingMs }: { readonly silenceMs: number; readonly greetingMs: number },
): Channel<In, Out> {
  return {
    ...channel,
    listen(onMessage, onClose) {
      let silent: Error | undefined;
      const watch = (ms: number) =>
        new Silence(ms, () => {
          silent = new ProtocolError(`the peer has said nothing for ${ms / 1000} seconds`);
          channel.destroy();
        });
      let greeted = false;
      let silence = watch(greetingMs);
      channel.listen(
        (message) => {
          if (!greeted) {
            silence.stop();
            silence = watch(silenceMs);
            greeted = true;
          }
          silence.heard();
          onMessage(message);
        },
        (reason) => {
          silence.stop();
          onClose(silent ?? reason);
        },
      );
    },
  };
}

/** Two ends of a channel inside this process. */
export function localPair<X extends Message, Y extends Message>(): [Channel<X, Y>, Channel<Y, X>] {
  const left = new LocalEnd<X, Y>();
  const right = new LocalEnd<Y, X>();
  left.peer = right;
  right.peer = left;
  return [left, right];
}

class LocalEnd<In extends Message, Out extends Message> implements Channel<In, Out> {
  peer: LocalEnd<Out, In> | undefined;
  private onMessage: ((message: In) => void) | undefined;
  private onClose: ((reason: Error | undefined) => void) | undefined;
  private open = true;

  send(message: Out): void {
    const peer = this.peer;
    if (!this.open || !peer) return;
    setImmediate(() => {
      if (peer.open) peer.onMessage?.(message);
    });
  }
  listen(message: (message: In) => void, close: (reason: Error | undefined) => void): void {
    this.onMessage = message;
    this.onClose = close;
  }
  drained(): Promise<void> {
    return Promise.resolve();
  }
  close(): void {
    if (!this.open) return;
    const peer = this.peer;
    setImmediate(() => {
      this.end();
      peer?.end();
    });
  }
  destroy(): void {
    this.close();
  }
  private end(): void {
    if (!this.open) return;
    this.open = false;
    this.onClose?.(undefined);
  }
}
