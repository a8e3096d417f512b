// Records of QEMU's lockstep plugin over a stream socket: 16 bytes each way a block, {u64 pc; u64 instructions before it},
// little-endian as on every host this runs on. Each side writes before it reads, so many may be written at once: the peer
// finds its answers waiting.

import type { Socket } from 'node:net';

export const RECORD_BYTES = 16;

export class QemuLink {
  private readonly socket: Socket;
  private pieces: Buffer[] = [];
  private bytes = 0;
  private closed = false;
  private reason: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (piece: Buffer) => {
      this.pieces.push(piece);
      this.bytes += piece.length;
      this.wake?.();
    });
    socket.on('error', (error) => {
      this.reason ??= error;
    });
    socket.on('close', () => {
      this.closed = true;
      this.wake?.();
    });
    socket.on('end', () => {
      this.closed = true;
      this.wake?.();
    });
  }

  /** What ended the connection, if it was an error. */
  get failure(): Error | undefined {
    return this.reason;
  }

  write(records: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(records);
  }

  /** The peer's next `count` records; fewer when it has gone before. */
  async read(count: number): Promise<Buffer> {
    const wanted = count * RECORD_BYTES;
    while (this.bytes < wanted && !this.closed)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    this.wake = undefined;
    const all = Buffer.concat(this.pieces);
    const whole = Math.min(wanted, all.length - (all.length % RECORD_BYTES));
    this.pieces = [all.subarray(whole)];
    this.bytes = all.length - whole;
    return all.subarray(0, whole);
  }

  close(): void {
    this.socket.destroySoon();
  }
}
