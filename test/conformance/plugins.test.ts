// What plugins are told, event by event, against a real QEMU with a probe that writes raw events, of programs without
// and with the C library (of which QEMU answers two system calls for us: events.ts); and the numbers of
// hotblocks, hotpages, howvec, cache and execlog, computed again from QEMU's events by the plainest means.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Classifier } from '../../emulator/plugins/insn-classes.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { runWith } from '../plugins/run.ts';
import { skip } from '../support/skip.ts';
import { answersOf, cutAsQemu72, type Event, eventsPlugin, eventText, KIND, readEvents, STORE } from './events.ts';
import { buildGuests, buildProbe, guestsMissing, probesMissing, runUnderQemu } from './qemu.ts';

const NAMES = ['atomics', 'mul128', 'sha1-mini', 'samples', 'errno'];
/**
 * Programs of the C library, with arguments that keep them short. QEMU also ends blocks at what reads the floating-point
 * status: where that happens, `blocks` are left out.
 */
const LIBRARY_PROGRAMS = [
  { name: 'sha1-O2', args: ['5'], blocks: true },
  { name: 'crc-O2', args: ['1'], blocks: true },
  { name: 'sort-O2', args: ['30'], blocks: true },
  { name: 'setjmp-O2', args: [], blocks: false },
] as const;
const TRANSLATORS = ['tci', 'old-tcg', 'new-tcg,hot=2'];
const path = (name: string): string => scenarioPath(`scenarios/guests/nolibc/${name}.elf`);

const hex16 = (value: bigint): string => value.toString(16).padStart(16, '0');
const sortedLines = (lines: readonly string[]): string[] => [...lines].sort();
/** How often each key occurs. */
function tally<T>(items: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** Counts of hits and misses of a cache of 64-byte blocks, 8 ways and 16 KiB, blocks in lists from oldest to newest. */
function plainCache(addresses: readonly bigint[]): [accesses: number, misses: number] {
  const sets: bigint[][] = Array.from({ length: 32 }, () => []);
  let misses = 0;
  for (const address of addresses) {
    const block = address >> 6n;
    const set = sets[Number(block & 31n)]!;
    const at = set.indexOf(block);
    if (at >= 0) set.splice(at, 1);
    else misses++;
    set.push(block);
    if (set.length > 8) set.shift();
  }
  return [addresses.length, misses];
}

const missing = probesMissing();
const test = suite('plugins against QEMU');
if (missing !== undefined) skip('plugins against QEMU', missing);
else {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-plugins-'));
  test.after(() => rmSync(dir, { recursive: true, force: true }));
  const record = (program: string, args: readonly string[]): Event[] => {
    const file = join(dir, 'events');
    runUnderQemu(program, args, ['-plugin', `${buildProbe('events')},out=${file}`]);
    return readEvents(file);
  };
  const streams = new Map<string, Event[]>();
  const streamOf = (name: string): Event[] => {
    const events = streams.get(name) ?? record(path(name), []);
    streams.set(name, events);
    return events;
  };
  const same = (ours: readonly Event[], theirs: readonly Event[], where: string): void => {
    const at = theirs.findIndex((event, i) => ours[i] === undefined || eventText(event) !== eventText(ours[i]!));
    if (at >= 0) assert.is(ours[at] && eventText(ours[at]!), eventText(theirs[at]!), `${where}, event ${at}`);
    assert.is(ours.length, theirs.length, where);
  };

  for (const name of NAMES) {
    test(`${name}: blocks, instructions, accesses and system calls are QEMU's, event by event`, async () => {
      const theirs = streamOf(name);
      assert.ok(theirs.length > 100, `${theirs.length} events`);
      for (const translator of TRANSLATORS) {
        const ours: Event[] = [];
        await runWith(path(name), [eventsPlugin(ours)], translator);
        same(ours, theirs, translator);
      }
    });
  }

  const guests = guestsMissing();
  if (guests !== undefined) skip('programs of the C library against QEMU', guests);
  else
    for (const { name, args, blocks } of LIBRARY_PROGRAMS) {
      test(`${name}, with the C library: every event is QEMU's`, async () => {
        const program = join(buildGuests(), name);
        const theirs = record(program, args);
        assert.ok(theirs.length > 10_000, `${theirs.length} events`);
        for (const translator of TRANSLATORS) {
          const ours: Event[] = [];
          await runWith(program, [answersOf(theirs), eventsPlugin(ours)], translator, args);
          const kept = (events: readonly Event[]) => events.filter(({ kind }) => blocks || kind !== KIND.block);
          same(kept(cutAsQemu72(ours)), kept(theirs), translator);
        }
      });
    }

  const sha1 = 'sha1-mini';
  const of = (kind: number): Event[] => streamOf(sha1).filter((event) => event.kind === kind);
  const logOf = async (plugin: string): Promise<string> => (await runWith(path(sha1), [plugin])).log;

  test("hotblocks from QEMU's blocks", async () => {
    const counts = tally(of(KIND.block).map(({ a, size }) => `0x${hex16(a)}, 1, ${size}`));
    const rows = (await logOf('hotblocks,inline,limit=0')).trimEnd().split('\n').slice(2);
    assert.equal(sortedLines(rows), sortedLines([...counts].map(([block, count]) => `${block}, ${count}`)));
  });

  test("hotpages from QEMU's accesses", async () => {
    const count = (store: boolean): Map<bigint, number> =>
      tally(
        of(KIND.access)
          .filter(({ info }) => ((info & STORE) !== 0) === store)
          .map(({ a }) => a & ~4095n),
      );
    const [reads, writes] = [count(false), count(true)];
    const expected = [...new Set([...reads.keys(), ...writes.keys()])].map((page) => {
      const [r, w] = [reads.get(page) ?? 0, writes.get(page) ?? 0];
      return `0x${hex16(page)}, 0x000${r > 0 ? 1 : 0}, ${r}, 0x000${w > 0 ? 1 : 0}, ${w}`;
    });
    assert.equal(sortedLines((await logOf('hotpages')).trimEnd().split('\n').slice(1)), sortedLines(expected));
  });

  test("howvec from QEMU's instructions", async () => {
    const classifier = new Classifier('riscv64');
    const counts = tally(of(KIND.insn).map(({ word }) => classifier.find(word)));
    const expected = [...counts].map(
      ([row, count]) => `Class: ${classifier.rows[row]!.name.padEnd(24)}\t(${count} hits)`,
    );
    const rows = (await logOf('howvec,inline,count=!unclas')).match(/^Class: .* hits\)$/gm)!;
    assert.equal(sortedLines(rows), sortedLines(expected));
    const words = tally(of(KIND.insn).map(({ word }) => word.toString(16).padStart(8, '0')));
    for (const [, hits, word] of (await logOf('howvec,compat=qemu')).matchAll(
      /\((\d+) hits\)\t\(op=0x([0-9a-f]{8})/g,
    )) {
      // QEMU shows what was in the buffer before in the upper half of short ones.
      if ((Number(`0x${word}`) & 3) === 3) assert.is(Number(hits), words.get(word!), word);
    }
  });

  test("cache from QEMU's instructions and accesses", async () => {
    const data = plainCache(of(KIND.access).map(({ a }) => a));
    const insns = plainCache(of(KIND.insn).map(({ a }) => a));
    const row = /\n0 {7}(\d+) +(\d+) +[\d.]+% {2}(\d+) +(\d+) /
      .exec(await logOf('cache'))!
      .slice(1)
      .map(Number);
    assert.equal(row, [...data, ...insns]);
  });

  test("execlog from QEMU's instructions and accesses", async () => {
    const expected: string[] = [];
    for (const { kind, word, a, info } of streamOf(sha1)) {
      if (kind === KIND.insn) expected.push(`0, 0x${a.toString(16)}, 0x${word.toString(16)}`);
      if (kind === KIND.access)
        expected[expected.length - 1] += `, ${info & STORE ? 'store' : 'load'}, 0x${a.toString(16).padStart(8, '0')}`;
    }
    const lines = (await logOf('execlog')).trimEnd().split('\n');
    assert.is(lines.length, expected.length);
    lines.forEach((line, i) => {
      if (line.replace(/, "[^"]*"/, '') !== expected[i]) assert.is(line, expected[i], `line ${i}`);
    });
  });
}
test.run();
