// From a word to its row: a tree of small tables in one Int32Array, built once from the rows' fixed bits. Each inner
// node switches on a run of bits that every row below it fixes, so that a word passes two or three look-ups and then
// at most a few mask-and-compare tests. No allocation in a look-up.

/** The words w with (w ^ match) & mask = 0. */
export interface Cube {
  readonly mask: number;
  readonly match: number;
}

/**
 * Inner node: shift, mask, then mask + 1 references. Leaf: count, then per candidate: row, mask, match, number of
 * exclusions, and the exclusions as mask, match. A reference is a node's index, or ~index of a leaf.
 */
export interface Tree {
  readonly data: Int32Array;
  readonly root: number;
}

const MAX_SWITCH_BITS = 8;
const LEAF_ROWS = 2;

/**
 * `meet` is called with the rows that end in the same leaf: rows that a word could both match are always among them,
 * because inner nodes only switch on bits that all rows below them fix.
 */
export function buildTree(
  cubes: readonly Cube[],
  exclusions: readonly (readonly Cube[])[],
  meet: (rows: readonly number[]) => void,
): Tree {
  const data: number[] = [];

  const leaf = (rows: readonly number[]): number => {
    if (rows.length > 1) meet(rows);
    const at = data.length;
    data.push(rows.length);
    for (const row of rows) {
      const cube = cubes[row]!;
      const without = exclusions[row]!;
      data.push(row, cube.mask, cube.match, without.length);
      for (const { mask, match } of without) data.push(mask, match);
    }
    return ~at;
  };

  const node = (rows: readonly number[], used: number): number => {
    if (rows.length <= LEAF_ROWS) return leaf(rows);
    let common = ~used;
    for (const row of rows) common &= cubes[row]!.mask;
    const best = bestSwitch(common, rows, cubes);
    if (!best) return leaf(rows);
    const { shift, mask } = best;
    const at = data.length;
    data.push(shift, mask);
    const below: number[][] = [];
    for (let i = 0; i <= mask; i++) {
      data.push(0);
      below.push([]);
    }
    for (const row of rows) below[(cubes[row]!.match >>> shift) & mask]!.push(row);
    for (let i = 0; i <= mask; i++) data[at + 2 + i] = node(below[i]!, used | (mask << shift));
    return at;
  };

  const root = node(
    cubes.map((_, row) => row),
    0,
  );
  return { data: Int32Array.from(data), root };
}

/** The run of bits of `common` that leaves the fewest rows together; undefined when none tells any rows apart. */
function bestSwitch(
  common: number,
  rows: readonly number[],
  cubes: readonly Cube[],
): { shift: number; mask: number } | undefined {
  let best: { shift: number; mask: number } | undefined;
  let bestLargest = rows.length;
  for (let shift = 0; shift < 32; shift++) {
    for (let bits = 1; bits <= MAX_SWITCH_BITS && shift + bits <= 32 && (common >>> (shift + bits - 1)) & 1; bits++) {
      const mask = (1 << bits) - 1;
      const counts = new Int32Array(mask + 1);
      let largest = 0;
      for (const row of rows) {
        const value = (cubes[row]!.match >>> shift) & mask;
        const count = counts[value]! + 1;
        counts[value] = count;
        if (count > largest) largest = count;
      }
      if (largest < bestLargest) {
        bestLargest = largest;
        best = { shift, mask };
      }
    }
  }
  return best;
}

/** The row of `word`, or -1. */
export function findInTree(tree: Tree, word: number): number {
  const data = tree.data;
  let at = tree.root;
  while (at >= 0) at = data[at + 2 + ((word >>> data[at]!) & data[at + 1]!)]!;
  at = ~at;
  let count = data[at++]!;
  candidates: for (; count > 0; count--, at += 4 + data[at + 3]! * 2) {
    if ((word & data[at + 1]!) !== data[at + 2]!) continue;
    const end = at + 4 + data[at + 3]! * 2;
    for (let i = at + 4; i < end; i += 2) {
      if ((word & data[i]!) === data[i + 1]!) continue candidates;
    }
    return data[at]!;
  }
  return -1;
}
