// Whole sessions: two processes, a comparator, a report. A against A is silent; mutants are found at their block;
// whatever ends a session, none of its processes is left.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { smallElf } from '../../emulator/plugin/small-elf.ts';
import { EngineError, hunt, Interrupted, runSession, type SessionOptions } from '../../lockstep/index.ts';
import { mutants } from '../../scenarios/index.ts';
import { buildGuests, guestsMissing } from '../conformance/qemu.ts';
import { sessionOf } from '../support/session.ts';
import { skip } from '../support/skip.ts';

function options(program: string, changes: Partial<SessionOptions> = {}): SessionOptions {
  return { ...sessionOf(program, { a: 'old-tcg', b: 'new-tcg' }), ...changes };
}

const SHA1 = 'scenarios/guests/nolibc/sha1-mini.elf';

/** Processes started by this one, by command line. */
function children(): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (Number(parent) === process.pid && words.includes('instance-main')) found.push(pid);
    } catch {
      // Ended in between.
    }
  }
  return found;
}

/** They are killed with their session; the system takes its time to bury them. */
test.after.each(async () => {
  for (let left = 100; left > 0 && children().length > 0; left--) await setTimeout(20);
  assert.equal(children(), []);
});

test('a translator against itself: no divergence, and the guest is heard once', async () => {
  let heard = '';
  const report = await runSession(
    options(SHA1, {
      a: 'new-tcg',
      window: 10_000,
      onOutput: (stream, bytes) => {
        if (stream === 'stdout') heard += Buffer.from(bytes).toString();
      },
    }),
  );
  assert.is(report.verdict, 'same');
  assert.is(report.class, 'none');
  assert.equal(report.end, { kind: 'exit', code: 0, reason: null });
  assert.ok(report.windows > 20);
  assert.is(heard, '660e5f5a66bfbc2936fbe1ff35061816c4db184f\n');
});

test('blocks cut differently are skew, in windows of any size', async () => {
  for (const window of [64, 4099]) {
    const report = await runSession(options(SHA1, { b: 'new-tcg,max-insns=3', window, maxInsns: 20_000 }));
    assert.is(report.verdict, 'same', report.summary);
    assert.is(report.class, 'skew');
    assert.ok(report.b.blocks > report.a.blocks);
  }
});

test('a system with timer interrupts, cut differently', async () => {
  const report = await runSession(
    options('scenarios/guests/bare/timer.elf', { b: 'new-tcg,max-insns=2', window: 5000 }),
  );
  assert.is(report.verdict, 'same', report.summary);
});

test("a mutant is reported with both sides of its block, and QEMU's lines", async () => {
  const mutant = mutants.find(({ name }) => name === 'sign-extension')!;
  const report = await runSession(options(mutant.program, { b: 'mutant:sign-extension' }));
  assert.is(report.at?.pc, `0x${mutant.expect.pc.toString(16)}`);
  assert.ok(report.registers.length > 0);
  assert.ok(report.a.block && report.b.block);
  assert.ok(report.qemu.some((line) => line.startsWith('Δ insn_count @ 0x')));
});

const missing = guestsMissing();
if (missing !== undefined) skip('a mistake on a vCPU whose turn ends', missing);
else
  test('a mistake on a vCPU whose turn ends is found there, not when its turn comes again', async () => {
    buildGuests();
    const report = await runSession(options('scenarios/.build/linux/threads-O2', { b: 'mutant:fold' }));
    assert.is(report.verdict, 'diverged');
    assert.equal(report.notes, []);
    assert.match(report.at?.insn?.text ?? '', /^srl /);
    assert.is(report.registers.length, 1);
  });

test('recording every block finds the same place', async () => {
  const mutant = mutants.find(({ name }) => name === 'fold')!;
  const found = options(mutant.program, { b: 'mutant:fold', stream: 'blocks', window: 1000 });
  assert.is((await runSession(found)).at?.pc, `0x${mutant.expect.pc.toString(16)}`);
});

test('a mistake that a replay does not show is caught by a second run that records every block', async () => {
  const flaky = new URL('./flaky-translator.mjs', import.meta.url).pathname;
  const report = await runSession(options(SHA1, { b: flaky, window: 4096 }));
  assert.is(report.verdict, 'diverged', report.summary);
  assert.is(report.at?.pc, '0x10262');
  assert.match(report.notes.join(' '), /started again, recording every block/);
});

/** `before` rounds of two instructions, one addition of sp to itself at 0x10088, `after` rounds of two, and what follows. */
function longGuest(before: number, after: number, ...words: readonly number[]): string {
  const countdown = (rounds: number) => {
    const upper = (rounds + 0x800) >> 12;
    // lui t0; addi t0,t0; addi t0,t0,-1; bnez t0
    return [(upper << 12) | 0x2b7, (((rounds - (upper << 12)) & 0xfff) << 20) | 0x28293, 0xfff28293, 0xfe029ee3];
  };
  const path = join(mkdtempSync(join(tmpdir(), 'long-')), 'guest.elf');
  // add s0,sp,sp
  writeFileSync(path, smallElf([...countdown(before), 0x00210433, ...countdown(after), ...words]));
  return path;
}

for (const [after, what] of [
  [7_000_000, 'goes on'],
  [1000, 'is over'],
] as const)
  test(`a long window that differs is run again in fine ones; the guest ${what}`, async () => {
    const program = longGuest(1_100_000, after);
    const late = new URL('./late-translator.mjs', import.meta.url).pathname;
    const { verdict, at, notes, windows } = await runSession(options(program, { program, b: late }));
    assert.equal(
      { verdict, pc: at?.pc, icount: at?.icount, notes, windows },
      {
        verdict: 'diverged',
        pc: '0x10088',
        icount: 2_200_002,
        notes: [],
        windows: 2,
      },
    );
    const same = await runSession(options(program, { program, b: 'new-tcg' }));
    assert.is(same.verdict, 'same');
    assert.is(same.instructions, 2_200_002 + 1 + 2 + 2 * after + 3);
    rmSync(dirname(program), { recursive: true });
  });

test('what is wrong for a while, and gone by the end, shows to a look back and where every block is recorded', async () => {
  // li s0,0
  const program = longGuest(4, 4, 0x00000413);
  const late = new URL('./late-translator.mjs', import.meta.url).pathname;
  const found = async (more: Partial<SessionOptions>) => {
    const report = await runSession(options(program, { program, b: late, ...more }));
    return [
      report.verdict,
      report.class,
      report.at?.pc,
      report.registers.map(({ name }) => name),
      report.lookBack?.found,
    ];
  };
  // Windows alone do not show it, nor does a look back that is not to go so far.
  assert.equal(await found({ lookBack: 0 }), ['same', 'none', undefined, [], undefined]);
  assert.equal(await found({ lookBack: 20 }), ['same', 'none', undefined, [], undefined]);
  const transient = ['diverged', 'transient', '0x10088', ['s0']];
  assert.equal(await found({}), [...transient, true]);
  assert.equal(await found({ stream: 'blocks' }), [...transient, undefined]);
  const { culprits, rest } = await hunt(options(program, { program, b: late }));
  assert.equal([culprits.map(({ rule, pc }) => `${rule} 0x${pc.toString(16)}`), rest], [['flip 0x10088'], 'none']);
  rmSync(dirname(program), { recursive: true });
});

test('a mistake that hides from those who look is found by runs that are not watched', async () => {
  const shy = new URL('./shy-translator.mjs', import.meta.url).pathname;
  for (const window of [4096, undefined]) {
    const report = await runSession(options(SHA1, { b: shy, ...(window && { window }) }));
    assert.is(report.verdict, 'diverged', report.summary);
    assert.is(report.at?.pc, '0x10262');
    assert.ok(report.registers.length > 0);
    assert.match(report.notes.join(' '), /watched, both sides do the same/);
  }
  const { culprits, rest } = await hunt(options(SHA1, { b: shy }));
  assert.equal(
    culprits.map(({ side, rule, pc }) => `${side} ${rule} 0x${pc.toString(16)}`),
    ['B flip 0x10262'],
  );
  assert.is(rest, 'none');
});

test('guests that stop at the instruction limit agree', async () => {
  const report = await runSession(options(SHA1, { maxInsns: 12_345, window: 1000 }));
  assert.is(report.verdict, 'same');
  assert.is(report.end?.kind, 'limit');
  assert.is(report.instructions, 12_345);
});

async function rejection(session: Promise<unknown>): Promise<Error> {
  try {
    await session;
  } catch (error) {
    return error as Error;
  }
  return new Error('it did not fail');
}

test('a side that is killed ends the session with its name', async () => {
  let killed = false;
  const error = await rejection(
    runSession(
      options(SHA1, {
        window: 16,
        onProgress() {
          if (killed) return;
          killed = true;
          process.kill(Number(children()[0]), 'SIGKILL');
        },
      }),
    ),
  );
  assert.instance(error, EngineError);
  assert.match(error.message, /^side [AB]( \(.*\))? was killed \(SIGKILL\)/);
});

test('a side that stops answering is noticed', async () => {
  let stopped = 0;
  const error = await rejection(
    runSession(
      options(SHA1, {
        window: 16,
        silenceMs: 500,
        onProgress() {
          stopped ||= Number(children()[1]);
          process.kill(stopped, 'SIGSTOP');
        },
      }),
    ),
  );
  assert.instance(error, EngineError);
  assert.match(error.message, /said nothing for 0.5 seconds/);
});

test('an interrupted session leaves nothing', async () => {
  const stop = new AbortController();
  const error = await rejection(
    runSession(options(SHA1, { window: 16, signal: stop.signal, onProgress: () => stop.abort() })),
  );
  assert.instance(error, Interrupted);
});

test('a session out of time is inconclusive', async () => {
  const report = await runSession(options(SHA1, { window: 16, timeoutMs: 1 }));
  assert.is(report.verdict, 'inconclusive');
});

test('mistakes in a spec come back with their remedy', async () => {
  const error = await rejection(runSession(options(SHA1, { b: 'new-tgc' })));
  assert.instance(error, EngineError);
  assert.match(error.message, /unknown translator "new-tgc"/);
  assert.match((error as EngineError).remedy, /new-tcg/);
});

test.run();
