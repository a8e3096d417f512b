// `emu --profile` and what is kept between runs: the report names phases and blocks, the trace is one that viewers read,
// and the guest's run is the same with and without.

import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioPath } from '../../scenarios/index.ts';
import { cli, RUNS_BUILD } from './cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-profile-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const SHA1 = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');

test('the profile names phases, tiers and the hottest blocks, and the trace holds them', async () => {
  const plain = await cli(['emu', '--no-cache', SHA1]);
  const trace = join(dir, 'trace.json');
  const { code, stdout, stderr } = await cli(['emu', '--profile', '--profile-trace', trace, SHA1]);
  assert.equal([code, stdout], [plain.code, plain.stdout]);
  assert.match(stderr, /^profile: \d+ instructions in \d+ ms/);
  for (const row of ['make the machine', 'run the passes', 'encode for tier 0', 'translated code'])
    assert.match(stderr, new RegExp(`${row}.* \\d+\\.\\d +\\d+\\.\\d %`), row);
  const hottest = stderr.slice(stderr.indexOf('hottest blocks'));
  const shares = [...hottest.matchAll(/ ([\d.]+) %$/gm)].map((match) => Number(match[1]));
  assert.ok(shares.length > 3 && shares[0]! > 5, hottest);
  assert.equal(
    shares,
    shares.toSorted((a, b) => b - a),
  );
  assert.ok(shares.reduce((sum, share) => sum + share, 0) <= 100.5, 'no instruction is counted twice');

  const { traceEvents } = JSON.parse(readFileSync(trace, 'utf8')) as {
    traceEvents: { name: string; ph: string; ts: number; dur: number }[];
  };
  for (const name of ['boot', 'load', 'form', 'optimise', 'encode', 'code'])
    assert.ok(
      traceEvents.some((event) => event.name === name && event.ph === 'X' && event.dur >= 0),
      name,
    );
});

test('each plugin has its calls, times and operations, in the report and the trace', async () => {
  const trace = join(dir, 'plugins.json');
  const plugins = ['--plugin', 'bb,inline=on', '--plugin', 'insn', '--plugin', 'mem,callback=on'];
  const options = ['--profile', '--profile-trace', trace, '-d', 'plugin'];
  const { stderr } = await cli(['emu', ...options, ...plugins, SHA1]);
  const [, insns] = /^profile: (\d+) instructions/.exec(stderr.slice(stderr.indexOf('profile:')))!;
  const [, blocks] = /^Total: bb's: (\d+), insns: \d+$/m.exec(stderr)!;
  const [, accesses] = /^mem accesses: (\d+)$/m.exec(stderr)!;
  const row = (start: string): string[] => {
    const line = stderr.split('\n').find((text) => text.trimStart().replace(/ +/g, ' ').startsWith(start));
    assert.ok(line, `${start}\n${stderr}`);
    return line.trim().split(/ {2,}/);
  };
  // Two cells a block.
  assert.equal(row('bb inline operations').slice(1), ['inline operations', String(2 * Number(blocks)), 'in code']);
  assert.is(row('insn insn callback')[2], insns);
  assert.is(row('mem mem callback')[2], accesses);
  for (const plugin of ['bb', 'insn', 'mem']) {
    const [, , calls, ms, each, share] = row(`${plugin} tb_trans`);
    assert.ok(Number(calls) > 10 && Number(ms) >= 0 && Number(each) >= 0, plugin);
    assert.match(share!, /^\d+\.\d %$/);
    assert.is(row(`${plugin} atexit`)[2], '1');
  }
  assert.not.match(stderr, /^ {2}profile /m, 'what measures does not measure itself');
  const { otherData } = JSON.parse(readFileSync(trace, 'utf8')) as {
    otherData: { plugins: { plugin: string; what: string; calls: number; ms?: number }[] };
  };
  const traced = otherData.plugins.find(({ plugin, what }) => plugin === 'insn' && what === 'insn callback')!;
  assert.is(traced.calls, Number(insns));
  assert.ok(traced.ms! > 0);
  const { stderr: without } = await cli(['emu', '--profile', SHA1]);
  assert.not.match(without, /^plugins$/m);
});

test('a trace that cannot be written is said to be', async () => {
  const { code, stderr } = await cli(['emu', '--profile-trace', join(dir, 'missing', 'trace.json'), SHA1]);
  assert.is(code, 2);
  assert.match(stderr, /cannot write the trace .*ENOENT/);
});

/** How many blocks a file holds. */
const blocksIn = (file: Buffer): number => file.readInt32LE(40);

// From the sources there is no build whose translations could be told from those of another.
if (RUNS_BUILD) {
  test('blocks are kept between runs, may be damaged and deleted, and are not kept with --no-cache', async () => {
    const store = join(dir, 'store');
    const env = { LOCKSTEP_CACHE: store };
    const first = await cli(['emu', '--no-cache', SHA1], env);
    assert.ok(!existsSync(store), 'nothing is written with --no-cache');
    const look = async (why: string): Promise<string> => {
      const { code, stdout, stderr } = await cli(['emu', SHA1], env);
      assert.equal([code, stdout, stderr], [first.code, first.stdout, ''], why);
      const files = readdirSync(store);
      assert.is(files.length, 1, why);
      return join(store, files[0]!);
    };
    const file = await look('first run');
    // Where regions are there from the beginning, other blocks are left in their middle than in the first run.
    await look('second run');
    const blocks = readFileSync(file);
    await look('third run');
    // Machine code may be new: when V8 makes some is its own affair.
    assert.is(blocksIn(readFileSync(file)), blocksIn(blocks), 'no new block');
    chmodSync(file, 0o666);
    await look('anybody could have written it');
    assert.is(statSync(file).mode & 0o777, 0o600, 'written anew');
    writeFileSync(file, 'nonsense');
    await look('damaged');
    assert.ok(readFileSync(file).length > 1000, 'written anew');
    rmSync(store, { recursive: true });
    await look('deleted');
    const unwritable = join(file, 'not-a-directory');
    const { code, stdout, stderr } = await cli(['emu', SHA1], { LOCKSTEP_CACHE: unwritable });
    assert.equal([code, stdout, stderr], [first.code, first.stdout, ''], 'cannot be written');
  });

  test('run: each side keeps its blocks and uses them, where nothing but the path is watched', async () => {
    const store = join(dir, 'sides');
    const env = { LOCKSTEP_CACHE: store };
    const files = () => (existsSync(store) ? readdirSync(store).map((name) => join(store, name)) : []);
    const alone = await cli(['run', '--no-cache', SHA1], env);
    assert.is(alone.code, 0);
    const same = async (why: string): Promise<void> => {
      const { code, stdout, stderr } = await cli(['run', SHA1], env);
      assert.equal([code, stdout, stderr], [alone.code, alone.stdout, alone.stderr], why);
    };
    const found = async (...options: readonly string[]): Promise<unknown> => {
      const args = [
        'run',
        '--json',
        '--b',
        'mutant:fold',
        ...options,
        scenarioPath('scenarios/guests/nolibc/mul128.elf'),
      ];
      const { code, stdout } = await cli(args, env);
      assert.is(code, 1);
      return JSON.parse(stdout).at;
    };
    await cli(['run', '--stream', 'blocks', SHA1], env);
    const at = await found('--no-cache');
    assert.equal(files(), [], 'nothing is written with --no-cache, nor where every block is recorded');
    await same('first run');
    assert.is(files().length, 2, 'one of each side');
    await same('second run');
    const kept = files().map((file) => [file, blocksIn(readFileSync(file))]);
    await same('third run');
    assert.equal(
      files().map((file) => [file, blocksIn(readFileSync(file))]),
      kept,
      'no new block',
    );
    rmSync(files()[0]!);
    await same('one side translates');
    await cli(['emu', SHA1], env);
    assert.is(files().length, 3, 'without hooks it is other blocks');
    await same('after emu');
    // A agrees with itself first, so that there are blocks of the program; the mutant's are never kept.
    const program = scenarioPath('scenarios/guests/nolibc/mul128.elf');
    await cli(['run', '--a', 'old-tcg', '--b', 'old-tcg', program], env);
    assert.is(files().length, 4);
    assert.equal(await found(), at, 'a side with kept blocks finds the same');
    assert.is(files().length, 4, 'nothing of a mutant is kept');
  });
}

test.run();
