// What ends a run without a result: a side that died, a peer that broke the protocol, an interruption. Told apart from
// a divergence (a result) and from a UsageError (the person's mistake). Exit code 2, or 130 for an interruption.

export class EngineError extends Error {
  readonly remedy: string;
  constructor(message: string, remedy = '') {
    super(message);
    this.name = 'EngineError';
    this.remedy = remedy;
  }
}

export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** An error as the protocol's `failed` carries it. By name: a module of mutants brings its own copy of the class. */
export function explain(error: unknown): { message: string; remedy: string; usage: boolean } {
  const { name, message = String(error), stack = message } = error instanceof Error ? error : {};
  const debug = process.env.LOCKSTEP_DEBUG !== undefined;
  if (name !== 'UsageError')
    return {
      message: debug ? stack : message,
      remedy: 'This is a bug of lockstep. LOCKSTEP_DEBUG=1 shows where it happened.',
      usage: false,
    };
  return { message, remedy: String((error as { remedy?: unknown }).remedy ?? ''), usage: true };
}
