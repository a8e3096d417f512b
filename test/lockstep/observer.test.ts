// The observer on a real machine, with the comparator played by hand: pinned anywhere and resumed, a run says and
// writes what it would have without.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createMachine, parseTranslatorSpec, readProgram } from '../../emulator/index.ts';
import { localPair } from '../../lockstep/channel.ts';
import { createObserver } from '../../lockstep/plugin.ts';
import { programHash } from '../../lockstep/program-identity.ts';
import { type FromSide, PROTOCOL_VERSION, type ToSide } from '../../lockstep/protocol.ts';
import { scenarioPath } from '../../scenarios/index.ts';

type Window = Extract<FromSide, { t: 'summary' | 'end' }>;

interface Run {
  readonly summaries: Map<number, FromSide>;
  readonly output: string;
  /** Replays that ended as the first run did, and those that did not. */
  readonly reproduced: number;
  readonly lost: number;
  readonly observations: number;
}

/** Runs a program; windows for which `pinned` says so are pinned once and resumed. Never waits for another side. */
async function run(
  program: string,
  translator: string,
  window: number,
  pinned: (window: number, end: boolean) => boolean,
  stream: 'windows' | 'blocks' = 'windows',
  narrowed: (window: number, end: boolean) => boolean = () => false,
): Promise<Run> {
  const path = scenarioPath(program);
  const summaries = new Map<number, FromSide>();
  let output = '';
  let reproduced = 0;
  let lost = 0;
  let observations = 0;
  const [ours, theirs] = localPair<FromSide, ToSide>();
  let over: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    over = resolve;
  });
  const seen = new Set<number>();
  let failure: string | undefined;
  // As the comparator does: while a window is pinned, windows of a side that replays are dropped (it sends them
  // again), those of a side that records wait.
  let pinnedNow: number | undefined;
  const waiting: Window[] = [];
  const sentBack = new Set<number>();
  let goingBack = false;
  const take = (message: Window) => {
    if (goingBack) return;
    if (pinnedNow === undefined && narrowed(message.window, message.t === 'end') && !sentBack.has(message.window)) {
      sentBack.add(message.window);
      goingBack = true;
      ours.send({ t: 'narrow', window: message.window, until: message.icount });
      return;
    }
    if (pinnedNow !== undefined) {
      if (stream === 'blocks') waiting.push(message);
      return;
    }
    summaries.set(message.window, message);
    if (pinned(message.window, message.t === 'end') && !seen.has(message.window)) {
      seen.add(message.window);
      pinnedNow = message.window;
      ours.send({ t: 'pin', window: message.window });
    } else next(message);
  };
  const next = (message: Window) => {
    if (message.t === 'end') ours.send({ t: 'verdict', verdict: 'same', report: '{}' });
    else ours.send({ t: 'ack', window: message.window });
  };
  const hear = (message: FromSide) => {
    if (message.t === 'hello') ours.send({ t: 'welcome', side: 'A', protocol: PROTOCOL_VERSION, lookBack: 0 });
    else if (message.t === 'narrowed') goingBack = false;
    else if (message.t === 'observations') observations++;
    else if (message.t === 'summary' || message.t === 'end') take(message);
    else if (message.t === 'replayed') {
      if (message.reproduced) reproduced++;
      else lost++;
      const summary = summaries.get(pinnedNow!) as Window;
      pinnedNow = undefined;
      if (summary.t === 'end') next(summary);
      else ours.send({ t: 'resume', window: summary.window });
      for (const later of waiting.splice(0)) take(later);
    } else if (message.t === 'failed') {
      failure = message.message;
      over();
    }
  };
  ours.listen(hear, () => {});
  const bytes = readProgram(path);
  const observer = createObserver({
    translator,
    program: path,
    programHash: programHash(bytes),
    setup: { args: [path], env: [], cwd: '/', memoryBytes: null, seed: null, maxInsns: null },
    connect: async () => theirs,
    finished: () => over(),
  });
  const machine = await createMachine({
    program: bytes,
    programPath: path,
    argv: [path],
    env: [],
    cwd: '/',
    machine: 'auto',
    translator: await parseTranslatorSpec(translator),
    stdin: new Uint8Array(0),
    stdout: (text) => {
      if (!observer.muted) output += Buffer.from(text).toString('latin1');
    },
    stderr: () => {},
    warn: (text) => {
      failure = text;
    },
    files: 'overlay',
    plugins: [{ module: observer, args: [`window=${window}`, `stream=${stream}`] }],
  });
  const whole = async () => {
    await machine.start();
    await machine.runAsync();
    machine.finish();
    await finished;
  };
  await Promise.race([whole(), finished]);
  assert.is(failure, undefined);
  return { summaries, output, reproduced, lost, observations };
}

const PROGRAMS = [
  ['scenarios/guests/nolibc/sha1-mini.elf', 7777],
  ['scenarios/guests/nolibc/fault-registers.elf', 100],
  ['scenarios/guests/nolibc/patch.elf', 128],
  ['scenarios/guests/bare/timer.elf', 10_007],
] as const;

for (const [program, window] of PROGRAMS)
  for (const translator of ['old-tcg', 'new-tcg'])
    test(`${program.replace(/.*\//, '')} under ${translator}, sent back and pinned again and again`, async () => {
      const plain = await run(program, translator, window, () => false);
      const pinned = await run(
        program,
        translator,
        window,
        (at) => at % 3 === 1,
        'windows',
        (at, end) => at % 4 === 2 || end,
      );
      assert.is(pinned.lost, 0, 'each replay ends as the first run did');
      assert.ok(pinned.reproduced > 1 && pinned.observations >= pinned.reproduced);
      assert.is(pinned.output, plain.output, 'what a replay writes is not written again');
      assert.is(pinned.summaries.size, plain.summaries.size);
      for (const [at, summary] of plain.summaries) {
        const again = pinned.summaries.get(at)!;
        // Blocks may be cut elsewhere after a replay; nothing else may differ.
        assert.equal({ ...again, blocks: 0 }, { ...summary, blocks: 0 }, `window ${at}`);
      }
    });

test('the last window can be pinned after the guest has ended', async () => {
  const { reproduced, lost, observations } = await run(PROGRAMS[0][0], 'new-tcg', 7777, (_, end) => end);
  assert.equal({ reproduced, lost }, { reproduced: 1, lost: 0 });
  assert.ok(observations > 0, 'the replay observes although the machine has dropped its hooks');
});

test('recording every block answers a pin without a replay', async () => {
  const { reproduced, lost, observations } = await run(PROGRAMS[0][0], 'new-tcg', 7777, (at) => at % 5 === 0, 'blocks');
  assert.is(lost, 0);
  assert.ok(reproduced > 3 && observations >= reproduced);
});

test.run();
