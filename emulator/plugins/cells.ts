// Many counters, one a block or instruction, out of few scoreboards; and their order in reports.

import type { Cell, PluginApi } from '../plugin/api.ts';

const WORDS = 64;

/** A source of fresh zeroed cells. */
export function cellPool(api: Pick<PluginApi, 'scoreboard'>): () => Cell {
  let board = api.scoreboard(WORDS * 8);
  let used = 0;
  return () => {
    if (used === WORDS) {
      board = api.scoreboard(WORDS * 8);
      used = 0;
    }
    return board.u64(8 * used++);
  };
}

/** Sorts by a number, greatest first; equal ones keep their order. */
export function descending<T>(items: Iterable<T>, by: (item: T) => number | bigint): T[] {
  return [...items].sort((a, b) => {
    const [x, y] = [by(a), by(b)];
    return x === y ? 0 : x < y ? 1 : -1;
  });
}
