// The small languages of the command line: plugin options, sizes, counts, words for a shell.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { forGitBisect } from '../../cli/exit-code.ts';
import { guestSpec, guestWords } from '../../cli/guest-options.ts';
import { parsePluginOptions } from '../../cli/plugin-option.ts';
import { commandLine } from '../../cli/shell.ts';
import { parseCount, parseSeconds, parseSize } from '../../cli/size.ts';

test('plugin options: QEMU’s forms', () => {
  assert.equal(parsePluginOptions(['bb,inline=on']), [{ file: 'bb', args: ['inline=on'] }]);
  assert.equal(parsePluginOptions(['file=./p.mjs,a=1,b']), [{ file: './p.mjs', args: ['a=1', 'b'] }]);
  assert.equal(parsePluginOptions(['bb,a=1', 'insn', 'bb,b=2']), [
    { file: 'bb', args: ['a=1', 'b=2'] },
    { file: 'insn', args: [] },
  ]);
  assert.equal(parsePluginOptions(['p,path=a,,b,c=d']), [{ file: 'p', args: ['path=a,b', 'c=d'] }]);
  assert.throws(() => parsePluginOptions([',a=1']), /names no plugin/);
});

test('counts and sizes', () => {
  assert.is(parseCount('1_000', '-x'), 1000);
  assert.is(parseCount('0x10', '-x'), 16);
  for (const wrong of ['', '-1', '1.5', '1e3', 'x', '9007199254740993'])
    assert.throws(() => parseCount(wrong, '-x'), /-x/);
  assert.throws(() => parseCount('0', '-x', 1), /from 1/);
  assert.is(parseSize('128', '-m'), 128 << 20);
  assert.is(parseSize('64k', '-m'), 65536);
  assert.is(parseSize('2G', '-m'), 2 ** 31);
  for (const wrong of ['0', 'M', '1T', '-1M']) assert.throws(() => parseSize(wrong, '-m'), /-m/);
  assert.is(parseSeconds('1.5', '--timeout'), 1.5);
  assert.equal(
    ['60s', '1.5m', '2h'].map((text) => parseSeconds(text, '--time')),
    [60, 90, 7200],
  );
  for (const wrong of ['0', '', 'x', '1e9', '0s', '5d', 's', '1000h'])
    assert.throws(() => parseSeconds(wrong, '--timeout'));
});

test('a guest written as words is read as the same guest', () => {
  const spec = guestSpec(
    {
      program: './p.elf',
      args: ['one'],
      '--': ['-x', "it's"],
      machine: 'user',
      memory: '64M',
      env: ['A=b c', 'HOME', 'NONE'],
    },
    { HOME: '/root' },
  );
  assert.equal(spec.argv, ['./p.elf', 'one', '-x', "it's"]);
  assert.equal(spec.env, ['A=b c', 'HOME=/root']);
  assert.is(
    commandLine(guestWords(spec)),
    "--machine user -m 65536k --env 'A=b c' --env HOME=/root ./p.elf -- one -x 'it'\\''s'",
  );
});

test('exit codes for git bisect', () => {
  assert.equal([0, 1, 2, 3, 130].map(forGitBisect), [0, 1, 125, 125, 130]);
});

test.run();
