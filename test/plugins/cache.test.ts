// cache: the model against a plain one, the columns as QEMU's, the same numbers on every translator.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CacheModel, checkShape } from '../../emulator/plugins/cache-model.ts';
import { Random, testSeed } from '../guest/random.ts';
import { runWith, SHA1, sameEverywhere, TIMER } from './run.ts';

const test = suite('cache');
const seed = testSeed();

test(`lru and fifo are what lists of blocks say (seed ${seed})`, () => {
  const random = new Random(seed);
  for (const eviction of ['lru', 'fifo'] as const) {
    for (const [ways, sets] of [
      [1, 8],
      [2, 4],
      [8, 2],
    ] as const) {
      const cache = new CacheModel({ blockSize: 16, ways, size: 16 * ways * sets }, eviction);
      const lists: number[][] = Array.from({ length: sets }, () => []);
      for (let n = 0; n < 3000; n++) {
        const address = random.below(16 * ways * sets * 4);
        const block = Math.floor(address / 16);
        const list = lists[block % sets]!;
        const at = list.indexOf(block);
        assert.is(cache.access(address), at >= 0, `${eviction} ${ways} ways, access ${n}`);
        if (at >= 0 && eviction === 'fifo') continue;
        if (at >= 0) list.splice(at, 1);
        list.push(block);
        if (list.length > ways) list.shift();
      }
    }
  }
});

test('random eviction is the same in every run and keeps what fits', () => {
  const run = (): number => {
    const cache = new CacheModel({ blockSize: 16, ways: 4, size: 256 }, 'rand');
    for (let n = 0; n < 4000; n++) cache.access(((n * 7919) % 97) * 16);
    return cache.misses;
  };
  assert.is(run(), run());
  const fits = new CacheModel({ blockSize: 16, ways: 4, size: 256 }, 'rand');
  for (let n = 0; n < 1000; n++) fits.access((n % 16) * 16);
  assert.is(fits.misses, 16);
});

test('shapes that cannot be are refused', () => {
  for (const [blockSize, ways, size] of [
    [48, 8, 16384],
    [64, 0, 16384],
    [64, 8, 1000],
    [64, 8, 64 * 8 * 3],
  ] as const)
    assert.throws(() => checkShape('data', { blockSize, ways, size }));
});

test('user mode: one fetch an instruction, one access an access, the same everywhere', async () => {
  const text = await sameEverywhere(SHA1, 'cache,limit=2,dcachesize=1024,icachesize=1024,l2=on');
  const { icount } = await runWith(SHA1, []);
  const lines = text.split('\n');
  assert.is(
    lines[0],
    'core #, data accesses, data misses, dmiss rate, insn accesses, insn misses, imiss rate, l2 accesses, l2 misses, l2 miss rate',
  );
  const row = /^0 {7}(\d+) +(\d+) +([\d.]+)% {2}(\d+) +(\d+) +([\d.]+)% {2}(\d+) +(\d+) +([\d.]+)%$/.exec(lines[1]!)!;
  const [data, dataMisses, , insns, insnMisses, , second] = row.slice(1).map(Number);
  assert.is(insns, icount);
  assert.is((await runWith(SHA1, ['mem,inline'])).log, `mem accesses: ${data}\n`);
  assert.is(second, dataMisses! + insnMisses!);
  assert.is(lines[1]!.indexOf('%'), 8 + 14 + 1 + 12 + 1 + 9);
  assert.equal(
    lines.filter((line) => line.startsWith('address')),
    ['address, data misses, instruction', 'address, fetch misses, instruction', 'address, L2 misses, instruction'],
  );
  assert.match(lines[4]!, /^0x[0-9a-f]+ \(start_c\), \d+, .+$/);
  assert.is(text.match(/^$/gm)!.length, 4, 'a blank line before each table, and the end');
});

test('cores: a row each and their sum; each vCPU has its own', async () => {
  const { log } = await runWith(SHA1, ['cache,cores=2,limit=1']);
  assert.match(log, /\n1 {7}0 {14}0 {15}0\.0000% {2}0 {14}0 {15}0\.0000%\nsum {5}\d+/);
});

test('on a board, devices are left out', async () => {
  const text = await sameEverywhere(TIMER, 'cache,limit=1');
  const data = Number(/\n0 {7}(\d+)/.exec(text)![1]);
  const { log } = await runWith(TIMER, ['mem,callback,haddr']);
  assert.is(Number(/^mem accesses: (\d+)/.exec(log)![1]), data);
});

test.run();
