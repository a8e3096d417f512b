// How tests say that something cannot be tested here: one line `SKIP name: reason`, which .ci/run counts as a failure
// where everything is installed.

/** Prints the line; the caller leaves the test out. */
export function skip(name: string, reason: string): void {
  console.log(`SKIP ${name}: ${reason}`);
}
