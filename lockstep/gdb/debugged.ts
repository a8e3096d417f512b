// Both sides of a run under debuggers, in a process of its own: a machine that does not come back keeps the command that
// waits from nothing. The process says now and then that it is there; one that no longer does is ended.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { moduleUrl } from '../../emulator/host-package.ts';
import { UsageError } from '../../emulator/index.ts';
import { EngineError } from '../engine-error.ts';
import { Silence } from '../silence.ts';
import type { DebuggedRun, FromDebugged, Served, ToDebugged } from './messages.ts';

/** Much longer than a machine is at work without a pause. */
const SILENCE_MS = 20_000;
const LAST_WORDS = 2000;

export interface Waiting {
  readonly signal?: AbortSignal | undefined;
  readonly silenceMs?: number;
  /** A debugger may come now. */
  serving(served: Served): void;
  say(line: string): void;
}

/** Resolves when each debugger has let its side go, or the signal fires. Rejects with UsageError or EngineError. */
export async function debugRun(debugged: DebuggedRun, waiting: Waiting): Promise<void> {
  const { signal, silenceMs = SILENCE_MS, serving, say } = waiting;
  if (signal?.aborted) return;
  const main = fileURLToPath(moduleUrl('lockstep/gdb/debugged-main', '.js'));
  const child = fork(main, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let words = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    words = (words + bytes.toString('utf8')).slice(-LAST_WORDS);
  });
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const over = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  const silence = new Silence(silenceMs, () => reject(hangs(debugged, silenceMs)));
  signal?.addEventListener('abort', resolve, { once: true });
  child.on('message', (message: FromDebugged) => {
    silence.heard();
    if (message.t === 'serving') serving(message.served);
    else if (message.t === 'says') say(message.line);
    else if (message.t === 'over') resolve();
    else if (message.t === 'failed') reject(errorOf(message));
  });
  child.once('error', reject);
  child.once('close', (code, killed) => {
    const how = killed ? `was killed (${killed})` : `died (exit code ${code})`;
    reject(new EngineError(`the process of the machines under gdb ${how}: ${words.trim()}`));
  });
  child.send({ t: 'begin', debugged, parent: process.pid } satisfies ToDebugged);
  try {
    await over;
  } finally {
    silence.stop();
    signal?.removeEventListener('abort', resolve);
    child.kill('SIGKILL');
  }
}

function hangs({ run: { a, b } }: DebuggedRun, silenceMs: number): EngineError {
  return new EngineError(
    `a machine under gdb has not come back for ${silenceMs / 1000} seconds, and was ended`,
    `${a} or ${b} takes that long for a block, or never ends. lockstep run without --gdb-a and --gdb-b tells which.`,
  );
}

function errorOf({ message, remedy, usage }: Extract<FromDebugged, { t: 'failed' }>): Error {
  return usage ? new UsageError(message, remedy) : new EngineError(message, remedy);
}
