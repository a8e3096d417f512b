// `lockstep bisect` end to end: what it names, that what it proposes as a cure is one, its JSON and its exit codes.

import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { cli, start } from './cli.ts';

const programOf = (name: string) => scenarioPath(mutants.find((mutant) => mutant.name === name)!.program);

async function bisect(...args: string[]) {
  const { code, stdout, stderr } = await cli(['bisect', '--json', ...args]);
  return { code, stderr, found: JSON.parse(stdout) };
}

test('a wrong rewrite is named, and without it the two agree', async () => {
  const { code, found } = await bisect('--b', 'mutant:fold', programOf('fold'));
  assert.is(code, 1);
  assert.is(Object.keys(found)[0], 'schema');
  assert.equal([found.verdict, found.wrong, found.rest], ['found', 'b', 'none']);
  const [culprit] = found.culprits;
  assert.is(found.culprits.length, 1);
  assert.equal([culprit.side, culprit.pass, culprit.rule, culprit.pc], ['b', 'fold', 'fold', '0x10164']);
  assert.is(culprit.text, 'srl a3,a3,0x20');
  assert.match(culprit.id, /^[0-9a-f]{12}$/);
  assert.ok(found.trials <= 14, `${found.trials} trials`);
  assert.is(found.cure.b, `mutant:fold,without=${culprit.id}`);
  const cured = await cli(['run', '--json', '--a', found.cure.a, '--b', found.cure.b, programOf('fold')]);
  assert.is(JSON.parse(cured.stdout).verdict, 'same');
});

test('a rule that is wrong at several places is left out altogether', async () => {
  const { stdout, code } = await cli(['bisect', '--b', 'mutant:shift-mask', programOf('shift-mask')]);
  assert.is(code, 1);
  assert.match(
    stdout,
    /\npass `shift-mask`, rule `shift-mask`, applied at guest pc 0x101a4 \S+ \(`srlw a0,a0,a5`\) in block 0x1019a, makes a0 wrong, and again at 0x101b8 \S+ \(`sllw a0,a0,a5`\); without the rule the two agree to the end\.\n/,
  );
  assert.match(stdout, /next:\n.*\n.*--b mutant:shift-mask,\S*without=shift-mask\/shift-mask /);
});

test('the wrong side is told', async () => {
  const { found } = await bisect('--a', 'mutant:fold', '--b', 'old-tcg', programOf('fold'));
  assert.equal([found.wrong, found.culprits[0].side, found.culprits[0].rule], ['a', 'a', 'fold']);
});

test('decisions around translated code are changes too', async () => {
  for (const [name, rule] of [
    ['stale-code', 'invalidate'],
    ['wrong-link', 'link-target'],
  ] as const) {
    const { found } = await bisect('--b', `mutant:${name}`, programOf(name));
    assert.equal([found.verdict, found.wrong], ['found', 'b'], name);
    assert.equal([found.culprits[0].pass, found.culprits[0].rule], ['policy', rule], name);
  }
});

test('killed at any point, a search goes on: nothing is lost or tried twice', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-bisect-'));
  const path = join(directory, 'search.jsonl');
  const args = ['--no-capsule', '--b', 'mutant:stale-link', programOf('stale-link')];
  const lines = () => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []);
  try {
    const { found: whole } = await bisect(...args);
    // Killed when the journal has so many lines more; at last with half a line at its end.
    for (const [round, more] of [1, 4, 1, 7].entries()) {
      const how = round === 0 ? ['--journal', path] : ['--journal', path, '--resume'];
      const wanted = lines().length + more;
      const { child, ended } = start(['bisect', '--json', ...args, ...how]);
      while (child.exitCode === null && child.signalCode === null && lines().length < wanted) await sleep(5);
      child.kill('SIGKILL');
      await ended;
    }
    const kept = lines();
    appendFileSync(path, '{"t":"trial","ro');
    const { found } = await bisect(...args, '--journal', path, '--resume');
    assert.equal(lines().slice(0, kept.length), kept);
    const made = lines()
      .slice(1)
      .map((line) => JSON.parse(line))
      .map(({ t, round, kind, number }) => `${t} ${round} ${kind} ${number}`);
    assert.is(new Set(made).size, made.length, 'tried twice');
    assert.is(made.filter((line) => line.startsWith('trial')).length, whole.trials);
    const { seconds: _, ...rest } = found;
    const { seconds: __, ...expected } = whole;
    assert.equal(rest, expected);
    const other = await cli(['bisect', '--b', 'mutant:fold', programOf('fold'), '--journal', path, '--resume']);
    assert.is(other.code, 2);
    assert.match(other.stderr, /is of another bisection/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a recording says which program and translators', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-bisect-'));
  try {
    const path = join(directory, 'run.lsrec');
    await cli(['run', '--json', '--no-capsule', '--record', path, '--b', 'mutant:fold', programOf('fold')]);
    const { code, found } = await bisect('--no-capsule', path);
    assert.is(code, 1);
    assert.equal([found.culprits[0].rule, found.culprits[0].pc], ['fold', '0x10164']);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('what does not differ needs no bisection', async () => {
  const { code, found } = await bisect(programOf('fold'));
  assert.is(code, 0);
  assert.equal([found.verdict, found.culprits, found.cure], ['same', [], null]);
});

test('a misspelt change is a mistake', async () => {
  const { code, stderr } = await cli(['run', '--b', 'new-tcg,without=12', programOf('fold')]);
  assert.is(code, 2);
  assert.match(stderr, /without= takes the id of a change or PASS\/RULE, not "12"/);
});

test.run();
