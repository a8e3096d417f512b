// mem and hotpages: the formats, and numbers that agree with each other and on every translator.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ATOMICS, runWith, SHA1, sameEverywhere, TIMER } from './run.ts';

const test = suite('mem and hotpages');

test('mem counts the same inline and by callback, loads and stores apart', async () => {
  const both = Number(/^mem accesses: (\d+)\n$/.exec(await sameEverywhere(SHA1, 'mem,inline=on', 'mem,callback'))![1]);
  const of = async (way: string): Promise<number> =>
    Number(/mem accesses: (\d+)\n$/.exec((await runWith(SHA1, [way])).log)![1]);
  assert.is((await of('mem,inline,track=r')) + (await of('mem,callback,track=w')), both);
  assert.is((await runWith(SHA1, ['mem,inline,compat=qemu'])).log, `inline mem accesses: ${both}\n`);
  assert.is((await runWith(SHA1, ['mem'])).log, '');
  assert.is((await runWith(SHA1, ['mem,callback,haddr'])).log, `mem accesses: ${both}\nio accesses: 0\n`);
});

test('mem refuses both ways of counting', async () => {
  try {
    await runWith(SHA1, ['mem,inline,callback']);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /can't enable inline and callback counting at the same time/);
  }
});

test('mem tells accesses to devices apart', async () => {
  const [, memory, io] = /^mem accesses: (\d+)\nio accesses: (\d+)\n$/.exec(
    await sameEverywhere(TIMER, 'mem,callback,haddr'),
  )!;
  const { log } = await runWith(TIMER, ['mem,inline']);
  assert.is(log, `mem accesses: ${Number(memory) + Number(io)}\n`);
  assert.ok(Number(io) > 100, `${io} accesses to devices`);
});

test('mem print-accesses: size in bits, value as wide as its size', async () => {
  const text = await sameEverywhere(ATOMICS, 'mem,print-accesses');
  const [head, ...lines] = text.trimEnd().split('\n');
  assert.is(head, 'insn_vaddr,insn_symbol,mem_vaddr,mem_hwaddr,access_size,access_type,mem_value');
  for (const line of lines) {
    const parts = /^0x[0-9a-f]+,[^,]*,0x[0-9a-f]+,0x0,(8|16|32|64),(load|store),0x([0-9a-f]+)$/.exec(line);
    assert.ok(parts, line);
    assert.is(4 * parts[3]!.length, Number(parts[1]), line);
  }
  const { log } = await runWith(ATOMICS, ['mem,inline']);
  assert.is(log, `mem accesses: ${lines.length}\n`);
});

test('mem region-summary: what the guest wrote itself reads back, what was there before does not', async () => {
  const text = await sameEverywhere(SHA1, 'mem,region-summary');
  const rows = [...text.matchAll(/^0x([0-9a-f]{16}), (\d+), (\d+), (true|false)$/gm)];
  assert.match(text, /^Warning: 0x[0-9a-f]{16}:\d read an un-instrumented value$/m);
  assert.match(text, /^Region Base, Reads, Writes, Seen all$/m);
  const sum = rows.reduce((total, [, , reads, writes]) => total + Number(reads) + Number(writes), 0);
  const { log } = await runWith(SHA1, ['mem,inline']);
  assert.is(log, `mem accesses: ${sum}\n`, 'no access of this program crosses a region');
  // Code and constants were loaded, not stored.
  assert.equal(rows[0]!.slice(3), ['0', 'false']);
});

test('hotpages: pages add up to the accesses; sorting and page size', async () => {
  const text = await sameEverywhere(SHA1, 'hotpages');
  const rows = [...text.matchAll(/^0x([0-9a-f]{16}), 0x([0-9a-f]{4}), (\d+), 0x([0-9a-f]{4}), (\d+)$/gm)];
  assert.is(text.split('\n')[0], 'Addr, RCPUs, Reads, WCPUs, Writes');
  assert.is(rows.length + 2, text.split('\n').length);
  const sum = rows.reduce((total, row) => total + Number(row[3]) + Number(row[5]), 0);
  assert.is((await runWith(SHA1, ['mem,inline'])).log, `mem accesses: ${sum}\n`);
  const addresses = async (args: string): Promise<string[]> =>
    [...(await runWith(SHA1, [`hotpages,${args}`])).log.matchAll(/^0x([0-9a-f]+)/gm)].map(([, address]) => address!);
  assert.equal(await addresses('sortby=address'), ['0000004000800000', '0000000000010000']);
  assert.is((await addresses('pagesize=64')).length > 10, true);
  assert.is((await addresses('compat=qemu')).length, rows.length - 1);
});

test('hotpages on a board: io shows devices only', async () => {
  const io = await sameEverywhere(TIMER, 'hotpages,io=on');
  assert.match(io, /^0x0000000010000000, 0x0001, \d+, 0x0001, \d+$/m);
  assert.not.match(io, /^0x00000000800/m);
  assert.match((await runWith(TIMER, ['hotpages'])).log, /^0x0000000080\d{6}, /m);
});

test.run();
