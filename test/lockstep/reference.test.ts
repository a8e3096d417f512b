// The translator `reference`: silent against every other one on programs of all kinds, sharp against wrong ones.

import { readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { reportText, runSession, type SessionOptions } from '../../lockstep/index.ts';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { sessionOf } from '../support/session.ts';

function against(b: string, program: string, args: readonly string[] = []): SessionOptions {
  return sessionOf(program, { a: 'reference', b }, [program, ...args]);
}

const programs = ['nolibc', 'bare'].flatMap((room) =>
  readdirSync(scenarioPath(`scenarios/guests/${room}`))
    .filter((name) => name.endsWith('.elf'))
    .map((name) => `scenarios/guests/${room}/${name}`),
);
/** One each, so that a program meets them in turn. */
const OTHERS = ['tci', 'old-tcg', 'new-tcg', 'new-tcg,hot=1,max-insns=3'];

for (const [n, program] of programs.entries()) {
  const other = OTHERS[n % OTHERS.length]!;
  test(`${program} against ${other}`, async () => {
    const report = await runSession(against(other, program));
    assert.is(report.verdict, 'same', report.summary);
    assert.is(report.class, other.includes('max-insns') && report.a.blocks !== report.b.blocks ? 'skew' : 'none');
    if (report.class === 'none') assert.is(report.a.blocks, report.b.blocks);
  });
}

for (const { name, program, args, expect } of mutants.slice(0, 6))
  test(`the mutant ${name} is found at its block`, async () => {
    const report = await runSession(against(`mutant:${name}`, program, args));
    assert.is(report.verdict, 'diverged');
    assert.is(report.at?.pc, `0x${expect.pc.toString(16)}`);
    assert.is(report.a.block?.ir, '');
    assert.ok(report.b.block?.ir);
  });

test('a third opinion says which side is wrong, whichever it is', async () => {
  const { program, args } = mutants.find(({ name }) => name === 'shift-mask')!;
  for (const [a, b, wrong] of [
    ['old-tcg', 'mutant:shift-mask', 'b'],
    ['mutant:shift-mask', 'new-tcg', 'a'],
  ] as const) {
    const report = await runSession({ ...against(b, program, args), a, c: 'reference' });
    assert.is(report.verdict, 'diverged');
    assert.is(report.third?.wrong, wrong);
    assert.is(report.third?.from, 'entry');
    assert.is(report.third?.agreesWithA, wrong === 'b');
    assert.is(report.third?.agreesWithB, wrong === 'a');
    assert.match(
      reportText(report, { color: false, width: 120 }),
      new RegExp(`^⚖ wrong: ${wrong}\\. reference agrees`, 'm'),
    );
  }
});

test('an error that both sides share is found by the third', async () => {
  const { program, args, expect } = mutants.find(({ name }) => name === 'fold')!;
  const both = { ...against('mutant:fold', program, args), a: 'mutant:fold' };
  assert.is((await runSession(both)).verdict, 'same');
  const report = await runSession({ ...both, c: 'reference' });
  assert.is(report.verdict, 'diverged');
  assert.is(report.at?.pc, `0x${expect.pc.toString(16)}`);
  assert.equal([report.a.translator, report.third?.wrong], ['reference', 'both']);
});

test('what the bad block alone does not show is asked for from the start of the guest', async () => {
  const { program, args } = mutants.find(({ name }) => name === 'stale-link')!;
  const report = await runSession({ ...against('mutant:stale-link', program, args), a: 'old-tcg', c: 'reference' });
  assert.equal([report.third?.from, report.third?.wrong], ['start', 'b']);
});

test('where all agree there is no opinion', async () => {
  const report = await runSession({ ...against('new-tcg', programs[0]!), c: 'reference' });
  assert.is(report.verdict, 'same');
  assert.is(report.third, undefined);
});

test.run();
