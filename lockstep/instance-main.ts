// The process of one side. Started by session.ts: standard input holds one line of JSON (the spec) and then the guest's
// standard input, as it comes; descriptor 3 is the channel to the comparator. Ends by itself when that channel does.

import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { readSome, readToEnd, wholeInput } from '../emulator/index.ts';
import { socketChannel } from './channel.ts';
import { explain } from './engine-error.ts';
import { type InstanceSpec, runInstance, runsForeignCode } from './instance.ts';
import { type FromSide, type ToSide, toSide } from './protocol.ts';

const CHANNEL = 3;

// Ctrl-C reaches the whole process group; the session decides what it means.
process.on('SIGINT', () => {});

async function main(): Promise<void> {
  const { line, rest } = readLine(0);
  const spec = JSON.parse(line) as InstanceSpec;
  const socket = new Socket({ fd: CHANNEL, readable: true, writable: true });
  const channel = socketChannel<ToSide, FromSide>(socket, toSide, CHANNEL);
  const giveUp = (error: unknown) => {
    channel.send({ t: 'failed', ...explain(error) });
    process.exitCode = 2;
  };
  // Quicker than to wait until nothing is left to do. The channel's end says that all is done, V8's code cache is written
  // too: what is left is to take everything down, which who waits for this process need not wait for.
  const leave = async () => {
    await channel.drained();
    process.once('exit', () => closeSync(CHANNEL));
    process.exit();
  };
  // What a user's module throws when nobody waits for it.
  process.on('uncaughtException', (error) => {
    giveUp(error);
    void leave();
  });
  // Only then: a thread takes its time to start.
  if (runsForeignCode(spec)) (await import('./end-with.ts')).endWith(spec.session);
  try {
    await runInstance(spec, { read: wholeInput(0, rest), readAll: () => readToEnd(0, rest) }, channel);
  } catch (error) {
    giveUp(error);
  }
  await leave();
}

/** The first line, and what was read beyond it. */
function readLine(fd: number): { line: string; rest: Uint8Array } {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const end = bytes.indexOf(0x0a);
    if (end >= 0) return { line: bytes.toString('utf8', 0, end), rest: new Uint8Array(bytes.subarray(end + 1)) };
    const piece = readSome(fd, 1 << 16);
    // The one who started this process is gone.
    if (piece.length === 0) process.exit(2);
    bytes = Buffer.concat([bytes, piece]);
  }
}

void main();
