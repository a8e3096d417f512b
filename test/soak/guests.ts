// Real programs, on boards and on Linux, with timers, signals, threads and code they make themselves: any translator with
// any settings, stopped anywhere, runs the instructions that the plainest machine runs; the compiler among the guests gets
// a seed of its own each time, and prints what it prints under qemu-riscv64.

import { join } from 'node:path';
import { tci } from '../../emulator/translators/index.ts';
import type { Translator } from '../../emulator/translators/translator.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { buildGuests, guestsMissing, qemuUserMissing, runUnderQemu } from '../conformance/qemu.ts';
import { follow, type Stream } from '../exec/stream.ts';
import { Random } from '../guest/random.ts';
import { randomKnobs, withKnobs } from '../support/knobs.ts';
import type { Job } from './job.ts';

interface Guest {
  readonly path: string;
  readonly args: readonly string[];
}

const BOARD = ['timer', 'harts', 'traps'].map((name) => scenarioPath(`scenarios/guests/bare/${name}.elf`));
const LIBRARY = ['threads-O2', 'setjmp-O2', 'jit-O2', 'jit-O0'];
const plain = withKnobs(tci, ['max-insns=1', 'link=off']);

export function randomGuest(random: Random, longest: number): Guest {
  if (guestsMissing() !== undefined || random.below(3) === 0) return { path: random.pick(BOARD), args: [] };
  const name = random.pick(LIBRARY);
  const args = name.startsWith('jit') ? [String(random.bits() >>> 1), String(5 + random.below(longest))] : [];
  return { path: join(buildGuests(), name), args };
}

const sameAs = (want: Stream, got: Stream): boolean =>
  got.end === want.end &&
  got.instructions === want.instructions &&
  got.marks.every((mark, n) => mark === want.marks[n]);

/** The first instruction count at which the two machines are not in the same state. */
async function firstDifference(guest: Guest, translator: Translator, length: number): Promise<number> {
  let [low, high] = [0, length];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const options = { args: guest.args, stops: [middle] };
    const [want, got] = [await follow(guest.path, plain, options), await follow(guest.path, translator, options)];
    if (want.marks[0] === got.marks[0]) low = middle;
    else high = middle;
  }
  return high;
}

export function guestJob(share: number, pool: readonly Translator[]): Job {
  let [runs, instructions, asked] = [0, 0, 0];
  return {
    name: 'guests',
    summary:
      'boards and processes with interrupts, signals, threads and code of their own making under random settings',
    share,
    async run(seed) {
      const random = new Random(seed);
      const guest = randomGuest(random, 40);
      const { icount } = await follow(guest.path, plain, { args: guest.args });
      const count = random.below(10);
      const stops = Array.from({ length: count }, () => 1 + random.below(icount)).sort((x, y) => x - y);
      const perInstruction = random.below(2) === 0;
      const options = { args: guest.args, stops, toSeams: random.below(2) === 0, perInstruction };
      const want = await follow(guest.path, plain, options);
      for (let n = 0; n < 4; n++) {
        const translator = randomKnobs((items) => random.pick(items), pool);
        const got = await follow(guest.path, translator, options);
        runs++;
        instructions += icount;
        if (sameAs(want, got)) continue;
        const first = await firstDifference(guest, translator, icount);
        const shown = [
          `${guest.path} ${guest.args.join(' ')} on ${translator.name}, ${options.toSeams ? 'at seams behind' : 'stopped at'} ${stops.join(', ')}`,
        ];
        return [...shown, `first differs after ${first} instructions`, want.end, got.end].join('\n');
      }
      if (guest.path.includes('jit') && qemuUserMissing() === undefined) {
        asked++;
        const real = runUnderQemu(guest.path, guest.args);
        const out = Buffer.from(want.end.split(' ').at(-1)!, 'base64').toString();
        if (out !== real.stdout) return `${guest.path} ${guest.args.join(' ')}: ours ${out}QEMU ${real.stdout}`;
      }
      return undefined;
    },
    tally: () => `${runs} runs, ${instructions} instructions, ${asked} programs also on QEMU`,
  };
}
