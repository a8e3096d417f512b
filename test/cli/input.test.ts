// The guest's standard input under `run` and `emu`: at once, late, never; and guests that do not end well.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioPath } from '../../scenarios/index.ts';
import { cli, start } from './cli.ts';
import { CAT, LOOP, WILD } from './guests.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-input-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
function guest(name: string, bytes: Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, bytes);
  return path;
}
const cat = guest('cat', CAT);
const wild = guest('wild', WILD);
const loop = guest('loop', LOOP);
const SHA1 = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
const ECHO = scenarioPath('scenarios/guests/bare/echo.elf');
const HELLO = scenarioPath('scenarios/guests/bare/hello.elf');

test('what is piped in reaches the guest, on processes and on boards', async () => {
  const emu = await cli(['emu', cat], {}, 'one\ntwo\n');
  assert.equal([emu.code, emu.stdout], [7, 'one\ntwo\n']);
  const run = await cli(['run', cat], {}, 'one\ntwo\n');
  assert.is(run.code, 0, run.stderr);
  assert.match(run.stdout, /^one\ntwo\nNo divergence :-\)\n.* guest exit code 7\n/);
  for (const command of ['emu', 'run'])
    assert.match((await cli([command, ECHO], {}, 'hello\n')).stdout, /^echo: HELLO/, command);
});

test('input that has ended is not said to be waited for, however late the process comes to hear of it', () => {
  const script = `import { readAllStdin } from ${JSON.stringify(new URL('../../cli/stdin.ts', import.meta.url).href)};
  const said = [];
  const all = readAllStdin((line) => said.push(line));
  // A machine with other things to do.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2300);
  console.log(JSON.stringify([(await all).length, ...said]));`;
  const { stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '-e', script], {
    input: 'abc',
    encoding: 'utf8',
  });
  assert.is(stdout, '[3]\n', stderr);
});

test('input that comes in pieces is the same for both sides', async () => {
  const running = start(['run', '--json', '--window', '16', cat], {}, null);
  for (const piece of ['a', 'bc\n', 'x'.repeat(200)]) {
    running.child.stdin!.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  running.child.stdin!.end();
  const { code, stdout, stderr } = await running.ended;
  assert.is(code, 0, stderr);
  assert.is(stderr, `abc\n${'x'.repeat(200)}`);
  assert.equal(JSON.parse(stdout).end, { kind: 'exit', code: 7, reason: null });
});

for (const command of ['run', 'emu'])
  test(`${command}: input that never ends is no matter to a guest that does not read it`, async () => {
    const running = start([command, SHA1], {}, null);
    const { code, stdout } = await running.ended;
    running.child.stdin!.destroy();
    assert.is(code, 0);
    assert.match(stdout, /^660e5f5a/);
  });

for (const command of ['run', 'emu'])
  test(`${command}: who waits for the end of the input is told so`, async () => {
    const running = start([command, HELLO], {}, null);
    await running.said('waiting for standard input to end');
    running.child.stdin!.end();
    const { code, stdout } = await running.ended;
    assert.is(code, 0);
    assert.match(stdout, /^Hello from bare metal\n/);
  });

test('a wild access names pc and address, once', async () => {
  const { code, stderr } = await cli(['emu', wild]);
  assert.is(code, 139);
  assert.match(stderr, /^lockstep: SIGSEGV at pc 0x10200.*: load from unmapped address 0x8\n$/);
});

test('a guest that never ends is stopped by the time or by the count', async () => {
  const emu = await cli(['emu', '--timeout', '0.2', loop]);
  assert.is(emu.code, 3);
  assert.match(emu.stderr, /^lockstep: the guest was stopped after \d+ instructions: its time is over\n$/);
  const counted = await cli(['emu', '--max-insns', '100000', loop]);
  assert.is(counted.code, 3);
  assert.is(counted.stderr, 'lockstep: the guest was stopped after 100000 instructions: that is --max-insns\n');
  const run = await cli(['run', '--timeout', '0.5', loop]);
  assert.is(run.code, 3);
  assert.match(run.stdout, /^INCONCLUSIVE\n/);
  assert.match(run.stdout, /next:\n {2}lockstep run .*--timeout 5 /);
  assert.match((await cli(['run', '--max-insns', '100000', loop])).stdout, /100,000 instructions, 1 window, /);
});

test('the programs of scenarios are found from anywhere', async () => {
  const { code, stdout } = await start(['run', 'scenarios/guests/nolibc/sha1-mini.elf'], {}, '', dir).ended;
  assert.is(code, 0);
  assert.match(stdout, /No divergence/);
});

test.run();
