// `run --record` and `show`: every pane of a recording as text and as JSON, positions, and mistakes.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { cli } from './cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-show-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const FILE = join(dir, 'fold.lsrec');
const FOLD = mutants.find(({ name }) => name === 'fold')!;

const show = (...args: string[]) => cli(['show', FILE, ...args]);

test('run --record writes the file and says how to look at it', async () => {
  const { code, stdout } = await cli(['run', '--record', FILE, '--b', 'mutant:fold', scenarioPath(FOLD.program)]);
  assert.is(code, 1);
  assert.ok(stdout.includes(`lockstep inspect ${FILE}`), stdout);
  assert.is(new TextDecoder().decode(readFileSync(FILE).subarray(0, 8)), 'LOCKSTEP');
});

test('the panes show the difference', async () => {
  const { code, stdout } = await show();
  assert.is(code, 0);
  assert.match(stdout, /^▶≠ +78 00010164 srl a3,a3,0x20 +│ 00010164 srl a3,a3,0x20$/m);
  assert.match(stdout, /^ +high: +│ high:$/m);
  const expected: readonly (readonly [string, RegExp])[] = [
    ['regs', /^≠ a3 +00000000ffffffff ffffffffffffffff w:0$/m],
    ['memory', /^ {2}[0-9a-f]{8,} (-- |[0-9a-f]{2} ){15}/m],
    ['stack', /← sp$/m],
    ['events', /^ +64 syscall write/m],
    ['serial', /^≠ A sum .*\n≠ B sum /m],
    ['notes', /^Real data divergence in the block at 0x10162 \(high\)/],
    ['ir', /^ {4}insn_start 0 0x10162/m],
    ['iropt', /^≠ +mul a4, a5, a2 +│ +mul a4, a0, a1/m],
    ['wasm', /\(module/],
    [
      'bisect',
      /^● side B is wrong; 8 trials, [\d.]+ s\n≠ pass `fold` of side B, rule `fold`, applied at guest pc 0x10164/,
    ],
  ];
  for (const [pane, pattern] of expected) {
    const { stdout: text } = await show('--pane', pane);
    assert.match(text, pattern, pane);
  }
});

test('positions, and the same as JSON', async () => {
  const before = await show('--pane', 'regs', '--at', '-1');
  assert.not.match(before.stdout, /≠/, 'before the bad instruction all is the same');
  const { stdout } = await show('--pane', 'regs', '--at', 'first', '--json');
  const shown = JSON.parse(stdout);
  assert.is(shown.pane, 'regs');
  assert.is(shown.at, 78);
  const [a3] = shown.data;
  assert.equal([a3.name, a3.a, a3.b, a3.differs], ['a3', '0xffffffff', '0xffffffffffffffff', true]);
  const { data } = JSON.parse((await show('--pane', 'bisect', '--json')).stdout);
  assert.equal([data.status, data.vote.wrong, data.result.culprits[0].rule], ['done', 'b', 'fold']);
  assert.is(data.trials.length, data.result.trials);
  const end = JSON.parse((await show('--at', '100%', '--json')).stdout);
  assert.is(end.at, end.last);
});

test('mistakes', async () => {
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [['show'], /which recording\?/],
    [['show', join(dir, 'none')], /cannot read .*none: there is no such file/],
    [['show', FILE, '--at', 'nowhere'], /--at nowhere is no position/],
    [['show', FILE, '--pane', 'reggs'], /--pane cannot be "reggs"/],
    [['show', FILE, '--address', 'x'], /is no address/],
    [
      ['run', '--record', join(dir, 'no', 'f'), FOLD.program],
      /cannot write the recording .*: there is no such file or directory/,
    ],
  ];
  for (const [args, pattern] of wrong) {
    const { code, stderr } = await cli(args);
    assert.is(code, 2, args.join(' '));
    assert.match(stderr, pattern);
  }
  const half = join(dir, 'half.lsrec');
  copyFileSync(FILE, half);
  truncateSync(half, 1000);
  const { code, stderr } = await cli(['show', half]);
  assert.is(code, 2);
  assert.match(stderr, /is cut off: 1000 of \d+ bytes are there\nMake it again/);
});

test.run();
