// Floating-point helpers against qemu-riscv64 (test/runtime), in batches.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../emulator/sequence/float-operands.ts';
import { addRandom, Cases, FloatReferee } from '../runtime/float-check.ts';
import { missingTool } from '../runtime/float-oracle.ts';
import type { Job } from './job.ts';

const BATCH = 50_000;

export function floatJob(share: number): Job {
  const missing = missingTool();
  let referee: FloatReferee | undefined;
  let count = 0;
  return {
    name: 'helpers',
    summary: 'floating-point operations on the helpers of the runtime and on qemu-riscv64',
    share,
    ...(missing === undefined ? {} : { missing: `${missing} is not installed` }),
    run(seed) {
      if (referee === undefined) {
        const directory = mkdtempSync(join(tmpdir(), 'lockstep-soak-'));
        process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
        referee = new FloatReferee(directory);
      }
      const random = new Random(seed);
      const cases = new Cases();
      while (cases.count < BATCH) addRandom(cases, random);
      count += BATCH;
      const failures = referee.failures(cases, seed);
      return Promise.resolve(failures.length > 0 ? failures.join('\n') : undefined);
    },
    tally: () => `${count} operations, each with flags clear and accrued`,
  };
}
