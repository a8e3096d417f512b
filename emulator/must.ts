// Broken invariants. A guest trap is a value, a user's mistake is a UsageError; what `must` throws is a bug of ours.

/** Throws when an invariant of the program does not hold. Always on: the conditions document the code. */
export function must(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal error: ${message}`);
}

/** A mistake of the person at the command line. Caught only in `cli/`, printed as message and remedy, exit code 2. */
export class UsageError extends Error {
  readonly remedy: string;
  constructor(message: string, remedy = '') {
    super(message);
    this.name = 'UsageError';
    this.remedy = remedy;
  }
}
