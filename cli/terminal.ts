// What this process is joined to, and what time it is. `process.stdout` and `performance` say so too, but to load what Node
// makes of them takes longer than many a guest runs.

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

/** Of a clock that is never set. */
export function milliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
