// How long time travel takes on SHA-1, a hundred million instructions from the start: coming there, single steps, jumps of
// growing length, traces of both sides around a place, steps over the edge of a trace, and the search for a writer. A step that
// takes longer than 100 ms fails.
//
//   npm run bench:travel
//   npm run bench:travel -- --translator old-tcg --steps 500

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseTranslatorSpec } from '../../emulator/index.ts';
import { type Recording, runSession, type SessionOptions } from '../../lockstep/index.ts';
import {
  BeyondProcess,
  createTraveller,
  type Traveller,
  traceWindow,
  travelBoth,
} from '../../lockstep/travel/index.ts';
import { RunView } from '../../ui/index.ts';
import { guestsMissing } from '../conformance/qemu.ts';
import { Random, testSeed } from '../guest/random.ts';
import { linuxGuest } from './guests.ts';

const { values: options } = parseArgs({
  options: { translator: { type: 'string', default: 'new-tcg' }, steps: { type: 'string', default: '200' } },
});
const missing = guestsMissing();
if (missing !== undefined) {
  console.error(`bench: ${missing}`);
  process.exit(1);
}
const LIMIT_MS = 100;
const SHA1_BLOCKS = '24000';
/** Shortly before the guest ends. */
const FAR = 99_000_000;

const program = linuxGuest('sha1-O2');
const shared = { argv: ['sha1', SHA1_BLOCKS], env: [], machine: 'user' as const, cwd: '/', maxInsns: null };
const seed = testSeed();
const random = new Random(seed);

async function timed(use: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await use();
  return performance.now() - start;
}

/** One line: median, 99th percentile and maximum in milliseconds. Returns the maximum. */
async function row(
  what: string,
  times: number,
  use: (n: number) => Promise<unknown>,
  between: () => Promise<unknown> = async () => {},
): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < times; n++) {
    await between();
    taken.push(await timed(() => use(n)));
  }
  taken.sort((a, b) => a - b);
  const at = (part: number) => taken[Math.min(times - 1, Math.floor(part * times))]!.toFixed(1).padStart(8);
  console.log(`${what.padEnd(44)} ${at(0.5)} ${at(0.99)} ${at(1)}`);
  return taken.at(-1)!;
}

/** Of a run that does not differ: nothing in it was traced. */
function recordingOf(run: Omit<SessionOptions, 'mutants'>): Promise<Recording> {
  return new Promise((resolve, reject) => {
    runSession({ ...run, mutants: null, maxInsns: 1000, onRecording: resolve }).catch(reject);
  });
}

const t: Traveller = await createTraveller({
  ...{ ...shared, program: readFileSync(program), programPath: program, stdin: new Uint8Array(0) },
  ...{ stdout: () => {}, stderr: () => {}, warn: console.error },
  translator: await parseTranslatorSpec(options.translator, {}),
});
const times = Number(options.steps);
console.log(
  `sha1 ${SHA1_BLOCKS} on ${options.translator}, seed ${seed}; milliseconds`.padEnd(44),
  '  median      99%  longest',
);
await row('to instruction 99 000 000', 1, () => t.seek(FAR));
let slowest = await row('a step back', times, () => t.seek(t.icount - 1));
slowest = Math.max(slowest, await row('a step forward', times, () => t.seek(t.icount + 1)));
const back = (length: number) => () => t.seek(Math.max(0, t.icount - random.below(length)));
for (const length of [1000, 100_000, 1_000_000]) {
  slowest = Math.max(slowest, await row(`back by up to ${length}, then a step`, 20, back(length)));
  await t.seek(t.icount - 1);
}
await t.seek(FAR);
await row('to anywhere', 40, () => t.seek(random.below(FAR)));
await t.seek(FAR);
const slot = (name: string) => t.machine.isa.registers.find((register) => register.name === name)!.slot;
await row('the last writer of a0, and there', 20, async () => {
  const hit = await t.find('backward', [{ what: 'register', cpu: 0, slot: slot('a0') }]);
  await t.seek(hit!.icount);
});
await t.seek(FAR);
await row('the last writer of gp, at the start', 1, async () => {
  const hit = await t.find('backward', [{ what: 'register', cpu: 0, slot: slot('gp') }]);
  await t.seek(hit!.icount);
});
console.log(`${t.checkpoints} checkpoints, ${(t.machine.undoBytes / 2 ** 20).toFixed(1)} MiB of undo copies`);

const both = await travelBoth({
  ...{ ...shared, program, a: 'old-tcg', b: 'new-tcg', stdin: new Uint8Array(0), warn: () => {} },
  ...{ memoryBytes: null, seed: null, mutants: null },
});
await row('both sides traced around 99 000 000', 1, () => traceWindow(both, FAR, {}));

// As the inspector asks for it: a process of its own, which looks ahead while the person looks.
const LOOKS_MS = 500;
const run = { ...shared, program, a: 'old-tcg', b: 'new-tcg', stdin: new Uint8Array(0), memoryBytes: null, seed: null };
const beyond = new BeyondProcess(await recordingOf(run), { ...run, mutants: null });
let here = await beyond.around(FAR, {});
const over = (direction: 1 | -1) => async () => {
  const edge = direction < 0 ? here!.start! - 1 : here!.start! + here!.A.trace!.steps.length;
  here = await beyond.around(edge, {});
  new RunView(here!, { first: edge });
};
const look = () => new Promise((resolve) => setTimeout(resolve, LOOKS_MS));
slowest = Math.max(slowest, await row('a step back over the edge of the trace', 30, over(-1), look));
slowest = Math.max(slowest, await row('a step forward over the edge', 30, over(1), look));
beyond.close();
if (slowest > LIMIT_MS) {
  console.error(`bench: a step took ${slowest.toFixed(0)} ms, more than ${LIMIT_MS}`);
  process.exitCode = 1;
}
