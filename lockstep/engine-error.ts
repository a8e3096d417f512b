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
