// Borrows the terminal: raw keys, the alternate screen, no cursor. Gives it back however the process goes on or ends: on
// quit, exit, crash, SIGTERM, SIGHUP, and while it is stopped by ^Z.

import { writeSync } from 'node:fs';
import type { ReadStream } from 'node:tty';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[0m\x1b[?25h\x1b[?1049l';

export interface Terminal {
  write(text: string): void;
  suspend(): void;
  close(): void;
}

export interface TerminalEvents {
  data(text: string): void;
  /** Everything must be painted again. */
  resumed(): void;
  /** A signal wants the process to end; the terminal is as it was. */
  killed(signal: NodeJS.Signals): void;
}

export function openTerminal(stdin: ReadStream, fd: number, events: TerminalEvents): Terminal {
  let borrowed = false;
  const write = (text: string) => {
    if (borrowed) writeAll(fd, text);
  };
  const enter = () => {
    stdin.setRawMode(true);
    borrowed = true;
    write(ENTER);
  };
  const leave = () => {
    if (!borrowed) return;
    write(LEAVE);
    borrowed = false;
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal is gone: nobody is left to mind.
    }
  };
  const stop = () => {
    leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  // As the terminal itself does it: all that is in the foreground, so also whoever has started this process and waits for it.
  const suspend = () => {
    leave();
    process.kill(0, 'SIGTSTP');
  };
  const resume = () => {
    enter();
    events.resumed();
  };
  const data = (text: string) => events.data(text);
  const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;
  const kill = (signal: NodeJS.Signals) => {
    leave();
    events.killed(signal);
  };
  process.prependListener('uncaughtException', leave);
  process.on('exit', leave);
  process.on('SIGCONT', resume);
  process.on('SIGTSTP', stop);
  for (const signal of signals) process.prependListener(signal, kill);
  stdin.setEncoding('utf8');
  stdin.on('data', data);
  stdin.resume();
  enter();
  return {
    write,
    suspend,
    close() {
      leave();
      stdin.off('data', data);
      stdin.pause();
      process.off('uncaughtException', leave);
      process.off('exit', leave);
      process.off('SIGCONT', resume);
      process.off('SIGTSTP', stop);
      for (const signal of signals) process.off(signal, kill);
    },
  };
}

const RETRY_MS = 1;

/** A terminal that is slow takes a piece at a time; one that is gone takes nothing. */
function writeAll(fd: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
