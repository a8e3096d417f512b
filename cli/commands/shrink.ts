// `lockstep shrink`: the smallest form of a capsule on which a translator is still wrong, as assembler source.

import { writeFileSync } from 'node:fs';
import type { Argv } from 'yargs';
import { parseTranslatorSpec, translators, UsageError } from '../../emulator/index.ts';
import { assembler, encodeCapsule, judge, shrinkCapsule, wrongVariant } from '../../lockstep/capsule/index.ts';
import { readCapsule, refuseFiles } from '../capsule-file.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT } from '../exit-code.ts';
import { resolveMutant } from '../mutants.ts';

interface ShrinkArguments {
  readonly file?: string;
  readonly translator?: string;
  readonly output?: string;
}

const USAGE = `Examples:
  lockstep shrink bad.capsule > bad.s
  lockstep shrink --output small.capsule bad.capsule

Usage: lockstep shrink [options] CAPSULE

Takes instructions out of the block, makes operands zero and values small, as long as the translator that is wrong on it
stays wrong. Exit codes: 0 shrunk, 2 usage or engine failure, 3 nobody is wrong on this capsule.`;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('file', { type: 'string', describe: 'a capsule' })
    .option('translator', {
      type: 'string',
      requiresArg: true,
      describe: 'the one that is wrong, instead of the two in it',
    })
    .option('output', { type: 'string', requiresArg: true, describe: 'file for the small capsule' }) as unknown as Argv;
}

export async function handler({ file, translator, output }: ShrinkArguments): Promise<number> {
  if (file === undefined) throw new UsageError('shrink which capsule?', 'lockstep shrink CAPSULE');
  const capsule = readCapsule(file);
  const reference = translators.find(({ name }) => name === 'reference')!;
  // B is the one under test.
  for (const spec of translator === undefined ? [capsule.b, capsule.a] : [translator]) {
    if (translator === undefined) refuseFiles(spec);
    const candidate = await parseTranslatorSpec(spec, { resolveMutant });
    const wrong = wrongVariant(capsule, candidate, reference);
    if (!wrong) continue;
    const small = shrinkCapsule(capsule, wrong, reference);
    if (output !== undefined) writeFileSync(output, encodeCapsule(small));
    writeAll(1, assembler(small, judge(small, candidate, reference)));
    return EXIT.same;
  }
  writeAll(2, 'lockstep: nobody is wrong on this capsule\n');
  return EXIT.inconclusive;
}
