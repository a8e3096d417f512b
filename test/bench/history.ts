// Figures kept in the repository: one line of JSON a bench run that a person chose to keep, and the table in the README
// made from the last one.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { scenarioPath } from '../../scenarios/host-paths.ts';

const HISTORY = scenarioPath('docs/bench-history.jsonl');
const README = scenarioPath('README.md');
const BEGIN = '<!-- bench -->';
const END = '<!-- /bench -->';

export interface Figure {
  readonly work: string;
  /** Instructions of the guest. */
  readonly insns: number;
  readonly against: string;
  /** Our time over the other's: median, least and most. */
  readonly ratio: { readonly median: number; readonly least: number; readonly most: number };
}

export interface Entry {
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  readonly runs: number;
  readonly figures: readonly Figure[];
}

/** Appends `entry` to the history and makes the README's table from it. */
export function keep(entry: Entry): void {
  appendFileSync(HISTORY, `${JSON.stringify(entry)}\n`);
  const readme = readFileSync(README, 'utf8');
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  writeFileSync(README, `${readme.slice(0, begin + BEGIN.length)}\n${readmeTable(entry)}${readme.slice(end)}`);
}

function readmeTable({ date, node, cpu, runs, figures }: Entry): string {
  const rows = figures.map(
    ({ work, insns, against, ratio }) =>
      `| ${work} | ${(insns / 1e6).toFixed(0)} M | ${against} | ${number(ratio.median)} | ${number(ratio.least)}–${number(ratio.most)} |`,
  );
  return [
    '| Work | Instructions | Against | Time ratio | Spread |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    `Whole processes from start to exit, medians of ${runs} alternating runs; ${date}, Node ${node}, ${cpu}.`,
    '',
  ].join('\n');
}

function number(value: number): string {
  return value.toFixed(value < 0.1 ? 4 : value < 10 ? 2 : 0);
}
