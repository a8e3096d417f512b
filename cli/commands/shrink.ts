// `lockstep shrink`: the smallest form of a capsule on which a translator is still wrong, as assembler source, and as a program
// of its own.

import { writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { Argv } from 'yargs';
import { parseTranslatorSpec, translators, UsageError } from '../../emulator/index.ts';
import { assembler, encodeCapsule, judge, shrinkCapsule, wrongVariant } from '../../lockstep/capsule/index.ts';
import { readCapsule, refuseFiles } from '../capsule-file.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT } from '../exit-code.ts';
import { resolveMutant } from '../mutants.ts';
import { writeScenario } from '../scenario-files.ts';

interface ShrinkArguments {
  readonly file?: string;
  readonly translator?: string;
  readonly output?: string;
  readonly scenario?: string;
}

const USAGE = `Examples:
  lockstep shrink bad.capsule > bad.s
  lockstep shrink --output small.capsule bad.capsule
  lockstep shrink --scenario cases bad.capsule     cases/bad.s, bad.elf and bad.report.json

Usage: lockstep shrink [options] CAPSULE

Takes instructions out of the block, makes operands zero and values small, as long as the translator that is wrong on it
stays wrong. A scenario is a program that differs by itself: source, executable, and what lockstep run --json says of it.
Exit codes: 0 shrunk, 2 usage or engine failure, 3 nobody is wrong on this capsule, or only not in a program of its own.`;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('file', { type: 'string', describe: 'a capsule' })
    .option('translator', {
      type: 'string',
      requiresArg: true,
      describe: 'the one that is wrong, instead of the two in it',
    })
    .option('output', { type: 'string', requiresArg: true, describe: 'file for the small capsule' })
    .option('scenario', {
      type: 'string',
      requiresArg: true,
      describe: 'directory for a program of what is left',
    }) as unknown as Argv;
}

export async function handler({ file, translator, output, scenario }: ShrinkArguments): Promise<number> {
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
    const run = judge(small, candidate, reference);
    writeAll(1, assembler(small, run));
    if (scenario === undefined) return EXIT.same;
    const variant = run.tier === 'as it is' ? spec : `${spec},tier=${run.tier}`;
    // The other side of the capsule, unless it is wrong too or not asked for.
    const isB = translator === undefined && spec === capsule.b;
    const sides = {
      a: isB ? capsule.a : translator === undefined ? variant : reference.name,
      b: isB || translator !== undefined ? variant : capsule.b,
    };
    const name = basename(file, extname(file));
    const written = await writeScenario(small, run.wrong, sides, scenario, name);
    writeAll(2, written.map((line) => `lockstep: ${line}\n`).join(''));
    return written.length === 3 ? EXIT.same : EXIT.inconclusive;
  }
  writeAll(2, 'lockstep: nobody is wrong on this capsule\n');
  return EXIT.inconclusive;
}
