// `lockstep bisect` end to end: what it names, that what it proposes as a cure is one, its JSON and its exit codes.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { cli } from './cli.ts';

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
    /\npass `shift-mask`, rule `shift-mask`, applied at guest pc 0x101a4 \S+ \(`srlw a0,a0,a5`\) in block 0x1019a, makes a0 wrong; without the rule the two agree to the end\.\n/,
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
