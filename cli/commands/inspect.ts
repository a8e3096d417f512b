// `lockstep inspect`: walks through a recording at the terminal.

import type { Argv } from 'yargs';
import { reportText } from '../../lockstep/index.ts';
import { type ColorChoice, wantsColor } from '../../ui/index.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT } from '../exit-code.ts';
import { canInspect, inspect } from '../inspector.ts';
import { readRecording } from '../recording-file.ts';
import { columnsOf, isTerminal } from '../terminal.ts';

interface InspectArguments {
  readonly recording?: string;
  readonly color: ColorChoice;
}

const USAGE = `Examples:
  lockstep run --record run.lsrec program.elf
  lockstep inspect run.lsrec

Usage: lockstep inspect [options] RECORDING

Opens at the first difference; ? lists the keys, q quits. Without a terminal of at least 80×20 it prints the report;
lockstep show prints what each pane shows.`;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('recording', { type: 'string', describe: 'the file' })
    .option('color', { choices: ['auto', 'always', 'never'], default: 'auto', describe: 'colours' }) as unknown as Argv;
}

export async function handler(options: InspectArguments): Promise<number> {
  const recording = readRecording(options.recording);
  if (canInspect()) {
    await inspect(recording, options.color);
    return EXIT.same;
  }
  const color = wantsColor(options.color, process.env, isTerminal(1));
  writeAll(1, reportText(recording.report, { color, width: columnsOf(1, 160) }));
  return EXIT.same;
}
