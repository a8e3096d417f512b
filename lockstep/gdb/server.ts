// Waits for a debugger on a port of this machine alone, and serves one session. Who comes meanwhile is turned away.

import { createServer, type Server, type Socket } from 'node:net';
import { UsageError } from '../../emulator/index.ts';
import { PacketReader } from './packets.ts';
import type { GdbSide } from './side.ts';
import { type Parting, Stub } from './stub.ts';

const HOST = '127.0.0.1';
/** A debugger that does not read what it asked for is let go. */
const MOST_UNSENT = 1 << 20;

export interface GdbServer {
  readonly port: number;
  /** How the one session ended. */
  readonly done: Promise<Parting>;
  close(): void;
}

/** Port 0 is any that is free. Throws UsageError when the port cannot be had. */
export async function serveGdb(side: GdbSide, port: number): Promise<GdbServer> {
  let end: (how: Parting) => void = () => {};
  const done = new Promise<Parting>((resolve) => {
    end = resolve;
  });
  let session: Socket | undefined;
  const server = createServer((socket) => {
    if (session) {
      socket.destroy();
      return;
    }
    session = socket;
    socket.setNoDelay(true);
    serve(side, socket, (how) => {
      server.close();
      end(how);
    });
  });
  await listening(server, port);
  return {
    port: (server.address() as { port: number }).port,
    done,
    close() {
      server.close();
      session?.destroy();
      end('gone');
    },
  };
}

function serve(side: GdbSide, socket: Socket, over: (how: Parting) => void): void {
  const reader = new PacketReader();
  const stub = new Stub(side, {
    send(text) {
      if (socket.destroyed) return;
      socket.write(text, 'latin1');
      if (socket.writableLength > MOST_UNSENT) stub.leave('gone');
    },
    part(how) {
      if (how === 'gone') socket.destroy();
      else socket.end();
      over(how);
    },
  });
  socket.on('data', (bytes) => {
    for (const arrived of reader.feed(bytes)) stub.receive(arrived);
  });
  socket.on('error', () => stub.leave('gone'));
  socket.on('close', () => stub.leave('gone'));
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UsageError(`gdb cannot be served at ${HOST}:${port} (${error.code})`, 'Choose another port, or 0 for any.'),
      ),
    );
    server.listen(port, HOST, resolve);
  });
}
