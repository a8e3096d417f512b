// What a run of random sequences has exercised: executions of each decode row, IR ops of each kind before and after the
// passes, and grants of each rewrite rule. Machines under count translate as they would anyway: a counting pass stands
// at either end of the pipeline, and the change log records what it is asked.

import type { IrBlock } from '../ir/ir.ts';
import { STRIDE } from '../ir/ir.ts';
import { OPS } from '../ir/op.ts';
import type { ChangeOptions } from '../passes/change.ts';
import { passes } from '../passes/index.ts';
import type { Pass } from '../passes/pass.ts';
import type { Translator } from '../translators/translator.ts';
import { ROWS } from './rows.ts';

function opCounter(name: string, counts: Float64Array): Pass {
  return {
    name,
    summary: 'Counts ops.',
    rules: {},
    run(block: IrBlock) {
      const end = block.count * STRIDE;
      for (let at = 0; at < end; at += STRIDE) counts[block.ops[at]!]!++;
    },
  };
}

const table = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([, a], [, b]) => a - b)
    .map(([name, times]) => `${name} ${times}`)
    .join(', ');

export class Coverage {
  private readonly rows = new Map<string, number>(ROWS.map(({ name }) => [name, 0]));
  private readonly rules = new Map<string, number>(
    passes.flatMap(({ name, rules }) => Object.keys(rules).map((rule) => [`${name}/${rule}`, 0] as const)),
  );
  private readonly emitted = new Float64Array(OPS.length);
  private readonly optimised = new Float64Array(OPS.length);

  /** Adds executions of rows, by name. */
  executed(rows: readonly string[]): void {
    for (const row of rows) this.rows.set(row, this.rows.get(row)! + 1);
  }

  /** The translator, its ops counted. */
  counted(translator: Translator): Translator {
    const first = opCounter('count-emitted', this.emitted);
    const last = opCounter('count-optimised', this.optimised);
    return { ...translator, passes: [first, ...translator.passes, last] };
  }

  /** Counts the rewrites of a machine. */
  changeOptions(): ChangeOptions {
    return {
      record: ({ pass, rule, allowed }) => {
        const key = `${pass}/${rule}`;
        if (allowed) this.rules.set(key, (this.rules.get(key) ?? 0) + 1);
      },
    };
  }

  private ops(counts: Float64Array): Map<string, number> {
    return new Map(OPS.map(({ name }, n) => [name, counts[n]!]));
  }

  /** Everything counted, with how often: `row …`, `op …`, `rule …`. */
  private all(): [string, number][] {
    const either = this.ops(this.emitted.map((times, n) => times + this.optimised[n]!));
    return [
      ...[...this.rows].map(([name, times]): [string, number] => [`row ${name}`, times]),
      ...[...either].map(([name, times]): [string, number] => [`op ${name}`, times]),
      ...[...this.rules].map(([name, times]): [string, number] => [`rule ${name}`, times]),
    ];
  }

  met(): string[] {
    return this.all().flatMap(([name, times]) => (times > 0 ? [name] : []));
  }
  missed(): string[] {
    return this.all().flatMap(([name, times]) => (times > 0 ? [] : [name]));
  }
  possible(): string[] {
    return this.all().map(([name]) => name);
  }

  /** All counts, the rarest first. */
  report(): string {
    return [
      `executions of each decode row: ${table(this.rows)}`,
      `IR ops translated, as emitted: ${table(this.ops(this.emitted))}`,
      `IR ops translated, as optimised: ${table(this.ops(this.optimised))}`,
      `rewrites granted, by pass and rule: ${table(this.rules)}`,
    ].join('\n');
  }
}
