// The exit codes of the command line, a contract with scripts. `emu` gives the guest's own code instead.

export const EXIT = { same: 0, diverged: 1, failure: 2, inconclusive: 3, interrupted: 130 } as const;

export function exitCodeOf(verdict: 'same' | 'diverged' | 'inconclusive'): number {
  return EXIT[verdict];
}

/** `git bisect run` takes 125 as "cannot tell" and any other code up to 127 as bad. */
export function forGitBisect(code: number): number {
  return code === EXIT.failure || code === EXIT.inconclusive ? 125 : code;
}
