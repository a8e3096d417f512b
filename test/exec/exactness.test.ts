// Whatever the translator and its settings: the same instruction stream, registers, memory and faults, wherever a run
// is stopped.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random, testSeed } from '../guest/random.ts';
import { BASELINE, type Config, describe, snapshot, someConfigs, start } from './configs.ts';
import { type GuestProgram, PROGRAMS } from './programs.ts';
import { randomProgram } from './random-program.ts';

const test = suite('exactness');
const FAR = 2_000_000;

interface Expected {
  readonly final: string;
  readonly length: number;
  /** State digest and pc at each instruction count. */
  readonly states: readonly string[];
}

/** What the plainest configuration does, instruction by instruction. */
function expected(program: GuestProgram, steps: boolean): Expected {
  const whole = start(BASELINE, program);
  whole.machine.run(FAR);
  const final = snapshot(whole);
  const length = whole.machine.icount;
  whole.close();
  const states: string[] = [];
  if (steps) {
    const mini = start(BASELINE, program);
    for (let icount = 0; icount <= length; icount++) {
      mini.machine.run(icount);
      states.push(`${mini.machine.stateDigest().toString(16)} ${mini.cpu.pc.toString(16)}`);
    }
    assert.is(snapshot(mini), final, `${program.name}: stepped baseline`);
    mini.close();
  }
  return { final, length, states };
}

function check(program: GuestProgram, config: Config, want: Expected, limits: readonly number[]): void {
  const mini = start(config, program);
  const where = `${program.name} on ${describe(config)}`;
  try {
    for (const limit of limits) {
      mini.machine.run(limit);
      assert.is(mini.machine.icount, limit, `${where}: stopped exactly`);
      const state = `${mini.machine.stateDigest().toString(16)} ${mini.cpu.pc.toString(16)}`;
      assert.is(state, want.states[limit], `${where}: state at ${limit}`);
    }
    mini.machine.run(FAR);
    assert.is(snapshot(mini), want.final, where);
  } finally {
    mini.close();
  }
}

const seed = testSeed();

for (const program of PROGRAMS) {
  test(`${program.name} (seed ${seed})`, () => {
    const random = new Random(seed);
    const want = expected(program, true);
    assert.ok(want.length > 40 && want.length < 20000, `${want.length} instructions`);
    assert.not.match(want.final, /ended undefined/);
    for (const config of someConfigs(random, 40)) check(program, config, want, []);
    const every = Array.from({ length: want.length + 1 }, (_, i) => i);
    const some = every.filter(() => random.below(9) === 0);
    for (const config of someConfigs(random, 10)) {
      check(program, config, want, want.length < 1000 ? every.slice(0, -1) : some.slice(0, -1));
      check(
        program,
        config,
        want,
        some.filter((limit) => limit < want.length),
      );
    }
  });
}

test(`random programs (seed ${seed})`, () => {
  const random = new Random(seed);
  for (let n = 0; n < 30; n++) {
    const at = random.bits();
    const program = { ...randomProgram(new Random(at), 8 + random.below(60)), name: `random ${at}` };
    const want = expected(program, n % 6 === 0);
    assert.match(want.final, /exit/, `${program.name} ends`);
    for (const config of someConfigs(random, 5)) check(program, config, want, []);
    if (want.states.length === 0) continue;
    for (const config of someConfigs(random, 6)) {
      const limits = want.states.map((_, i) => i).filter(() => random.below(7) === 0);
      check(program, config, want, limits.slice(0, -1));
    }
  }
});

test.run();
