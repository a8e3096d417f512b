// The settings that must not matter: every combination, those that are the same machine left out.

import type { Tuning } from '../../emulator/translators/translator.ts';
import type { Random } from '../guest/random.ts';
import { createMini, type Mini } from '../support/mini-machine.ts';
import { type GuestProgram, load } from './programs.ts';

export interface Config {
  readonly translator: string;
  readonly tuning: Partial<Tuning>;
}

export const CONFIGS: readonly Config[] = allConfigs();

function allConfigs(): Config[] {
  const out: Config[] = [1, 2, 7, 64].map((maxInsns) => ({ translator: 'reference', tuning: { maxInsns } }));
  for (const translator of ['tci', 'old-tcg', 'new-tcg'])
    for (const maxInsns of [1, 2, 3, 7, 64, 512])
      for (const link of [true, false]) {
        out.push({ translator, tuning: { maxInsns, link, tier: 'interp' } });
        for (const regionBlocks of [1, 3, 64]) {
          out.push({ translator, tuning: { maxInsns, link, regionBlocks, tier: 'wasm' } });
          for (const hotThreshold of [1, 2, 64])
            out.push({ translator, tuning: { maxInsns, link, regionBlocks, hotThreshold, tier: 'both' } });
        }
      }
  return out;
}

export const BASELINE: Config = { translator: 'tci', tuning: { maxInsns: 1, tier: 'interp', link: false } };

/** `count` of the configurations, or all of them with LOCKSTEP_FULL set. */
export function someConfigs(random: Random, count: number): Config[] {
  if (process.env.LOCKSTEP_FULL) return [...CONFIGS];
  // The reference model is always among them: it has little in common with the others.
  const reference = { translator: 'reference', tuning: { maxInsns: random.pick([1, 2, 7, 64]) } };
  return [reference, ...Array.from({ length: count - 1 }, () => random.pick(CONFIGS))];
}

export function describe({ translator, tuning }: Config): string {
  return [translator, ...Object.entries(tuning).map(([key, value]) => `${key}=${value}`)].join(',');
}

export function start(config: Config, program: GuestProgram): Mini {
  const mini = createMini({ translator: config.translator, tuning: config.tuning });
  load(mini, program);
  return mini;
}

/** Everything that can be seen of a machine, as text. */
export function snapshot({ machine, memory, platform, cpu }: Mini): string {
  const pages = memory.ranges().map(({ start, end, prot }) => {
    const bytes = memory.peek(start, end - start)!;
    let hash = 0xcbf29ce484222325n;
    const words = new BigUint64Array(bytes.buffer);
    for (const word of words) hash = BigInt.asUintN(64, (hash ^ word) * 0x100000001b3n);
    return `${start.toString(16)}-${end.toString(16)} ${prot} ${hash.toString(16)}`;
  });
  return [
    `icount ${machine.icount} pc ${cpu.pc.toString(16)} state ${machine.stateDigest().toString(16)}`,
    ...pages,
    `ended ${JSON.stringify(machine.ended)}`,
    ...platform.trace,
  ].join('\n');
}
