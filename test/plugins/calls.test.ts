// Call traces: perfetto and uftrace tell the same calls, balanced and in order, on every translator; tenet's deltas are
// the run.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jumpKind } from '../../emulator/plugins/call-tracker.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { ATOMICS, runWith, TIMER, TRANSLATORS } from './run.ts';

const test = suite('calls and deltas');
const MUL128 = scenarioPath('scenarios/guests/nolibc/mul128.elf');
const dir = mkdtempSync(join(tmpdir(), 'lockstep-calls-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

interface TraceEvent {
  readonly ph: string;
  readonly tid: number;
  readonly ts: number;
  readonly name: string;
}

async function perfetto(program: string, translator: string): Promise<TraceEvent[]> {
  const path = join(dir, 'trace.json.gz');
  await runWith(program, [`perfetto,out=${path}`], translator);
  const { traceEvents } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as { traceEvents: TraceEvent[] };
  return traceEvents.filter(({ ph }) => ph !== 'M');
}

test('calls and returns are told from other jumps', () => {
  const words: readonly (readonly [number, number])[] = [
    [0x000000ef, 1], // jal ra
    [0x0000006f, 0], // j
    [0x000280e7, 1], // jalr ra,t0
    [0x00008067, 2], // ret
    [0x00078067, 0], // jr a5
    [0x8082, 2], // c.jr ra
    [0x8782, 0], // c.jr a5
    [0x9782, 1], // c.jalr a5
    [0x9002, 0], // c.ebreak
    [0x852e, 0], // c.mv
  ];
  for (const [word, kind] of words) assert.is(jumpKind(word), kind, word.toString(16));
});

test('perfetto: calls nest, by name, at the instruction they happen, the same on every translator', async () => {
  const texts = new Set<string>();
  for (const translator of TRANSLATORS) texts.add(JSON.stringify(await perfetto(MUL128, translator)));
  assert.is(texts.size, 1);
  const events = JSON.parse([...texts][0]!) as TraceEvent[];
  const stack: string[] = [];
  let before = 0;
  for (const { ph, name, ts } of events) {
    assert.ok(ts >= before);
    before = ts;
    if (ph === 'B') stack.push(name);
    else assert.is(stack.pop(), name);
  }
  assert.equal(stack, []);
  const called = (name: string): number => events.filter((event) => event.ph === 'B' && event.name === name).length;
  assert.is(called('high'), 100, 'as often as hotblocks has its entry');
  assert.equal([called('_start'), called('start_c')], [1, 1]);
  const { icount } = await runWith(MUL128, []);
  assert.is(Math.round(events.at(-1)!.ts * 1000), icount);
});

test('uftrace: the same calls as records, with the files uftrace wants', async () => {
  const events = await perfetto(MUL128, 'new-tcg');
  const out = join(dir, 'uftrace.data');
  await runWith(MUL128, [`uftrace,out=${out}`]);
  assert.equal(readdirSync(out).sort(), ['1000.dat', 'info', 'mul128.elf.sym', 'sid-0000000000000000.map', 'task.txt']);
  const data = readFileSync(join(out, '1000.dat'));
  assert.is(data.length, 16 * events.length);
  let depth = 0;
  events.forEach(({ ph, ts }, i) => {
    const word = data.readBigUInt64LE(16 * i + 8);
    if (ph === 'E') depth--;
    assert.is(Number(data.readBigUInt64LE(16 * i)), Math.round(ts * 1000));
    assert.equal([word & 3n, (word >> 3n) & 7n, (word >> 6n) & 1023n], [ph === 'B' ? 0n : 1n, 5n, BigInt(depth)]);
    if (ph === 'B') depth++;
  });
  assert.match(readFileSync(join(out, 'mul128.elf.sym'), 'utf8'), /^00000000000000e8 T _start$/m);
  assert.match(readFileSync(join(out, 'info'), 'latin1'), /^Ftrace!\0.*cmdline:\S*mul128\.elf\n/s);
});

test('uftrace on a board: a task each privilege level', async () => {
  const out = join(dir, 'board');
  await runWith(TIMER, [`uftrace,out=${out},trace-privilege-level`]);
  const tasks = readdirSync(out).filter((name) => name.endsWith('.dat'));
  assert.equal(tasks, ['1003.dat'], 'this program stays in machine mode');
});

test('tenet: a line an instruction; its deltas rebuild registers and memory', async () => {
  const out = join(dir, 'tenet');
  const texts = new Set<string>();
  for (const translator of TRANSLATORS) {
    await runWith(ATOMICS, [`tenet,out=${out}`], translator);
    texts.add(readFileSync(`${out}.0.log`, 'utf8'));
  }
  assert.is(texts.size, 1);
  const lines = [...texts][0]!.trimEnd().split('\n');
  assert.is(lines.length, (await runWith(ATOMICS, [])).icount);
  const log = (await runWith(ATOMICS, ['execlog,reg=*'])).log.trimEnd().split('\n');
  const mirror = new Map<bigint, string>();
  lines.forEach((line, i) => {
    assert.match(line, /^(\w+=0x[0-9a-f]+,)*pc=0x[0-9a-f]+(,m[rw]=0x[0-9a-f]+:([0-9a-f]{2})+)*$/);
    assert.is(/pc=(0x[0-9a-f]+)/.exec(line)![1], log[i]!.split(', ')[1]);
    for (const [, kind, at, bytes] of line.matchAll(/,m([rw])=(0x[0-9a-f]+):([0-9a-f]+)/g)) {
      bytes!.match(/../g)!.forEach((byte, n) => {
        const address = BigInt(at!) + BigInt(n);
        if (kind === 'r') assert.is(byte, mirror.get(address) ?? byte, line);
        mirror.set(address, byte);
      });
    }
  });
  assert.ok(mirror.size > 20);
});

test.run();
