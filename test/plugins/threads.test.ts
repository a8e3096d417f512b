// With threads: each vCPU's share and the sums are the same on every translator, and agree between plugins.

import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGuests, guestsMissing } from '../conformance/qemu.ts';
import { skip } from '../support/skip.ts';
import { runWith } from './run.ts';

const test = suite('plugins with threads');
const missing = guestsMissing();
if (missing !== undefined) skip('plugins with threads', missing);
else {
  const program = join(buildGuests(), 'threads-O2');

  test('instructions, classes, accesses, pages and caches', async () => {
    const others = 'cache,cores=4,limit=1 hotpages mem,inline';
    const ways = [`${others} howvec,inline,count=!unclas insn,inline`, `${others} howvec,count=!unclas insn`];
    const texts = new Set<string>();
    for (const [n, translator] of ['tci', 'old-tcg', 'new-tcg'].entries())
      texts.add((await runWith(program, ways[n % 2]!.split(' '), translator)).log);
    assert.is(texts.size, 1, [...texts].join('---\n'));
    const text = [...texts][0]!;
    const sum = (numbers: Iterable<RegExpMatchArray>): number =>
      [...numbers].reduce((total, [, number]) => total + Number(number), 0);
    const cpus = [...text.matchAll(/^cpu \d+ insns: (\d+)$/gm)];
    assert.ok(cpus.length > 1, 'several threads');
    const { icount } = await runWith(program, []);
    assert.is(sum(cpus), icount);
    assert.match(text, /^Class: A Atomic Swap\/Op {8}\t\([1-9]\d* hits\)$/m);

    const pages = [...text.matchAll(/^0x[0-9a-f]{16}, 0x([0-9a-f]+), \d+, 0x([0-9a-f]+), \d+$/gm)];
    const who = pages.reduce(
      (mask, [, readers, writers]) => mask | BigInt(`0x${readers}`) | BigInt(`0x${writers}`),
      0n,
    );
    assert.ok(who > 1n, 'several vCPUs access memory');
    const [, data, insns] = /^sum {5}(\d+) +\d+ +[\d.]+% {2}(\d+) /m.exec(text)!.map(Number);
    assert.is(insns, icount);
    assert.match(text, new RegExp(`^mem accesses: ${data}$`, 'm'));
  });

  test("the engine's own tests", async () => {
    const { stdout } = await runWith(program, []);
    for (const translator of ['tci', 'new-tcg'])
      for (const plugins of [['inline', 'registers', 'reset'], ['setpc']]) {
        const ran = await runWith(program, plugins, translator);
        const where = `${plugins} on ${translator}`;
        assert.equal(ran.warnings, [], where);
        assert.is(ran.stdout, stdout, where);
        if (plugins.includes('setpc')) assert.match(ran.log, /^set the pc \d{3,} times$/m, where);
        else {
          assert.match(ran.log, /^reset done\nuninstall done\nplugin exit$/m, where);
          assert.match(ran.log, /^cpu [1-9]: \d+ registers, \d+ read-only: ok$/m, where);
        }
      }
  });
}
test.run();
