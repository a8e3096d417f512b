// Random plugins that come, go, start anew and throw while real programs run: the guest's result is what it is without
// them, nothing crashes, and the heap does not grow. `npm run soak:plugins` runs two hundred of them, the suite a few.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random, testSeed } from '../guest/random.ts';
import { type Deeds, randomPlugin } from './random-plugin.ts';
import { ATOMICS, FAULT, type Ran, runWith, SHA1, TIMER, TRANSLATORS, TRAPS } from './run.ts';

const test = suite('soak of random plugins');
const seed = testSeed();
const COUNT = Number(process.env.LOCKSTEP_SOAK_PLUGINS ?? 15);
/** Plugins in one run. */
const TOGETHER = 3;
const PROGRAMS = [ATOMICS, FAULT, TRAPS, SHA1, TIMER];
const MIB = 1 << 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const guestResult = ({ stdout, ended, icount }: Ran): string => JSON.stringify({ stdout, ended, icount });

test(`${COUNT} plugins (seed ${seed})`, async () => {
  const random = new Random(seed);
  const deeds: Deeds = { hooks: 0, callbacks: 0, resets: 0, uninstalls: 0, throws: 0 };
  const plain = new Map<string, string>();
  for (const program of PROGRAMS) plain.set(program, guestResult(await runWith(program, [])));
  const heap: number[] = [];
  for (let n = 0; n < COUNT; n += TOGETHER) {
    const program = PROGRAMS[(n / TOGETHER) % PROGRAMS.length]!;
    const translator = random.pick(TRANSLATORS);
    const at = random.bits();
    const own = new Random(at);
    const plugins = Array.from({ length: TOGETHER }, (_, i) => randomPlugin(own, `random ${i}`, deeds));
    const ran = await runWith(program, plugins, translator);
    assert.is(guestResult(ran), plain.get(program), `plugins of seed ${at} on ${translator}, ${program}`);
    for (const warning of ran.warnings) assert.match(warning, /a random plugin throws/, `seed ${at}, ${translator}`);
    collect();
    heap.push(process.memoryUsage().heapUsed);
  }
  for (const [deed, count] of Object.entries(deeds)) assert.ok(count > 0, `no ${deed}`);
  // The first runs load code.
  const settled = heap.slice(Math.floor(heap.length / 2));
  const growth = settled.at(-1)! - settled[0]!;
  assert.ok(growth < 6 * MIB, `the heap has grown by ${(growth / MIB).toFixed(1)} MiB`);
});

test.run();
