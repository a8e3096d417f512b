// The path digest: the same for one stream however it is cut into blocks and windows, another for another path.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PathDigest } from '../../lockstep/path-digest.ts';

const SEED = Number(process.env.LOCKSTEP_TEST_SEED ?? 7);

function random(seed: number): (below: number) => number {
  let x = seed | 0 || 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

/** Straight runs of code: where each begins and how many bytes it has. */
type Run = { readonly pc: number; readonly size: number };

function digests(runs: readonly Run[], cut: (size: number) => number[], windows: readonly number[]): bigint[] {
  const path = new PathDigest();
  const ids = new Map<string, number>();
  const records: number[] = [];
  const ends: number[] = [];
  runs.forEach((run, i) => {
    let pc = run.pc;
    for (const size of cut(run.size)) {
      const key = `${pc}/${size}`;
      let id = ids.get(key);
      if (id === undefined) {
        id = ids.size * 3;
        ids.set(key, id);
        path.define(id, pc, size);
      }
      records.push(id);
      pc += size;
    }
    if (windows.includes(i)) ends.push(records.length);
  });
  let from = 0;
  return ends.map((end) => {
    path.add(Uint32Array.from(records.slice(from, end)));
    from = end;
    return path.finish();
  });
}

test('cutting blocks differently changes nothing, at window ends neither', () => {
  const next = random(SEED);
  const runs = Array.from({ length: 5000 }, () => ({
    pc: (next(2) ? 0x10000 : -0x80000000) + 4 * next(60000),
    size: 4 * (1 + next(40)),
  }));
  const windows = [999, 2500, 4999];
  const whole = digests(runs, (size) => [size], windows);
  const pieces = digests(
    runs,
    (size) => {
      const cuts: number[] = [];
      for (let left = size; left > 0; left -= cuts.at(-1)!) cuts.push(Math.min(left, 4 * (1 + next(8))));
      return cuts;
    },
    windows,
  );
  assert.equal(pieces, whole, `seed ${SEED}`);
});

test('any other transfer changes it: target, high half, order, one more', () => {
  const base = [
    { pc: 0x10000, size: 16 },
    { pc: 0x20000, size: 16 },
    { pc: 0x30000, size: 16 },
  ];
  const of = (runs: readonly Run[]) => digests(runs, (size) => [size], [runs.length - 1])[0];
  const reference = of(base);
  const others = [
    base.map((run, i) => (i === 1 ? { ...run, pc: run.pc + 4 } : run)),
    base.map((run, i) => (i === 1 ? { ...run, pc: run.pc + 2 ** 32 } : run)),
    [base[1]!, base[0]!, base[2]!],
    [...base, base[0]!],
    [...base, base[2]!],
  ];
  const seen = new Set([reference, ...others.map(of)]);
  assert.is(seen.size, others.length + 1);
});

test('block numbers may grow far beyond the first table', () => {
  const path = new PathDigest();
  path.define(1_000_000, 0x10000, 4);
  path.define(3, 0x10000, 4);
  path.add(Uint32Array.of(3, 3));
  const small = path.finish();
  path.restore([0, -1]);
  path.add(Uint32Array.of(1_000_000, 1_000_000));
  assert.is(path.finish(), small);
});

test.run();
