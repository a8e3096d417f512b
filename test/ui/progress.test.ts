// The progress line: what it says, how often, and that it leaves no trace.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wantsColor } from '../../ui/color.ts';
import { createProgress, progressText, shortCount } from '../../ui/progress.ts';

function at(icount: number) {
  return { A: { icount, windows: 12 }, B: { icount: icount / 2, windows: 11 } };
}

test('counts in three digits', () => {
  const pairs = [0, 987, 999, 1000, 12345, 99949, 99950, 999499, 999500, 1e6, 4.1e8, 1.234e9, 5e13].map(shortCount);
  assert.equal(pairs, [
    '0',
    '987',
    '999',
    '1.00 k',
    '12.3 k',
    '99.9 k',
    '100 k',
    '999 k',
    '1.00 M',
    '1.00 M',
    '410 M',
    '1.23 G',
    '50.0 T',
  ]);
});

test('the line fits the terminal', () => {
  const text = progressText(at(4e8), { A: 4.1e8, B: 0 }, 80);
  assert.is(text, 'A 400 M  410 M/s │ B 200 M  … │ 11 windows');
  assert.is(progressText(at(4e8), { A: 4.1e8, B: 0 }, 20).length, 19);
});

test('drawn at most ten times a second, with speeds after a second, and erased', () => {
  let time = 0;
  const written: string[] = [];
  const line = createProgress({ isTTY: true, columns: 80, write: (text) => written.push(text) }, () => time);
  line.update(at(0));
  line.update(at(1e6));
  assert.is(written.length, 1);
  time = 1500;
  line.update(at(3e8));
  assert.match(written[1]!, /A 300 M {2}200 M\/s/);
  line.erase();
  assert.is(written[2], '\r\x1b[2K');
  line.erase();
  assert.is(written.length, 3);
});

test('nothing at all without a terminal', () => {
  const line = createProgress({ isTTY: false, columns: 80, write: () => assert.unreachable() }, () => 0);
  line.update(at(1));
  line.erase();
});

test('colour: flag, then FORCE_COLOR, then NO_COLOR, then the terminal', () => {
  assert.is(wantsColor('always', { NO_COLOR: '1' }, false), true);
  assert.is(wantsColor('never', { FORCE_COLOR: '1' }, true), false);
  assert.is(wantsColor('auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false), true);
  assert.is(wantsColor('auto', { FORCE_COLOR: '0' }, true), false);
  assert.is(wantsColor('auto', { NO_COLOR: '1' }, true), false);
  assert.is(wantsColor('auto', { NO_COLOR: '' }, true), true);
  assert.is(wantsColor('auto', { TERM: 'dumb' }, true), false);
  assert.is(wantsColor('auto', {}, false), false);
});

test.run();
