// execlog, syscall, traps, discons, stoptrigger, hwprofile and ips: what they print of a run and how they end it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hexdump } from '../../emulator/plugins/syscall.ts';
import { ATOMICS, runWith, SHA1, sameEverywhere, TIMER, TRANSLATORS, TRAPS } from './run.ts';

const test = suite('events');

test('execlog: a line an instruction, accesses behind it', async () => {
  const text = await sameEverywhere(ATOMICS, 'execlog');
  const lines = text.trimEnd().split('\n');
  const { icount } = await runWith(ATOMICS, []);
  assert.is(lines.length, icount);
  for (const line of lines)
    assert.match(line, /^0, 0x[0-9a-f]+, 0x[0-9a-f]+, "[^"]+"(, (load|store), 0x[0-9a-f]{8,})*$/);
  const accesses = text.match(/, (load|store), /g)!.length;
  assert.is((await runWith(ATOMICS, ['mem,inline'])).log, `mem accesses: ${accesses}\n`);
});

test('execlog: filters take what either names', async () => {
  const all = (await runWith(ATOMICS, ['execlog'])).log.trimEnd().split('\n');
  const first = /0x([0-9a-f]+)/.exec(all[0]!)![1]!;
  const { log } = await runWith(ATOMICS, [`execlog,ifilter=amo,ifilter=lr,afilter=0x${first}`]);
  const wanted = all.filter((line) => /"(amo|lr)/.test(line) || line.includes(` 0x${first},`));
  assert.ok(wanted.length > 5);
  assert.equal(log.trimEnd().split('\n'), wanted);
});

test('execlog: register changes follow from the instructions', async () => {
  const text = await sameEverywhere(ATOMICS, 'execlog,ifilter=add,reg=*', 'execlog,ifilter=add,reg=?*');
  const values = new Map<string, bigint>();
  let checked = 0;
  for (const line of (await runWith(ATOMICS, ['execlog,reg=*'])).log.split('\n')) {
    const before = new Map(values);
    for (const [, name, value] of line.matchAll(/, (\w+) -> 0x([0-9a-f]{16})/g))
      values.set(name!, BigInt(`0x${value}`));
    const add = /"add (\w+),(\w+),(\w+)"/.exec(line);
    if (!add || !before.has(add[2]!) || !before.has(add[3]!)) continue;
    const expected = BigInt.asUintN(64, before.get(add[2]!)! + before.get(add[3]!)!);
    assert.is(values.get(add[1]!), expected, line);
    checked++;
  }
  assert.ok(checked > 10 && text.includes(' -> '), `${checked} additions checked`);
  const { log } = await runWith(ATOMICS, ['execlog,reg=*,rdisas']);
  for (const line of log.split('\n').slice(0, 2000)) {
    const text = /"([^"]*)"/.exec(line)?.[1] ?? '';
    for (const [, name] of line.matchAll(/, (\w+) -> /g)) assert.ok(text.includes(name!), line);
  }
});

test('execlog: a register that does not exist is refused', async () => {
  try {
    await runWith(SHA1, ['execlog,reg=xmm*']);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /no register is named xmm\*/);
  }
});

test('syscall: counts, and prints each', async () => {
  assert.is(
    await sameEverywhere(SHA1, 'syscall'),
    'syscall no.  calls  errors\n64           6      0\n93           1      0\n',
  );
  const printed = await sameEverywhere(SHA1, 'syscall,print');
  assert.match(printed, /^syscall #64\nsyscall #64 returned -> 8\n/);
  assert.match(printed, /syscall #93\n$/);
  const dumped = (await runWith(SHA1, ['syscall,log_writes'])).log;
  assert.match(dumped, /^36 36 30 65 35 {2}66 35 61 {28}\| 660e5 f5a\n/);
});

test('hexdump: rows of sixteen', () => {
  const bytes = Uint8Array.from({ length: 20 }, (_, i) => 0x30 + i);
  assert.is(
    hexdump(bytes),
    '30 31 32 33 34  35 36 37 38  39 3a 3b 3c  3d 3e 3f  | 01234 5678 9:;< =>?\n' +
      '40 41 42 43                                         | @ABC\n',
  );
});

test('traps: what the guest itself counts', async () => {
  const text = await sameEverywhere(TIMER, 'traps');
  const [, interrupts, exceptions, hostcalls] =
    /^VCPU, interrupts, exceptions, hostcalls\n {3}0, (.{10}), (.{10}), (.{10})\n$/.exec(text)!.map(Number);
  assert.is(interrupts, 50, 'forty of the timer, ten from software');
  assert.equal([exceptions, hostcalls], [0, 0]);
  const traps = await runWith(TRAPS, ['traps']);
  assert.match(traps.log, /\n {3}0, {10}\d, {5,9}\d+, {10}0\n$/);
  assert.match((await runWith(SHA1, ['traps'])).log, /\n {3}0, {10}0, {10}0, {10}6\n$/);
});

test('discons: every discontinuity is where it says', async () => {
  for (const program of [TIMER, TRAPS]) {
    assert.is(await sameEverywhere(program, 'discons'), '');
    const { log, ended } = await runWith(program, ['discons,abort,trace-all']);
    assert.match(log, /^cpu 0: (interrupt|exception) from 0x[0-9a-f]+ to 0x[0-9a-f]+\n/);
    assert.equal(ended, { kind: 'exit', code: 0 });
  }
});

test('stoptrigger: after so many instructions, at an address, before it', async () => {
  const next = (await runWith(SHA1, ['execlog'])).log.split('\n')[1000]!.split(', ')[1];
  for (const translator of TRANSLATORS) {
    const counted = await runWith(SHA1, ['stoptrigger,icount=1000:7', 'insn,inline'], translator);
    assert.equal(counted.ended, { kind: 'exit', code: 7 });
    assert.is(
      counted.log,
      `icount reached at ${next}, exiting\ncpu 0 insns: 1001\ntotal insns: 1001\n`,
      `${translator}: as QEMU, the instruction stopped at has been begun`,
    );
    assert.is(counted.stdout, '');
    const at = await runWith(SHA1, ['stoptrigger,addr=0x102bc:3,addr=0x1:9'], translator);
    assert.equal([at.ended, at.log], [{ kind: 'exit', code: 3 }, '0x102bc reached, exiting\n']);
  }
  assert.is((await runWith(SHA1, ['stoptrigger,icount=100000000'])).log, '');
});

test('hwprofile: devices of the board', async () => {
  const text = await sameEverywhere(TIMER, 'hwprofile');
  assert.match(text, /^Device, Address, RCPUs, Reads, {2}WCPUs, Writes\n/);
  assert.match(text, /^uart16550, 0x10000000, 0x0001, \d+, 0x0001, \d+$/m);
  assert.match(text, /^clint, 0x2000000, 0x0001, \d+, 0x0001, \d+$/m, 'at the start of its window');
  const reads = (await runWith(TIMER, ['hwprofile,track=read,match=uart16550'])).log;
  assert.match(reads, /^Device, Address, RCPUs, Reads\nuart16550, 0x10000000, 0x0001, \d+\n$/);
  const pattern = (await runWith(TIMER, ['hwprofile,pattern,match=uart16550'])).log;
  assert.match(
    pattern,
    /^uart16550 @ 0x10000000\n {2}off:00000000, 0x0000, 0, 0x0001, \d+\n {2}off:00000005, 0x0001, \d+, 0x0000, 0\n$/,
  );
  const source = (await runWith(TIMER, ['hwprofile,source,track=write'])).log;
  assert.match(source, /^ {2}pc:800[0-9a-f]{5}, 0x0001, \d+$/m);
  try {
    await runWith(SHA1, ['hwprofile']);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /boards only/);
  }
});

test('ips: a guest that waits for a timer executes the fewer instructions the slower it is', async () => {
  const insns = async (rate: string): Promise<number> => (await runWith(TIMER, [`ips,ips=${rate},ipq=1000`])).icount;
  const [slow, fast] = [await insns('10m'), await insns('100m')];
  assert.ok(slow < fast, `${slow} at 10m, ${fast} at 100m`);
  const text = await sameEverywhere(TIMER, 'ips,ips=10m,ipq=1000');
  assert.is(text, '');
});

test.run();
