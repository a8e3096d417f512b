// `lockstep capsule`: runs the block of a capsule on its two translators and the reference model, or shows what is in it.

import type { Argv } from 'yargs';
import { parseTranslatorSpec, translators, UsageError } from '../../emulator/index.ts';
import { capsuleText, judge, runText, verdictOf } from '../../lockstep/capsule/index.ts';
import { readCapsule, refuseFiles } from '../capsule-file.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT } from '../exit-code.ts';
import { resolveMutant } from '../mutants.ts';

interface CapsuleArguments {
  readonly action?: string;
  readonly file?: string;
  readonly translator?: string;
  readonly json?: boolean;
}

const USAGE = `Examples:
  lockstep run --capsule bad.capsule program.elf
  lockstep capsule run bad.capsule
  lockstep capsule run --translator ./mine.mjs bad.capsule
  lockstep capsule show bad.capsule

Usage: lockstep capsule run|show [options] FILE

Runs the block from its entry state and says which side the reference model contradicts, from which instruction on.
A capsule from a stranger is safe to run unless it names a module of yours as a translator: give --translator then.
Exit codes of run: 0 nobody is wrong, 1 somebody is, 2 usage or engine failure.`;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('action', { type: 'string', describe: 'run or show' })
    .positional('file', { type: 'string', describe: 'a capsule' })
    .option('translator', { type: 'string', requiresArg: true, describe: 'run on this one instead of the two' })
    .option('json', { type: 'boolean', describe: 'the result as one JSON object' }) as unknown as Argv;
}

export async function handler({ action, file, translator, json }: CapsuleArguments): Promise<number> {
  if ((action !== 'run' && action !== 'show') || file === undefined)
    throw new UsageError('capsule run FILE, or capsule show FILE');
  const capsule = readCapsule(file);
  if (action === 'show') {
    writeAll(1, capsuleText(capsule));
    return EXIT.same;
  }
  const reference = translators.find(({ name }) => name === 'reference')!;
  const specs = translator === undefined ? [capsule.a, capsule.b] : [translator];
  const runs = [];
  for (const spec of specs) {
    if (translator === undefined) refuseFiles(spec);
    runs.push(judge(capsule, await parseTranslatorSpec(spec, { resolveMutant }), reference));
  }
  const wrong = runs.some(({ agrees }) => !agrees);
  const verdict = translator === undefined ? { wrong: verdictOf(runs) } : {};
  writeAll(1, json ? `${JSON.stringify({ schema: 1, ...verdict, runs }, null, 2)}\n` : runText(capsule, runs));
  return wrong ? EXIT.diverged : EXIT.same;
}
