// Writes a pattern table down as TypeScript: one function of nested switches that finds the row of a word and takes its
// fields apart. Translation decodes with it: nothing is built when the program starts, and a word costs a few jumps
// instead of a walk through tables. A test holds the text in the repository to the rows, and what it does to the table.

import type { PatternTable, Row } from './pattern.ts';

export interface DecoderSource<R extends Row> {
  readonly table: PatternTable<R>;
  /** Name of the function. */
  readonly name: string;
  /** Fields that are wanted, others are left out. */
  readonly fields: ReadonlySet<string>;
  /** What the function returns for a row. */
  readonly result: (index: number) => number;
}

/** The text of a function (word, f) that fills the fields of `f` and returns the row's result, or -1 for no row. */
export function decoderSource<R extends Row>({ table, name, fields, result }: DecoderSource<R>): string {
  const { data, root } = table.tree;
  const lines: string[] = [];
  const say = (depth: number, text: string): void => {
    lines.push('  '.repeat(depth) + text);
  };

  const leaf = (start: number, depth: number): void => {
    let at = start;
    for (let count = data[at++]!; count > 0; count--) {
      const row = data[at]!;
      const tests = [`(word & ${hex(data[at + 1]!)}) === ${hex(data[at + 2]!)}`];
      const exclusions = data[at + 3]!;
      at += 4;
      for (let i = 0; i < exclusions; i++, at += 2) tests.push(`(word & ${hex(data[at]!)}) !== ${hex(data[at + 1]!)}`);
      say(depth, `if (${tests.join(' && ')}) { // ${table.rows[row]!.name}`);
      for (const { field, value } of table.steps(row)) if (fields.has(field)) say(depth + 1, `f.${field} = ${value};`);
      say(depth + 1, `return ${result(row)};`);
      say(depth, '}');
    }
    say(depth, 'return -1;');
  };

  const node = (at: number, depth: number): void => {
    if (at < 0) {
      leaf(~at, depth);
      return;
    }
    const shift = data[at]!;
    const mask = data[at + 1]!;
    say(depth, `switch (${shift === 0 ? 'word' : `(word >>> ${shift})`} & ${mask}) {`);
    for (let i = 0; i <= mask; i++) {
      const below = data[at + 2 + i]!;
      if (below < 0 && data[~below] === 0) continue;
      say(depth + 1, `case ${i}:`);
      node(below, depth + 2);
    }
    say(depth + 1, 'default:');
    say(depth + 2, 'return -1;');
    say(depth, '}');
  };

  say(0, `export function ${name}(word: number, f: Fields): number {`);
  node(root, 1);
  say(0, '}');
  return `${lines.join('\n')}\n`;
}

function hex(value: number): string {
  return value < 0 ? String(value) : `0x${value.toString(16)}`;
}
