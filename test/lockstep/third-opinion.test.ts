// Who is wrong, by whom the third translator agrees with; real ones are asked in reference.test.ts.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../../lockstep/index.ts';
import { thirdOpinion } from '../../lockstep/third-opinion.ts';

const side = (translator: string) => ({ translator, icount: 446 });
const report = { a: side('one'), b: side('two') } as unknown as Report;

for (const [withA, withB, wrong] of [
  ['same', 'diverged', 'b'],
  ['diverged', 'same', 'a'],
  ['diverged', 'diverged', 'both'],
  ['same', 'same', 'unknown'],
  ['inconclusive', 'same', 'unknown'],
  ['diverged', 'inconclusive', 'unknown'],
] as const)
  test(`${withA} with A, ${withB} with B: wrong is ${wrong}`, async () => {
    const asked: string[] = [];
    const third = await thirdOpinion(report, 'judge', async (translator, maxInsns) => {
      asked.push(`${translator} ${maxInsns}`);
      return translator === 'one' ? withA : withB;
    });
    assert.equal(asked, ['one 446', 'two 446']);
    assert.is(third.wrong, wrong);
    assert.is(third.agreesWithA, withA === 'inconclusive' ? null : withA === 'same');
  });

test.run();
