// Random system calls with random arguments, wild pointers among them: each gives a result or an error number, or
// waits, or ends the process; nothing throws in the host, and the same calls give the same results again.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Random, testSeed } from '../guest/random.ts';
import { NOWHERE, Rig, SCRATCH, SCRATCH_BYTES } from './rig.ts';

const seed = testSeed();
const RUNS = 40;
const CALLS = 150;
const EXITS = new Set([93, 94]);
/** Beyond the largest error number of Linux a result is a value. */
const MAX_ERRNO = 4095;

const WILD = [
  0n,
  1n,
  -1n,
  8n,
  BigInt(NOWHERE),
  1n << 63n,
  (1n << 63n) - 1n,
  -4096n,
  1n << 38n,
  (1n << 38n) - 8n,
  0xffffffffn,
];
const SIZES = [0n, 1n, 8n, 16n, 4096n, 65536n, -1n, 1n << 40n, 1n << 63n];

function argument(random: Random): bigint {
  switch (random.below(6)) {
    case 0:
      return BigInt(random.below(8)) - 1n;
    case 1:
      return random.pick(WILD);
    case 2:
      return random.pick(SIZES);
    case 3:
      // At the very end of what is mapped.
      return BigInt(SCRATCH + SCRATCH_BYTES - random.below(24));
    case 4:
      return BigInt(SCRATCH + (random.below(SCRATCH_BYTES) & ~7));
    default:
      return random.bits64();
  }
}

/** Makes the calls of one run; gives what each did. */
function run(random: Random): string[] {
  const rig = new Rig({ input: ['some input\n'] });
  rig.put(0, '/etc/motd');
  for (let i = 16; i < 4096; i += 8) rig.words(i, argument(random));
  const done: string[] = [];
  for (let i = 0; i < CALLS && !rig.ended; i++) {
    const number = random.below(12) === 0 ? random.bits() : random.below(455);
    if (EXITS.has(number)) continue;
    const args = Array.from({ length: 6 }, () => argument(random));
    const call = `${number}(${args.join(', ')})`;
    let answered: boolean;
    try {
      answered = rig.begin(rig.cpu, number, ...args);
    } catch (error) {
      throw new Error(`${call}: ${(error as Error).stack}`);
    }
    const result = answered ? rig.result(rig.cpu) : 'waits';
    done.push(`${call} = ${result}`);
    if (!answered) break;
  }
  return done;
}

test(`random system calls never hurt the host, and repeat`, () => {
  let errors = 0;
  let values = 0;
  for (let i = 0; i < RUNS; i++) {
    const make = () => run(new Random(Math.imul(seed ^ (i + 1), 0x9e3779b1)));
    const done = make();
    assert.equal(make(), done, `LOCKSTEP_SEED=${seed}, run ${i}`);
    for (const line of done) {
      const result = Number(line.slice(line.lastIndexOf(' ')));
      if (result < 0 && result >= -MAX_ERRNO) errors++;
      else values++;
    }
  }
  assert.ok(errors > RUNS && values > RUNS, `${errors} errors, ${values} values`);
});

test.run();
