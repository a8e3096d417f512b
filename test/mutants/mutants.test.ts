// Every mutant on its small program, against old-tcg: found at the exact block, with the wrong side on B and, for some, on
// A; for some under skew. Programs name the place of each mutant themselves: a symbol at_NAME.

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hex, parseElf } from '../../emulator/index.ts';
import { DEFAULT_WINDOW } from '../../lockstep/index.ts';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import type { Mutant } from '../../scenarios/scenario.ts';
import { firstBad } from './oracle.ts';
import { bisect, compare, inTurn, type Pair } from './pair.ts';

/** Kinds that a test of a few should hold: one of a pass, one of a lowering, one of a policy, paths and data. */
const SOME = ['fold', 'branch-equal', 'partial-store', 'lost-flags', 'stale-link', 'late-signal'];
const some: readonly Mutant[] = mutants.filter(({ name }) => SOME.includes(name));

/** Trials of a search for one culprit; each place where a rule is wrong is searched for by itself. */
const MOST_TRIALS = 14;

/** Mistakes that are made once, and only where several instructions are translated together. */
const WHOLE = ['fold-carry', 'forward-alias'];

/** What is wrong with what a comparison found of the mutant; empty when it is found at its block. */
async function missed(
  { name, program, args, expect }: Mutant,
  pair: Omit<Pair, 'program' | 'args'>,
): Promise<string[]> {
  const { report } = await compare({ program, args, ...pair });
  const found = [report.verdict, report.class, report.kind, report.at?.pc].join(' ');
  const wanted = ['diverged', 'real', expect.kind, hex(expect.pc)].join(' ');
  if (found !== wanted) return [`${name} (${pair.a}, ${pair.b}): found ${found}, wanted ${wanted}`];
  return report.registers.length + report.memory.length > 0 || report.event ? [] : [`${name}: nothing differs`];
}

test('a program that has a place for a mutant is where the mutant says it is', () => {
  let places = 0;
  for (const program of new Set(mutants.map((mutant) => mutant.program))) {
    const { symbols } = parseElf(readFileSync(scenarioPath(program)));
    const marked = symbols.filter(({ name }) => name.startsWith('at_')).map(({ addr }) => Number(addr));
    if (marked.length === 0) continue;
    const claimed = mutants.filter((mutant) => mutant.program === program).map(({ expect }) => expect.pc);
    for (const pc of claimed) assert.ok(marked.includes(pc), `${program}: ${hex(pc)}`);
    for (const pc of marked) assert.ok(claimed.includes(pc), `${program}: nobody fails at ${hex(pc)}`);
    places += marked.length;
  }
  assert.ok(places > 30);
});

test('there are enough, and each names where its idea is from', () => {
  assert.ok(mutants.length >= 40, String(mutants.length));
  for (const { name } of mutants) {
    const [header = ''] = readFileSync(scenarioPath(`scenarios/mutants/${name}.ts`), 'utf8').split('\n\n');
    assert.match(header, /Real\W+ones?:/, name);
  }
});

test('every mutant is found at its block', async () => {
  const wrong = await inTurn(mutants, (mutant) => missed(mutant, { a: 'old-tcg', b: `mutant:${mutant.name}` }));
  assert.equal(wrong.flat(), []);
});

test('the change that is wrong is named, in few trials', async () => {
  const wrong = await inTurn(some, async ({ name, program, args, expect: { culprit } }) => {
    const { culprits, rest, trials } = await bisect({ program, args, a: 'old-tcg', b: `mutant:${name}` });
    const found = culprits.map(({ side, pass, rule, pc }) => `${side} ${pass}/${rule} ${hex(pc)}`);
    const wanted = `B ${culprit.pass}/${culprit.rule} ${hex(culprit.pc)}`;
    const searches = culprits.flatMap(({ again }) => [name, ...again]).length;
    return found.join() === wanted && rest === 'none' && trials <= MOST_TRIALS * searches
      ? []
      : [`${name}: ${found} in ${trials}, ${rest}`];
  });
  assert.equal(wrong.flat(), []);
});

test('a rule that is wrong at a second place is named there too', async () => {
  const { name, program, args, expect } = mutants.find((mutant) => mutant.name === 'stale-link')!;
  const { culprits, cure, runs } = await bisect({ program, args, a: 'old-tcg', b: `mutant:${name}` });
  const [{ pc, text, again }] = culprits as [(typeof culprits)[number]];
  // Two blocks that jump into one that is patched; the second begins where the crossing instruction's page does.
  assert.equal([hex(pc), text], [hex(expect.culprit.pc), 'add a0,a0,1']);
  assert.equal(
    again.map((place) => [hex(place.pc), place.text]),
    [['0x40000ffa', 'add a0,a0,1']],
  );
  assert.equal([cure.B.at(-1), runs], ['without=policy/unlink', 3]);
});

test('two that are wrong at once are both named', async () => {
  const [one, other] = ['fold-carry', 'branch-equal'].map((name) => mutants.find((mutant) => mutant.name === name)!);
  const { culprits, rest, wrong } = await bisect({
    program: one!.program,
    args: one!.args,
    a: `mutant:${one!.name}`,
    b: `mutant:${other!.name}`,
  });
  const rules = culprits.map(({ side, rule }) => `${side} ${rule}`).sort();
  assert.equal([rules, rest, wrong], [['A fold-carry', 'B branch-equal'], 'none', 'both']);
});

test('two on the same side are both named, whatever kinds they are of', async () => {
  const pairs = [
    ['fold-carry', 'branch-equal'],
    ['div-overflow', 'high-product'],
    ['lui-sign', 'fold-arithmetic-shift'],
    ['crossing-code', 'stale-link'],
  ];
  const wrong = await inTurn(pairs, async (names) => {
    const both = names.map((name) => mutants.find((mutant) => mutant.name === name)!);
    const { program, args } = both[0]!;
    const found = await bisect({ program, args, a: 'old-tcg', b: `mutant:${names.join('+')}` });
    const rules = found.culprits.map(({ side, pass, rule }) => `${side} ${pass}/${rule}`).sort();
    const wanted = both.map(({ expect: { culprit } }) => `B ${culprit.pass}/${culprit.rule}`).sort();
    return rules.join() === wanted.join() && found.rest === 'none' ? [] : [`${names}: ${rules}, ${found.rest}`];
  });
  assert.equal(wrong.flat(), []);
});

test('a window that ends in the block that is wrong does not hide it', async () => {
  const cases: { mutant: Mutant; window: number }[] = [];
  for (const mutant of mutants.filter(({ name }) => WHOLE.includes(name))) {
    const { name, program, args, expect } = mutant;
    const bad = await firstBad(program, args, ['old-tcg', `mutant:${name}`], DEFAULT_WINDOW, DEFAULT_WINDOW);
    assert.is(bad?.pc, expect.pc);
    // Cut there, neither part of the block would be wrong.
    for (const begun of [1, 2]) cases.push({ mutant, window: bad!.icount + begun });
  }
  const wrong = await inTurn(cases, ({ mutant, window }) =>
    missed(mutant, { a: 'old-tcg', b: `mutant:${mutant.name}`, window }),
  );
  assert.equal(wrong.flat(), []);
});

test('a mistake of compiled code alone is found where the end of a window has it interpreted once', async () => {
  const mutant = mutants.find(({ name }) => name === 'entry-load')!;
  const { name, program, args } = mutant;
  const bad = await firstBad(program, args, ['old-tcg', `mutant:${name}`], DEFAULT_WINDOW, DEFAULT_WINDOW);
  // The last instructions of a window are interpreted: there the mistake is not made, and the next time it is.
  const windows = [0, 1, bad!.insns, 40].map((more) => bad!.icount + more);
  const wrong = await inTurn(windows, (window) => missed(mutant, { a: 'old-tcg', b: `mutant:${name}`, window }));
  assert.equal(wrong.flat(), []);
});

test('on the other side too', async () => {
  const wrong = await inTurn(some, (mutant) => missed(mutant, { a: `mutant:${mutant.name}`, b: 'old-tcg' }));
  assert.equal(wrong.flat(), []);
});

test('and when the sides cut blocks and regions differently', async () => {
  const skew = { a: 'old-tcg,max-insns=3', suffix: ',hot=16,region-blocks=5' };
  const wrong = await inTurn(some, (mutant) => missed(mutant, { a: skew.a, b: `mutant:${mutant.name}${skew.suffix}` }));
  assert.equal(wrong.flat(), []);
});

test.run();
