// Runs that end at seams: on every configuration at the same instruction, in the same state, and without cutting a block.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SEAM_LIMIT } from '../../emulator/exec/machine-control.ts';
import type { Translator } from '../../emulator/translators/translator.ts';
import { Random, testSeed } from '../guest/random.ts';
import { Asm } from '../support/asm.ts';
import { CALL, createMini, type Mini, translatorOf } from '../support/mini-machine.ts';
import { BASELINE, type Config, describe, snapshot, someConfigs } from './configs.ts';
import { CODE, type GuestProgram, load, PROGRAMS } from './programs.ts';
import { randomProgram } from './random-program.ts';

const test = suite('seams');
const seed = testSeed();
const FAR = 2_000_000;
const RUNS = 200;

interface Walk {
  /** Where each run ended, and what was there. */
  readonly seams: readonly string[];
  readonly final: string;
  /** Blocks that were cut. */
  readonly cuts: number;
  readonly alone: boolean;
}

/** Runs from seam to seam: each run is to end the next of `steps` instructions after the one before. */
function walk(config: Config, program: GuestProgram, steps: readonly number[]): Walk {
  let cuts = 0;
  const charge = (_: unknown, insns: number): number => {
    cuts++;
    return insns;
  };
  const translator: Translator = { ...translatorOf(config.translator, config.tuning), policy: { charge } };
  const mini = createMini({ translator });
  load(mini, program);
  const { machine } = mini;
  const seams: string[] = [];
  for (const step of steps) {
    const limit = machine.icount + step;
    if (machine.run(limit, limit + SEAM_LIMIT).kind !== 'limit') break;
    assert.ok(machine.icount > limit && machine.atSeam, `${program.name} on ${describe(config)} at ${machine.icount}`);
    seams.push(`${machine.icount} ${machine.stateDigest().toString(16)}`);
  }
  const alone = machine.cpus.length === 1;
  machine.run(FAR);
  const final = snapshot(mini);
  mini.close();
  return { seams, final, cuts, alone };
}

function check(program: GuestProgram, random: Random, configs: number): number {
  const steps = Array.from({ length: RUNS }, () => random.pick([1, 2, 3, 5, 9, 40, 150]));
  const want = walk(BASELINE, program, steps);
  for (const config of someConfigs(random, configs)) {
    const got = walk(config, program, steps);
    const where = `${program.name} on ${describe(config)}, seed ${seed}`;
    assert.equal(got.seams, want.seams, where);
    assert.is(got.final, want.final, where);
    // Turns of several vCPUs end at exact instructions.
    if (got.alone) assert.is(got.cuts, 0, `${where}: cut`);
  }
  return want.seams.length;
}

test(`programs (seed ${seed})`, () => {
  const random = new Random(seed);
  let seams = 0;
  for (const program of PROGRAMS) seams += check(program, random, 12);
  assert.ok(seams > 10 * PROGRAMS.length, `${seams} seams`);
});

test(`random programs that store into themselves (seed ${seed})`, () => {
  const random = new Random(seed);
  let seams = 0;
  for (let n = 0; n < 40; n++) {
    const at = random.bits();
    const program = { ...randomProgram(new Random(at), 8 + random.below(60)), name: `random ${at}` };
    seams += check(program, random, 5);
  }
  assert.ok(seams > 200, `${seams} seams`);
});

/** `length` instructions in a row between two transfers. */
function straight(length: number): Mini {
  const a = new Asm(CODE);
  a.jal(0, 'on').label('on');
  for (let n = 0; n < length; n++) a.i('c.addi', { rd: 5, imm: 1 });
  a.ecall(CALL.exit);
  const mini = createMini({ translator: 'new-tcg' });
  load(mini, { name: 'straight', code: a.finish(), onFault: 'exit' });
  return mini;
}

test('code without a seam is waited for, but not for ever', () => {
  const short = straight(700);
  short.machine.run(10, 10 + SEAM_LIMIT);
  assert.equal([short.machine.icount, short.machine.atSeam, short.machine.ended?.kind], [703, true, 'exit']);
  short.close();
  const long = straight(SEAM_LIMIT + 100);
  assert.is(long.machine.run(10, 10 + SEAM_LIMIT).kind, 'limit');
  assert.equal([long.machine.icount, long.machine.atSeam], [10 + SEAM_LIMIT, false]);
  long.close();
});

test('a limit that lies on a seam is not one behind which a run has ended', () => {
  const mini = straight(5);
  mini.machine.run(1, 1 + SEAM_LIMIT);
  // The jump ends a block before the limit is passed: the next seam is meant.
  assert.is(mini.machine.icount, 8);
  mini.close();
});

test.run();
