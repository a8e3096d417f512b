// The search for culprits against made-up translators: every set of culprits is found, minimal, within the trials that
// halving costs, also when leaving changes out makes the translator ask for other ones.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChangeRecord } from '../../../emulator/index.ts';
import { type Choice, chooser, inScope, suffixOf } from '../../../lockstep/bisect/choice.ts';
import { type FoundOnSides, type PairAsked, type PairTrial, searchSides } from '../../../lockstep/bisect/sides.ts';

const SEED = Number(process.env.LOCKSTEP_SEED ?? 20261125);

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function makeChanges(count: number, next: () => number): ChangeRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    id: Math.floor(next() * 2 ** 24) * 2 ** 24 + Math.floor(next() * 2 ** 24),
    pass: 'p',
    rule: `r${i}`,
    pc: 0x10000 + 4 * i,
    allowed: true,
  }));
}

/** Changes told of a trial; a machine tells more. */
const TOLD = 300;

/** A translator that asks for `asked` of what it may make; wrong when `wrong` says so of what it made. */
interface Toy {
  asked(choice: Choice): readonly ChangeRecord[];
  wrong(made: ReadonlySet<number>): boolean;
}

function judge(toy: Toy, choice: Choice) {
  const made = toy.asked(choice).filter(chooser(choice));
  const differs = toy.wrong(new Set(made.map(({ id }) => id)));
  const changes = made.filter((change) => inScope(choice, change));
  return { differs, changes: changes.slice(0, TOLD), complete: changes.length <= TOLD };
}

/** Two toys; they differ where the sets of what they do wrong differ. */
function runSides(
  a: Toy,
  b: Toy,
  scopes: readonly Choice['scope'][] = [null],
  asked: (what: PairAsked) => void = () => {},
): { found: FoundOnSides; trials: number } {
  const searching = searchSides(scopes);
  let step = searching.next();
  let trials = 0;
  const everything: Choice = { scope: null, made: [''], unmade: [] };
  while (!step.done) {
    trials++;
    assert.ok(trials < 2000, 'the search ends');
    const { choices } = step.value;
    const trial = { A: judge(a, choices.A ?? everything), B: judge(b, choices.B ?? everything) };
    const wrong = `${trial.A.differs && 'a'} ${trial.B.differs && 'b'}`;
    const result: PairTrial = { ...trial, differs: wrong !== 'false false' };
    asked(step.value);
    step = searching.next(result);
  }
  return { found: step.value, trials };
}

const sound = (list: readonly ChangeRecord[]): Toy => ({ asked: () => list, wrong: () => false });

/** One toy against one that does nothing wrong: what of its changes is to blame. */
function run(toy: Toy, ...scopes: readonly Choice['scope'][]) {
  const { found, trials } = runSides(sound([]), toy, scopes.length > 0 ? scopes : [null]);
  return { found: found.kind === 'culprits' ? { ...found, culprits: found.culprits.B } : found, trials };
}

const all = (list: readonly ChangeRecord[], culprits: readonly ChangeRecord[]): Toy => ({
  asked: () => list,
  wrong: (made) => culprits.every(({ id }) => made.has(id)),
});
const rulesOf = (changes: readonly ChangeRecord[]) => changes.map(({ rule }) => rule).sort();

test('an id ends in its suffixes', () => {
  assert.is(suffixOf(0b1011), `${'0'.repeat(44)}1011`);
  assert.is(suffixOf(0b1011, 3), '011');
  const choice: Choice = { scope: { start: 4, end: 8 }, made: ['11'], unmade: ['011'] };
  const makes = chooser(choice);
  assert.not.ok(makes({ id: 0b1011, pc: 4 }));
  assert.ok(makes({ id: 0b1111, pc: 4 }));
  assert.not.ok(makes({ id: 0b1110, pc: 7 }));
  assert.ok(makes({ id: 0b1110, pc: 8 }), 'outside the scope');
});

test('one culprit among 64 changes takes ten trials', () => {
  const next = random(SEED);
  for (let round = 0; round < 300; round++) {
    const list = makeChanges(64, next);
    const culprit = list[Math.floor(next() * 64)]!;
    const { found, trials } = run(all(list, [culprit]));
    assert.is(found.kind, 'culprits', `LOCKSTEP_SEED=${SEED}`);
    assert.equal(found.kind === 'culprits' && rulesOf(found.culprits), [culprit.rule], `LOCKSTEP_SEED=${SEED}`);
    assert.ok(found.kind === 'culprits' && found.agrees);
    // All, none, six halvings, the culprit alone, all but it.
    assert.is(trials, 10, `LOCKSTEP_SEED=${SEED}`);
  }
});

test('each trial says what it is for, and among how many the culprit is', () => {
  const list = makeChanges(64, random(SEED + 8));
  const phases: string[] = [];
  const suspects: (number | null)[] = [];
  runSides(sound([]), all(list, [list[11]!]), [null], (asked) => {
    phases.push(asked.phase);
    suspects.push(asked.suspects);
  });
  assert.equal(phases, ['preflight', 'preflight', ...Array(6).fill('halving'), 'confirming', 'confirming']);
  assert.equal(suspects, [null, 64, 64, 32, 16, 8, 4, 2, 1, 1]);
});

test('sets of culprits that only together do harm are found whole', () => {
  const next = random(SEED + 1);
  for (let round = 0; round < 200; round++) {
    const list = makeChanges(1 + Math.floor(next() * 200), next);
    const size = Math.min(list.length, 1 + Math.floor(next() * 4));
    const culprits = list
      .slice()
      .sort(() => next() - 0.5)
      .slice(0, size);
    const { found } = run(all(list, culprits));
    assert.equal(found.kind === 'culprits' && rulesOf(found.culprits), rulesOf(culprits), `LOCKSTEP_SEED=${SEED}`);
  }
});

test('of two culprits that each do harm one is found, and what is left is said to differ', () => {
  const next = random(SEED + 2);
  for (let round = 0; round < 100; round++) {
    const list = makeChanges(50, next);
    const [one, other] = [list[3]!, list[40]!];
    const toy: Toy = { asked: () => list, wrong: (made) => made.has(one.id) || made.has(other.id) };
    const { found } = run(toy);
    assert.is(found.kind, 'culprits');
    if (found.kind !== 'culprits') continue;
    assert.is(found.culprits.length, 1);
    assert.ok([one.rule, other.rule].includes(found.culprits[0]!.rule));
    assert.not.ok(found.agrees);
  }
});

test('changes that are asked for only when others are left out do not lead astray', () => {
  const next = random(SEED + 3);
  for (let round = 0; round < 200; round++) {
    const list = makeChanges(60, next);
    const hidden = makeChanges(20, next).map((change, i) => ({ ...change, rule: `hidden${i}` }));
    const culprit = list[Math.floor(next() * list.length)]!;
    const toy: Toy = {
      asked: (choice) => {
        const made = list.filter(chooser(choice));
        return [...list, ...hidden.slice(0, Math.max(0, hidden.length - Math.floor(made.length / 3)))];
      },
      wrong: (made) => made.has(culprit.id),
    };
    const { found } = run(toy);
    assert.equal(found.kind === 'culprits' && rulesOf(found.culprits), [culprit.rule], `LOCKSTEP_SEED=${SEED}`);
  }
});

test('a culprit among more changes than are told is found', () => {
  const next = random(SEED + 7);
  for (let round = 0; round < 100; round++) {
    const list = makeChanges(10 * TOLD, next);
    const culprit = list[Math.floor(next() * list.length)]!;
    const { found, trials } = run(all(list, [culprit]));
    assert.equal(found.kind === 'culprits' && rulesOf(found.culprits), [culprit.rule], `LOCKSTEP_SEED=${SEED}`);
    assert.ok(trials <= 20, `${trials} trials, LOCKSTEP_SEED=${SEED}`);
  }
});

test('a scope leaves the changes outside it alone', () => {
  const list = makeChanges(64, random(SEED + 4));
  const scope = { start: list[8]!.pc, end: list[16]!.pc };
  assert.equal(run(all(list, [list[20]!]), scope).found, { kind: 'elsewhere' });
  const inside = run(all(list, [list[9]!]), scope);
  assert.ok(inside.found.kind === 'culprits' && inside.trials <= 9);
});

test('what is outside the first scope is looked for in the next, for one trial more', () => {
  const next = random(SEED + 9);
  const list = makeChanges(64, next);
  const block = { start: list[8]!.pc, end: list[16]!.pc };
  for (const culprit of list) {
    const { found, trials } = run(all(list, [culprit]), block, null);
    const isInside = inScope({ scope: block }, culprit);
    assert.equal(found.kind === 'culprits' && rulesOf(found.culprits), [culprit.rule]);
    assert.equal([found.kind === 'culprits' && found.scope, trials], isInside ? [block, 7] : [null, 11]);
  }
  const [left, right] = [makeChanges(64, next), list];
  const both = runSides(all(left, [left[3]!]), all(right, [right[5]!]), [block, null]).found;
  assert.equal(both.kind === 'culprits' && [rulesOf(both.culprits.A), rulesOf(both.culprits.B)], [['r3'], ['r5']]);
});

test('a difference that no change makes is elsewhere, one that does not come back is gone', () => {
  const list = makeChanges(10, random(SEED + 5));
  assert.equal(run({ asked: () => list, wrong: () => true }), { found: { kind: 'elsewhere' }, trials: 4 });
  assert.equal(run({ asked: () => list, wrong: () => false }), { found: { kind: 'gone' }, trials: 1 });
});

test('the side to blame is told', () => {
  const next = random(SEED + 6);
  const [left, right] = [makeChanges(30, next), makeChanges(30, next)];
  const rules = ({ found }: { found: FoundOnSides }) =>
    found.kind === 'culprits' && [rulesOf(found.culprits.A), rulesOf(found.culprits.B)];
  assert.equal(rules(runSides(sound(left), all(right, [right[4]!]))), [[], ['r4']]);
  assert.equal(rules(runSides(all(left, [left[5]!]), sound(right))), [['r5'], []]);
  assert.equal(rules(runSides(all(left, [left[5]!]), all(right, [right[4]!]))), [['r5'], ['r4']]);
});

test.run();
