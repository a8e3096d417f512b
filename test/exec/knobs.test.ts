// Every setting of every translator at every value worth trying: boards with timers, interrupts and several harts,
// processes with threads, signals and code of their own making give the same instructions, and the same registers,
// memory and events wherever a run is stopped. Settings come from the table of settings.

import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tci } from '../../emulator/translators/index.ts';
import { SETTINGS } from '../../emulator/translators/tuning.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { buildGuests, guestsMissing } from '../conformance/qemu.ts';
import { Random, testSeed } from '../guest/random.ts';
import { eachKnob, randomKnobs, valuesOf, withKnobs } from '../support/knobs.ts';
import { skip } from '../support/skip.ts';
import { follow, type Stream } from './stream.ts';

const test = suite('knobs');
const seed = testSeed();
/** Random combinations of settings tried on each program. */
const COMBINATIONS = Number(process.env.KNOB_COMBINATIONS ?? 4);
const MARKS = 24;

interface Program {
  readonly path: string;
  readonly args: readonly string[];
}

const bare = ['timer', 'harts', 'traps'].map((name) => ({
  path: scenarioPath(`scenarios/guests/bare/${name}.elf`),
  args: [],
}));
const small = ['patch', 'atomics', 'fault-registers'].map((name) => ({
  path: scenarioPath(`scenarios/guests/nolibc/${name}.elf`),
  args: [],
}));
const missing = guestsMissing();
if (missing !== undefined) skip('settings under threads, signals and a compiler as guests', missing);
const library: Program[] =
  missing !== undefined
    ? []
    : ['threads', 'signals', 'jit'].map((name) => ({
        path: join(buildGuests(), `${name}-O2`),
        args: name === 'jit' ? ['3', '12'] : [],
      }));
const PROGRAMS: readonly Program[] = [...bare, ...small, ...library];

interface Expected {
  readonly whole: Stream;
  /** Stopped at the seams behind `stops`. */
  readonly seams: Stream;
  readonly stops: readonly number[];
}

/** What the plainest machine does, by program. */
const expectations = new Map<string, Promise<Expected>>();

async function expectation({ path, args }: Program): Promise<Expected> {
  const plain = withKnobs(tci, ['max-insns=1', 'link=off']);
  const { icount } = await follow(path, plain, { args });
  const random = new Random(seed ^ icount);
  const stops = [...new Set(Array.from({ length: MARKS }, () => 1 + random.below(icount - 1)))].sort((x, y) => x - y);
  const whole = await follow(path, plain, { args, stops, perInstruction: true });
  return { whole, seams: await follow(path, plain, { args, stops, toSeams: true }), stops };
}

function expected(program: Program): Promise<Expected> {
  const known = expectations.get(program.path) ?? expectation(program);
  expectations.set(program.path, known);
  return known;
}

async function check(program: Program, translator: Parameters<typeof follow>[1], random: Random): Promise<void> {
  const { whole, seams, stops } = await expected(program);
  const { path, args } = program;
  const where = `${path} on ${translator.name}, seed ${seed}`;
  // Half of the runs are watched by a plugin at every instruction; the others run as users' do.
  const perInstruction = random.below(2) === 0;
  if (random.below(3) === 0) {
    const got = await follow(path, translator, { args, stops, toSeams: true, perInstruction });
    assert.equal(got.marks, seams.marks, `${where}, at seams`);
    if (perInstruction) assert.is(got.instructions, whole.instructions, where);
    assert.is(got.end, whole.end, where);
    return;
  }
  const chosen = stops.map((_, n) => n).filter(() => random.below(2) === 0);
  const got = await follow(path, translator, { args, stops: chosen.map((n) => stops[n]!), perInstruction });
  assert.equal(
    got.marks,
    chosen.map((n) => whole.marks[n]!),
    where,
  );
  if (perInstruction) assert.is(got.instructions, whole.instructions, where);
  assert.is(got.end, whole.end, where);
}

test(`each value of each of ${SETTINGS.length} settings (seed ${seed})`, async () => {
  const random = new Random(seed);
  let turn = random.below(PROGRAMS.length);
  for (const translator of eachKnob()) await check(PROGRAMS[turn++ % PROGRAMS.length]!, translator, random);
});

test(`random combinations of all settings (seed ${seed})`, async () => {
  const random = new Random(seed);
  for (const program of PROGRAMS) {
    for (let n = 0; n < COMBINATIONS; n++) {
      await check(
        program,
        randomKnobs((items) => random.pick(items)),
        random,
      );
    }
  }
});

test('every setting has values to try', () => {
  for (const key of SETTINGS) assert.ok(valuesOf(key).length >= 2, key);
});

test.run();
