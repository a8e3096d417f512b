// Timing of whole processes, medians with their spread, ratios, and a table for people. Used by the bench only.

import { spawnSync } from 'node:child_process';

/** Seconds. */
export interface Series {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Wall time of one run in seconds, in an environment with nothing but PATH. Throws when the command fails. */
export function timeCommand(command: readonly string[]): number {
  const [file, ...args] = command;
  const begin = process.hrtime.bigint();
  const result = spawnSync(file!, args, {
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: 600_000,
  });
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  if (result.error) throw result.error;
  if (result.status !== 0)
    throw new Error(`${command.join(' ')} ended with ${result.status ?? result.signal}:\n${result.stderr}`);
  return seconds;
}

export function summarise(seconds: readonly number[]): Series {
  const sorted = [...seconds].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return { median, least: sorted[0]!, most: sorted[sorted.length - 1]! };
}

/** Ratio of the medians; the spread pairs the extremes that are farthest apart. */
export function ratio(a: Series, b: Series): { median: number; least: number; most: number; text: string } {
  const median = a.median / b.median;
  const least = a.least / b.most;
  const most = a.most / b.least;
  return { median, least, most, text: `${fixed(median)} (${fixed(least)}–${fixed(most)})` };
}

function fixed(value: number): string {
  return value.toFixed(value < 0.1 ? 4 : 2);
}

export function show(series: Series): string {
  return `${series.median.toFixed(3)} s (${series.least.toFixed(3)}–${series.most.toFixed(3)})`;
}

/** Columns padded to their widest cell. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
