// A short soak finds nothing; with a translator that has a bug it finds it, and says how to see it again.

import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioPath } from '../../scenarios/host-paths.ts';

const test = suite('soak');
const KINDS = ['sequences', 'float', 'helpers', 'programs', 'guests', 'sessions'];

function soak(...args: string[]): { code: number | null; text: string } {
  const main = scenarioPath('test/soak/main.ts');
  const run = spawnSync(process.execPath, ['--import', 'tsx', main, ...args], { encoding: 'utf8' });
  return { code: run.status, text: run.stdout + run.stderr };
}

test('half a minute of everything: no disagreement', () => {
  const { code, text } = soak('--minutes', '0.5', '--seed', process.env.LOCKSTEP_SEED ?? '1');
  assert.is(code, 0, text);
  assert.match(text, 'no disagreement');
  for (const kind of KINDS)
    assert.match(text, new RegExp(`^(SKIP ${kind}|${kind} .*[1-9]\\d* (seq|oper|prog|runs|sess))`, 'm'));
  console.log(
    text
      .split('\n')
      .slice(0, KINDS.length + 1)
      .join('\n'),
  );
});

test('a bug is found, shrunk, and found again by the command that is printed', () => {
  const { code, text } = soak('--minutes', '2', '--seed', '1', '--mutant', 'shift-mask');
  assert.is(code, 1, text);
  const [, only, at] = /npm run soak -- --only (\S+) --at=(-?\d+) --mutant shift-mask/.exec(text) ?? [];
  assert.ok(only !== undefined && at !== undefined, text);
  const again = soak('--only', only!, `--at=${at}`, '--mutant', 'shift-mask');
  assert.is(again.code, 1, again.text);
  assert.match(again.text, `DISAGREEMENT in ${only}, seed ${at}`);
});

test('what cannot be understood is refused', () => {
  assert.is(soak('--only', 'nothing').code, 2);
  assert.is(soak('--minutes', 'x').code, 2);
  assert.is(soak('--mutant', 'x').code, 2);
});

test.run();
