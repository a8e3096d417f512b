// What plugins cost: how often each kind of callback ran and, with a clock handed in, for how long; and how many operations
// they have in each block's translated code, whose time is that of the code. The engine itself reads no host time.

import type { ExecCallback, MemCallback } from './api.ts';

export interface PluginCost {
  readonly plugin: string;
  readonly hook: string;
  readonly calls: number;
  /** 0 without a clock. What reading the clock takes is in it; callbacks inside callbacks (services) count for both. */
  readonly milliseconds: number;
}

/** Operations of a plugin in one block's translated code. */
export interface InlineCost {
  readonly plugin: string;
  readonly pc: number;
  readonly insns: number;
  readonly operations: number;
}

interface Row {
  readonly plugin: string;
  readonly hook: string;
  calls: number;
  milliseconds: number;
}

export class Costs {
  private readonly rows = new Map<string, Row>();
  private readonly blocks = new Map<string, InlineCost>();
  private readonly clock: (() => number) | undefined;

  /** `clock` gives milliseconds. */
  constructor(clock: (() => number) | undefined) {
    this.clock = clock;
  }

  private row(plugin: string, hook: string): Row {
    const key = `${plugin}\0${hook}`;
    const known = this.rows.get(key);
    if (known) return known;
    const row = { plugin, hook, calls: 0, milliseconds: 0 };
    this.rows.set(key, row);
    return row;
  }

  /** Runs a callback and counts it. */
  run<T>(plugin: string, hook: string, use: () => T): T {
    return this.measure(this.row(plugin, hook), use);
  }

  /** A callback of translated code that is counted. */
  counted(plugin: string, hook: string, use: ExecCallback | MemCallback): MemCallback {
    const row = this.row(plugin, hook);
    return (cpu, info, address) => this.measure(row, () => (use as MemCallback)(cpu, info, address));
  }

  private measure<T>(row: Row, use: () => T): T {
    row.calls++;
    const { clock } = this;
    if (!clock) return use();
    const begin = clock();
    try {
      return use();
    } finally {
      row.milliseconds += clock() - begin;
    }
  }

  /** The block's translation, the latest one, has so many operations of the plugin. */
  placed(block: InlineCost): void {
    this.blocks.set(`${block.plugin}\0${block.pc}\0${block.insns}`, block);
  }

  /** Dearest first; without a clock the most frequent. */
  list(): PluginCost[] {
    return [...this.rows.values()].sort((a, b) => b.milliseconds - a.milliseconds || b.calls - a.calls);
  }
  inline(): InlineCost[] {
    return [...this.blocks.values()];
  }
}
