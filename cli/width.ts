// How wide a terminal standard output is.

/** Columns; `other` when it is no terminal. */
export function outputWidth(other: number): number {
  // In two steps: the build sets the expression of one step to nothing for the sake of yargs (bundle.ts).
  const { stdout } = process;
  return stdout.columns || other;
}
