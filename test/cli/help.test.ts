// Help and lists.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OPTIONS } from '../../cli/mistakes.ts';
import { cli } from './cli.ts';

for (const args of [['--help'], ['run', '--help'], ['emu', '--help'], ['list', '--help']])
  test(`${args.join(' ')} begins with examples`, async () => {
    const { code, stdout, stderr } = await cli(args);
    assert.is(code, 0);
    assert.is(stderr, '');
    assert.match(stdout, /^Examples:\n {2}lockstep /);
    assert.match(stdout, /--help/);
    if (args.length === 1) assert.match(stdout, /0 same, 1 diverged, 2 usage or engine failure, 3 inconclusive/);
  });

test('the version', async () => {
  assert.match((await cli(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('completion prints a script and completes commands', async () => {
  assert.match((await cli(['completion'])).stdout, /lockstep/);
  assert.match((await cli(['--get-yargs-completions', 'lockstep', 'r'])).stdout, /run/);
  for (const [word, said] of [
    ['foo', '"foo" is one word too many'],
    ['--foo=1', 'unknown option --foo'],
  ] as const) {
    const { code, stdout, stderr } = await cli(['completion', word]);
    assert.equal([code, stdout], [2, ''], 'no script beside the complaint');
    assert.ok(stderr.includes(said), stderr);
  }
});

test('completion knows each command’s options and choices', async () => {
  const complete = async (...words: string[]) => (await cli(['--get-yargs-completions', 'lockstep', ...words])).stdout;
  assert.match(await complete('run', '--'), /--git-bisect/);
  assert.match(await complete('emu', '--'), /--plugin/);
  assert.match(await complete('list', ''), /mutants/);
  assert.match(await complete('run', '--stream', ''), /blocks/);
});

test('mistakes are explained with the options that there are', async () => {
  for (const [command, options] of Object.entries(OPTIONS)) {
    const { stdout } = await cli([command, '--help']);
    const shown = [...stdout.matchAll(/^ +(?:-\w, )?--?([\w-]+) /gm)].map(([, name]) => name!);
    const listed = shown.filter((name) => name !== 'help' && name !== 'version' && name !== 'h');
    assert.equal(listed.sort(), [...options].sort());
  }
});

test('-d help lists what can be logged', async () => {
  const { stdout, code } = await cli(['emu', '-d', 'help']);
  assert.is(code, 0);
  for (const item of ['in_asm', 'op', 'op_opt', 'out_asm', 'exec', 'int', 'plugin', 'nochain'])
    assert.match(stdout, item);
});

test('lists, for people and as JSON', async () => {
  for (const [what, name] of [
    ['translators', 'new-tcg'],
    ['plugins', 'lockstep'],
    ['mutants', 'fold'],
    ['scenarios', 'sha1-mini'],
  ] as const) {
    const text = await cli(['list', what]);
    assert.is(text.code, 0, text.stderr);
    assert.match(text.stdout, name);
    const rows = JSON.parse((await cli(['list', what, '--json'])).stdout);
    assert.ok(rows.length > 0);
    for (const row of rows) assert.type(row.name, 'string');
    if (what === 'mutants') for (const row of rows) assert.match(row.expect.pc, /^0x[0-9a-f]+$/);
  }
});

test.run();
