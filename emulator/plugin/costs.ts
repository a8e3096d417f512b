// What plugins cost: how often each kind of callback ran and, with a clock handed in, for how long. The engine itself
// reads no host time.

export interface PluginCost {
  readonly plugin: string;
  readonly hook: string;
  readonly calls: number;
  /** 0 without a clock. Callbacks inside callbacks (services) count for both. */
  readonly milliseconds: number;
}

export class Costs {
  private readonly rows = new Map<string, { plugin: string; hook: string; calls: number; milliseconds: number }>();
  private readonly clock: (() => number) | undefined;

  /** `clock` gives milliseconds. */
  constructor(clock: (() => number) | undefined) {
    this.clock = clock;
  }

  /** Runs a callback and counts it. */
  run<T>(plugin: string, hook: string, use: () => T): T {
    const key = `${plugin}\0${hook}`;
    let row = this.rows.get(key);
    if (!row) {
      row = { plugin, hook, calls: 0, milliseconds: 0 };
      this.rows.set(key, row);
    }
    row.calls++;
    if (!this.clock) return use();
    const begin = this.clock();
    try {
      return use();
    } finally {
      row.milliseconds += this.clock() - begin;
    }
  }

  /** Dearest first; without a clock the most frequent. */
  list(): PluginCost[] {
    return [...this.rows.values()].sort((a, b) => b.milliseconds - a.milliseconds || b.calls - a.calls);
  }
}
