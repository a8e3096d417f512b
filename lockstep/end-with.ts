// Sees to it that this process ends when the one that started it does, even if a module of the user's never returns.

import { Worker } from 'node:worker_threads';

const LOOK_MS = 250;

/** `parent`: the process to end with. Takes a thread, which takes its time to start. */
export function endWith(parent: number): void {
  const watch = `setInterval(() => process.ppid === ${parent} || process.kill(process.pid, 'SIGKILL'), ${LOOK_MS})`;
  new Worker(watch, { eval: true }).unref();
}
