// Random instruction sequences on the reference model, all translators and qemu-riscv64 (test/agreement).

import { Coverage } from '../../emulator/sequence/coverage.ts';
import type { Flavour } from '../../emulator/sequence/generate.ts';
import type { Translator } from '../../emulator/translators/translator.ts';
import { Campaign, seeds } from '../agreement/campaign.ts';
import type { Job } from './job.ts';

/** Sequences of one seed: enough that making the machines is not what takes the time. */
const SEQUENCES = 600;

/** Counts of all sequences of a soak, over flavours. */
export const coverage = new Coverage();

export function sequenceJob(name: string, flavour: Flavour, share: number, also: readonly Translator[]): Job {
  let [sequences, instructions, asked] = [0, 0, 0];
  return {
    name,
    summary: `random sequences (${flavour}) on the reference model, every translator and qemu-riscv64`,
    share,
    async run(seed) {
      const campaign = new Campaign(
        coverage,
        also.map((translator) => ({ translator, tuning: {} })),
      );
      try {
        for (const one of seeds(seed)) {
          if (campaign.sequences === SEQUENCES) break;
          const failure = await campaign.run(one, flavour);
          if (failure !== undefined) return failure;
        }
        return await campaign.askQemu();
      } finally {
        campaign.close();
        sequences += campaign.sequences;
        instructions += campaign.instructions;
        asked += campaign.asked;
      }
    },
    tally: () =>
      `${sequences} sequences, ${instructions} instructions on each of 5 executions, ${asked} sequences on QEMU`,
  };
}
