// What this process is joined to, and what time it is. `process.stdout` and `performance` say so too, but to load what Node
// makes of them takes longer than many a guest runs.

import { fstatSync, statSync } from 'node:fs';

export function isTerminal(fd: 0 | 1 | 2): boolean {
  return process.getBuiltinModule('node:tty').isatty(fd);
}

/** Columns of the terminal that standard output or standard error is; `other` when it is none. */
export function columnsOf(fd: 1 | 2, other: number): number {
  if (!isTerminal(fd)) return other;
  // In two steps: the build sets the expression of one step to nothing for the sake of yargs (bundle.ts).
  const { stdout, stderr } = process;
  return (fd === 1 ? stdout : stderr).columns || other;
}

/** Standard input is a file of at most `limit` bytes, or what is always empty: nothing more will come. */
export function inputIsAtHand(limit: number): boolean {
  try {
    const input = fstatSync(0);
    return input.isFile()
      ? input.size <= limit
      : input.isCharacterDevice() && input.rdev === statSync('/dev/null').rdev;
  } catch {
    return false;
  }
}

/** Of a clock that is never set. */
export function milliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
