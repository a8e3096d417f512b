// Fuzzes what reads input from outside: FUZZ_SECONDS a target (`npm run fuzz:inputs` gives each a minute). Input number
// i of a target is made from the seed and i alone: LOCKSTEP_SEED, FUZZ_TARGET and FUZZ_FROM repeat a failure at once.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Random, testSeed } from '../guest/random.ts';
import { TARGETS } from './targets.ts';

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 4);
const FROM = Number(process.env.FUZZ_FROM ?? 0);
const ONLY = process.env.FUZZ_TARGET;
const seed = testSeed();
/** A single input that takes so long hangs, as far as a person can tell. */
const SLOW_MS = 5000;
/** The heap may not grow with what was refused. */
const HEAP_BYTES = 1 << 30;

for (const [name, target] of Object.entries(TARGETS)) {
  if (ONLY !== undefined && ONLY !== name) continue;
  test(`${name}: nothing but a refusal comes of bad input`, async () => {
    const end = performance.now() + SECONDS * 1000;
    let accepted = 0;
    let i = FROM;
    do {
      const replay = `LOCKSTEP_SEED=${seed} FUZZ_TARGET=${name} FUZZ_FROM=${i} npm run fuzz:inputs`;
      const before = process.cpuUsage().user;
      try {
        if (await target(new Random(Math.imul(seed ^ (i + 1), 0x9e3779b1)))) accepted++;
      } catch (error) {
        assert.unreachable(`${(error as Error).stack}\nreplay: ${replay}`);
      }
      assert.ok((process.cpuUsage().user - before) / 1000 < SLOW_MS, `slow; replay: ${replay}`);
      i++;
    } while (performance.now() < end);
    assert.ok(process.memoryUsage().heapUsed < HEAP_BYTES, `${process.memoryUsage().heapUsed} bytes of heap`);
    const inputs = i - FROM;
    assert.ok(inputs === 1 || (accepted > 0 && accepted < inputs), `${accepted} of ${inputs} accepted tests nothing`);
    console.log(`fuzz ${name}: ${inputs} inputs, ${accepted} accepted, seed ${seed}`);
  });
}

test.run();
