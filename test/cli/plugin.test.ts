// `lockstep plugin` and the options of `emu` that concern plugins: help, a new plugin that works, TypeScript as it is
// written, results as JSON, and what a plugin that throws does to the exit code.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadPluginFile, runPlugin } from '../../emulator/testing.ts';
import { scenarioPath } from '../../scenarios/index.ts';
import { RUNS_BUILD, start } from './cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-plugin-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const here = (...args: string[]) => start(args, {}, '', dir).ended;
const SHA1 = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');

test('plugin help shows the schema', async () => {
  const { code, stdout } = await here('plugin', 'help', 'hotblocks');
  assert.is(code, 0);
  assert.match(stdout, /^hotblocks: lists the blocks executed most often \(API version 7\)\n/);
  assert.match(
    stdout,
    /\n {2}inline=on\|off {2}count inside .* \(default off\)\n {2}limit=N +blocks to list, .* \(default 20\)\n/,
  );
  const lockstep = await here('plugin', 'help', 'lockstep');
  assert.match(lockstep.stdout, /\n {2}sockpath=TEXT +/);
  const unknown = await here('plugin', 'help', 'hotblock');
  assert.is(unknown.code, 2);
  assert.match(unknown.stderr, /unknown plugin "hotblock"\nDid you mean "?hotblocks/i);
});

test('plugin new writes a plugin and a test that work; nothing is overwritten', async () => {
  const made = await here('plugin', 'new', 'my-counter');
  assert.is(made.code, 0, made.stderr);
  const plugin = await loadPluginFile(join(dir, 'my-counter.ts'));
  assert.is(plugin.name, 'my-counter');
  const run = await runPlugin(plugin, [0x00013283, 0x00013283, 0x00812303], { args: ['match=ld'] });
  assert.is(run.output.split('\n')[0], 'ld: 2 executed, 16 bytes accessed');
  assert.match(readFileSync(join(dir, 'my-counter.test.mjs'), 'utf8'), /runPlugin\(plugin, PROGRAM/);

  if (RUNS_BUILD) {
    const tested = spawnSync(process.execPath, ['--test', 'my-counter.test.mjs'], { cwd: dir, encoding: 'utf8' });
    assert.is(tested.status, 0, tested.stdout);
    assert.match(tested.stdout, /^# pass 4$/m);
  }
  const help = await here('plugin', 'help', './my-counter.ts');
  assert.match(help.stdout, /^ {2}lockstep emu --plugin \.\/my-counter\.ts,… -d plugin PROGRAM$/m);

  const { code, stderr } = await here('emu', '--plugin', './my-counter.ts,match=lw,limit=1', '-d', 'plugin', SHA1);
  assert.is(code, 0, stderr);
  assert.is(stderr, 'lw: 18006 executed, 72024 bytes accessed\n  0x103d6 lw a0,0(a4): 3950\n');

  const again = await here('plugin', 'new', 'my-counter');
  assert.is(again.code, 2);
  assert.match(again.stderr, /my-counter\.ts is there already/);
  assert.is((await here('plugin', 'new', '../evil')).code, 2);
});

test('a TypeScript plugin may be of several files; a mistake in it is named with its line', async () => {
  writeFileSync(join(dir, 'part.ts'), "export const text: string = 'from a part\\n';\n");
  writeFileSync(
    join(dir, 'whole.ts'),
    "import { text } from './part.ts';\nexport default { apiVersion: 7, install(api: any) { api.onAtexit(() => api.outs(text)); } };\n",
  );
  const { code, stderr } = await here('emu', '--plugin', './whole.ts', '-d', 'plugin', SHA1);
  assert.is(code, 0, stderr);
  assert.is(stderr, 'from a part\n');
  writeFileSync(join(dir, 'broken.ts'), 'export default {\n  install( {\n};\n');
  const broken = await here('emu', '--plugin', './broken.ts', SHA1);
  assert.is(broken.code, 2);
  assert.match(broken.stderr, /the plugin \.\/broken\.ts cannot be loaded: .*broken\.ts:\d+: /);
});

test('--plugin-json: the data the text is made of', async () => {
  const file = join(dir, 'out.json');
  const { code, stderr } = await here(
    'emu',
    '--plugin',
    'bb,inline=on',
    '--plugin',
    'hotblocks,limit=1',
    '--plugin-json',
    file,
    '-d',
    'plugin',
    SHA1,
  );
  assert.is(code, 0, stderr);
  const json = JSON.parse(readFileSync(file, 'utf8'));
  assert.is(json.format, 1);
  assert.equal(json.failed, []);
  assert.equal(
    json.plugins.map(({ plugin }: { plugin: string }) => plugin),
    ['hotblocks', 'bb'],
    'last loaded first',
  );
  const [hot, bb] = json.plugins.map(({ results }: { results: unknown[] }) => results[0]);
  assert.is(bb.insns, 234030);
  assert.match(stderr, new RegExp(`Total: bb's: ${bb.blocks}, insns: ${bb.insns}\n`));
  assert.is(hot.blocks.length, 1);
  assert.ok(stderr.includes(`${hot.blocks[0].pc}, 1, ${hot.blocks[0].insns}, ${hot.blocks[0].count}\n`));
});

test('a plugin that throws: the guest ends as it would, the exit code says so; or the run ends there', async () => {
  writeFileSync(
    join(dir, 'bomb.mjs'),
    "export default { apiVersion: 7, install(api) { api.onTbTrans(() => { throw new Error('boom'); }); } };\n",
  );
  const on = await here('emu', '--plugin', './bomb.mjs', SHA1);
  assert.is(on.code, 2);
  assert.is(on.stdout, '660e5f5a66bfbc2936fbe1ff35061816c4db184f\n');
  assert.match(on.stderr, /^lockstep: plugin bomb failed in tb_trans for 0x[0-9a-f]+: boom; it has been removed\n$/);
  const off = await here('emu', '--plugin', './bomb.mjs', '--plugin-errors', 'fatal', SHA1);
  assert.is(off.code, 2);
  assert.is(off.stdout, '');
  assert.match(off.stderr, /^lockstep: plugin bomb failed in tb_trans for 0x[0-9a-f]+: boom\n--plugin-errors=remove /);
});

test.run();
