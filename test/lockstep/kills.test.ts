// A few kills at random moments; `npm run kills` makes fifty. KILLS says how many, LOCKSTEP_SEED which.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Random, testSeed } from '../guest/random.ts';
import { KillRounds } from './kills.ts';

const KILLS = Number(process.env.KILLS ?? 12);
const seed = testSeed();
const verbose = process.env.KILLS !== undefined;

test(`${KILLS} kills at random moments leave nothing behind`, async () => {
  const rounds = new KillRounds(new Random(seed));
  const wrong: string[] = [];
  for (let i = 1; i <= KILLS; i++) {
    const { what, faults } = await rounds.round();
    if (verbose) console.log(`${i}/${KILLS} ${what}: ${faults.length === 0 ? 'nothing left' : faults.join('; ')}`);
    for (const fault of faults) wrong.push(`kill ${i} of ${what}: ${fault}`);
  }
  wrong.push(...(await rounds.end()));
  assert.equal(wrong, [], `replay with LOCKSTEP_SEED=${seed} KILLS=${KILLS} npm run kills`);
  if (verbose) console.log(`${KILLS} kills, seed ${seed}: nothing left behind`);
});

test.run();
