// With threads: each vCPU's share and the sums are the same on every translator, and agree between plugins.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { API_VERSION, STANDARD_PLUGINS } from '../../emulator/index.ts';
import { buildGuests, guestsMissing } from '../conformance/qemu.ts';
import { skip } from '../support/skip.ts';
import { runWith, TRANSLATORS } from './run.ts';

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

  /** Every standard plugin that goes with processes, with what it has to be told; files go to `dir`. */
  const every = (dir: string): readonly string[] => [
    ...['empty', 'bb,inline', 'insn,sizes,match=amo', 'mem,callback,region-summary', 'syscall', 'inline', 'reset'],
    ...['registers,print', 'traps', 'hotblocks,limit=0', 'hotpages', 'howvec,inline,count=!unclas', 'cflow'],
    ...[
      'execlog,ifilter=amo,reg=a*',
      'cache,cores=4,l2,limit=5',
      'stoptrigger,addr=0x10',
      'patch,target=ffffffff,patch=00000000',
    ],
    ...[`bbv,interval=5000,outfile=${dir}/bbv`, `drcov,filename=${dir}/drcov`],
    ...[`coverage,drcov=${dir}/coverage.drcov,lcov=${dir}/coverage.info`, `uftrace,out=${dir}/uftrace`],
    ...[`perfetto,out=${dir}/perfetto.gz`, `tenet,out=${dir}/tenet`, 'setpc,from=0x10,to=0x20'],
  ];
  const BOARDS = ['discons', 'hwprofile', 'ips'];

  /** The files that plugins have written, by name, as text. */
  function written(dir: string): Map<string, string> {
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return new Map(
      files
        .map(({ parentPath, name }): [string, string] => {
          const path = join(parentPath, name);
          const bytes = readFileSync(path);
          const text = name === 'perfetto.gz' ? gunzipSync(bytes) : bytes;
          return [relative(dir, path), text.toString('latin1').replaceAll(dir, 'DIR')];
        })
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  test('every standard plugin: the guest as it is without them, the same numbers on every translator', async () => {
    const plain = await runWith(program, []);
    const results = new Map<string, string>();
    const all = mkdtempSync(join(tmpdir(), 'lockstep-threads-'));
    try {
      const names = new Set(every(all).map((request) => request.split(',')[0]!));
      assert.equal([...names, ...BOARDS].sort(), Object.keys(STANDARD_PLUGINS).sort(), 'none is left out');
      for (const [n, translator] of ['tci', 'old-tcg', 'new-tcg,hot=2'].entries()) {
        const dir = join(all, String(n));
        mkdirSync(dir);
        const { log, stdout, ended, icount, warnings } = await runWith(program, every(dir), translator);
        assert.equal(
          { stdout, ended, icount },
          { stdout: plain.stdout, ended: plain.ended, icount: plain.icount },
          translator,
        );
        assert.equal(warnings, [], translator);
        const told: readonly (readonly [string, string])[] = [['log', log.replaceAll(dir, 'DIR')], ...written(dir)];
        assert.ok(told.length > 10, 'files are written');
        for (const [what, text] of told) {
          assert.ok(text.length > 0, what);
          const before = results.get(what);
          if (before === undefined && n === 0) results.set(what, text);
          else assert.is(text, before, `${what} on ${translator}`);
        }
      }
    } finally {
      rmSync(all, { recursive: true });
    }
  });

  test('a thread that waits on a futex is not idle: that is said of harts', async () => {
    const FUTEX = 98;
    const lives = new Set<string>();
    for (const translator of TRANSLATORS) {
      const waiting: number[] = [];
      const heard: string[] = [];
      let waits = 0;
      await runWith(
        program,
        [
          {
            name: 'lives',
            apiVersion: API_VERSION,
            install(api) {
              const at = (what: string) => (cpu: number) => heard.push(`${api.machine.icount} ${what} ${cpu}`);
              api.onVcpuInit(at('init'));
              api.onVcpuExit(at('exit'));
              api.onVcpuIdle(at('idle'));
              api.onVcpuResume(at('resume'));
              api.onSyscall((cpu, { number, args }) => {
                // FUTEX_WAIT, private or not.
                if (number === FUTEX && (args[1]! & 0x7fn) === 0n) waiting.push(cpu);
              });
              api.onSyscallReturn((cpu, { number }) => {
                const index = number === FUTEX ? waiting.lastIndexOf(cpu) : -1;
                if (index < 0) return;
                waiting.splice(index, 1);
                waits++;
              });
            },
          },
        ],
        translator,
      );
      assert.ok(waits > 0, 'threads have waited, and gone on');
      for (const line of heard) assert.match(line, /^\d+ (init|exit) \d+$/);
      assert.ok(heard.filter((line) => line.includes('init')).length > 1);
      lives.add(heard.join('\n'));
    }
    assert.is(lives.size, 1, 'at the same instructions everywhere');
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
