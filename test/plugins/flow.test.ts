// cflow, bbv and drcov: what they say of blocks agrees with what was executed, on every translator.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FAULT, runWith, SHA1, sameEverywhere, TIMER, TRANSLATORS } from './run.ts';

const test = suite('cflow, bbv, drcov');
const dir = mkdtempSync(join(tmpdir(), 'lockstep-flow-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

test('cflow: ten nodes, most branches first, destinations add up', async () => {
  const text = await sameEverywhere(SHA1, 'cflow');
  assert.match(text, /^collected \d+ control flow nodes in the hash table\n/);
  const nodes = text.split(/^ {2}addr: /m).slice(1);
  assert.is(nodes.length, 10);
  let before = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    const branches = Number(/^ {4}branches (\d+)$/m.exec(node)![1]);
    const to = [...node.matchAll(/^ {6}to 0x[0-9a-f]+ \((\d+)\)$/gm)];
    assert.is(
      to.reduce((sum, [, count]) => sum + Number(count), 0),
      branches,
    );
    assert.ok(branches <= before);
    before = branches;
  }
  // The hottest is the loop's branch, taken as often as hotblocks has its target less the first time.
  assert.match(
    nodes[0]!,
    /^0x1026c start_c: bne s10,a5,0x10262 \(branch\)\n {4}branches 3150\n {6}to 0x10262 \(3150\)\n/,
  );
});

test('cflow: traps leave blocks early', async () => {
  const text = await sameEverywhere(TIMER, 'cflow,sort=early');
  assert.match(text, /^ {2}addr: 0x[0-9a-f]+ [^:]*: .* \((branch|sync fault)\)$/m);
  const { log } = await runWith(FAULT, ['cflow,sort=early']);
  assert.match(log, /\(sync fault\)\n {4}early exits \d+\n {4}branches \d+\n/);
});

test('bbv: each line has at least an interval; blocks weighted by their size', async () => {
  const texts = new Set<string>();
  for (const translator of TRANSLATORS) {
    await runWith(SHA1, [`bbv,outfile=${join(dir, 'v')},interval=10000`], translator);
    texts.add(readFileSync(join(dir, 'v.0.bb'), 'utf8'));
  }
  assert.is(texts.size, 1);
  const lines = [...texts][0]!.trimEnd().split('\n');
  const { icount } = await runWith(SHA1, []);
  assert.is(lines.length, Math.floor(icount / 10000));
  let sum = 0;
  for (const line of lines) {
    assert.match(line, /^T(:\d+:\d+ )*(:\d+:\d+ ?)?$/);
    const counts = [...line.matchAll(/:(\d+):(\d+)/g)].map(([, , count]) => Number(count));
    sum += counts.reduce((a, b) => a + b, 0);
  }
  assert.ok(sum <= icount && sum > icount - 10000 - 64, `${sum} of ${icount}`);
});

test('drcov: a record a block executed, at its offset', async () => {
  const path = join(dir, 'cover');
  for (const [args, base] of [
    ['', 0x10000],
    [',compat=qemu', 0],
  ] as const) {
    await runWith(SHA1, [`drcov,filename=${path}${args}`]);
    const bytes = readFileSync(path);
    const head = bytes.toString('latin1');
    const at = /^BB Table: (\d+) bbs\n/m.exec(head)!;
    assert.match(
      head,
      /^DRCOV VERSION: 2\nDRCOV FLAVOR: drcov-64\nModule Table: version 2, count 1\nColumns: id, base, end, entry, path\n0, 0x10000, 0x10490, 0x100e8, \/.*sha1-mini\.elf\nBB Table/,
    );
    const records = bytes.subarray(at.index + at[0].length);
    assert.is(records.length, 8 * Number(at[1]));
    const { log } = await runWith(SHA1, ['hotblocks,limit=0']);
    const executed = [...log.matchAll(/^0x([0-9a-f]{16}), \d+, (\d+), [1-9]\d*$/gm)].map(([, pc]) => Number(`0x${pc}`));
    const covered = Array.from({ length: records.length / 8 }, (_, i) => records.readUInt32LE(8 * i) + base);
    assert.equal(covered.sort(), executed.sort());
    for (let i = 0; i < covered.length; i++) assert.is(records.readUInt16LE(8 * i + 6), 0);
  }
});

test('a file that cannot be written is said before the run', async () => {
  try {
    await runWith(SHA1, ['drcov,filename=/proc/none/x']);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /plugin drcov cannot write \/proc\/none\/x/);
  }
});

test.run();
