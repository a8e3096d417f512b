// Results of `run` and `emu`: exit codes, what goes to which stream, the JSON, interruption.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { cli, start } from './cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-run-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

const SHA1 = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
const EXIT42 = scenarioPath('scenarios/guests/bare/exit42.elf');
const FOLD = mutants.find(({ name }) => name === 'fold')!;

test('run: the same is 0, the report on standard output after the guest’s own', async () => {
  const { code, stdout, stderr } = await cli(['run', SHA1]);
  assert.is(code, 0);
  assert.match(
    stdout,
    /^660e5f5a66bfbc2936fbe1ff35061816c4db184f\nNo divergence :-\)\nold-tcg ⇄ new-tcg: 234,030 instr/,
  );
  assert.match(stdout, /next:\n {2}lockstep run --a tci /);
  assert.is(stderr, '', 'no progress where there is no terminal');
});

test('run --json: one object, the guest’s output apart', async () => {
  const { code, stdout, stderr } = await cli(['run', '--json', '--b', 'mutant:fold', scenarioPath(FOLD.program)]);
  assert.is(code, 1);
  const report = JSON.parse(stdout);
  assert.is(Object.keys(report)[0], 'schema');
  assert.is(report.verdict, 'diverged');
  assert.is(report.at.pc, `0x${FOLD.expect.pc.toString(16)}`);
  assert.ok(report.next[0].startsWith('lockstep emu --translator mutant:fold --max-insns '));
  assert.not.match(stderr, /diverg/i);
  const same = await cli(['run', '--json', SHA1]);
  assert.is(JSON.parse(same.stdout).verdict, 'same');
  assert.is(same.stderr, '660e5f5a66bfbc2936fbe1ff35061816c4db184f\n');
});

test('of a run whose one side cannot start nothing of the guest is heard', async () => {
  const { code, stdout, stderr } = await cli(['run', '--b', 'new-tcg,nonsense', SHA1]);
  assert.equal([code, stdout], [2, '']);
  assert.match(stderr, /nonsense/);
});

test('of an option given twice the last counts', async () => {
  const { stdout } = await cli([
    'run',
    '--json',
    '--b',
    'tci',
    '--b',
    'old-tcg',
    '--max-insns',
    '5',
    '--max-insns',
    '100',
    SHA1,
  ]);
  const report = JSON.parse(stdout);
  assert.equal([report.b.translator, report.instructions], ['old-tcg', 100]);
});

test('run: the command it suggests shows the bad block', async () => {
  const { stdout } = await cli(['run', '--json', '--b', 'mutant:fold', scenarioPath(FOLD.program)]);
  const words = JSON.parse(stdout).next[0].split(' ').slice(1);
  const { code, stderr } = await cli(words);
  assert.is(code, 3);
  assert.match(stderr, FOLD.expect.pc.toString(16));
});

test('run: out of time is 3, and 125 for git bisect', async () => {
  assert.is((await cli(['run', '--timeout', '0.001', SHA1])).code, 3);
  assert.is((await cli(['run', '--timeout', '0.001', '--git-bisect', SHA1])).code, 125);
});

function instances(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return words.includes('instance-main') && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(dir);
    } catch {
      return false;
    }
  });
}

test('run: Ctrl-C is 130 and leaves no process', async () => {
  const serve = `--serve=${join(dir, 'socket')}`;
  const running = start(['run', '--window', '16', serve, SHA1], { LOCKSTEP_TEST_MARK: dir });
  // Before it has come so far, Ctrl-C ends it as it ends any process, which for a shell is 130 too.
  await running.said('watch it with');
  assert.is(instances().length, 2);
  running.child.kill('SIGINT');
  const { code, stderr } = await running.ended;
  assert.is(code, 130, stderr);
  assert.equal(instances(), []);
});

test('run: the processes that have been started in advance end with a command that does not need them', async () => {
  const env = { LOCKSTEP_TEST_MARK: dir };
  for (const args of [[join(dir, 'missing')], ['--no-such-option', SHA1], ['--machine', 'moon', SHA1]]) {
    assert.is((await cli(['run', ...args], env)).code, 2);
    for (let i = 0; i < 100 && instances().length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(instances(), [], args.join(' '));
  }
});

test('emu: the guest’s exit code, output and input are its own', async () => {
  assert.is((await cli(['emu', EXIT42])).code, 42);
  const { code, stdout } = await cli(['emu', SHA1]);
  assert.is(code, 0);
  assert.is(stdout, '660e5f5a66bfbc2936fbe1ff35061816c4db184f\n');
});

test('emu: plugins by name, by path and from the environment; their output under -d plugin', async () => {
  const path = join(dir, 'mine.mjs');
  writeFileSync(
    path,
    `export default { apiVersion: 7, install(api, args) { api.onAtexit(() => api.outs('mine ' + args.a + ' ' + args.b + '\\n')); } };`,
  );
  const { code, stderr } = await cli(
    ['emu', '-d', 'plugin', '--plugin', `${path},a=1`, '--plugin', `${path},b=2`, SHA1],
    { LOCKSTEP_PLUGIN: 'insn' },
  );
  assert.is(code, 0, stderr);
  assert.match(stderr, /^mine 1 2$/m);
  assert.match(stderr, /insns: 234030/);
});

test('emu: the log goes to a file', async () => {
  const path = join(dir, 'log');
  const { code, stderr } = await cli(['emu', '-d', 'in_asm,op,op_opt,out_asm', '-D', path, SHA1]);
  assert.is(code, 0);
  assert.is(stderr, '');
  assert.ok(existsSync(path));
  const log = readFileSync(path, 'utf8');
  assert.match(log, /10262/);
  assert.match(log, /\(module/);
});

test('emu: the instruction limit ends the run, and is not taken for an end of the guest', async () => {
  const { code, stdout, stderr } = await cli(['emu', '--max-insns', '1000', SHA1]);
  assert.is(code, 3);
  assert.is(stdout, '');
  assert.is(stderr, 'lockstep: the guest was stopped after 1000 instructions: that is --max-insns\n');
});

test.run();
