// The process of one side. Started by session.ts: standard input holds one line of JSON (the spec) and then the guest's
// standard input; descriptor 3 is the channel to the comparator. Ends by itself when that channel does.

import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { socketChannel } from './channel.ts';
import { type InstanceSpec, runInstance } from './instance.ts';
import { type FromSide, type ToSide, toSide } from './protocol.ts';

// Ctrl-C reaches the whole process group; the session decides what it means.
process.on('SIGINT', () => {});

async function main(): Promise<void> {
  const input = readFileSync(0);
  const lineEnd = input.indexOf(0x0a);
  const spec = JSON.parse(input.subarray(0, lineEnd).toString('utf8')) as InstanceSpec;
  const socket = new Socket({ fd: 3, readable: true, writable: true });
  const channel = socketChannel<ToSide, FromSide>(socket, toSide);
  try {
    await runInstance(spec, new Uint8Array(input.subarray(lineEnd + 1)), channel);
  } catch (error) {
    // By name: a mutant's module brings its own copy of the class.
    const usage = error instanceof Error && error.name === 'UsageError';
    const message = error instanceof Error ? (usage ? error.message : (error.stack ?? error.message)) : String(error);
    const remedy = usage && 'remedy' in error ? String(error.remedy) : '';
    channel.send({ t: 'failed', message, remedy, usage });
    await channel.drained();
    process.exitCode = 2;
  }
  socket.destroy();
}

void main();
