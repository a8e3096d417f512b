// `lockstep show`: what the inspector's panes show, as text or JSON.

import type { Argv } from 'yargs';
import { UsageError } from '../../emulator/index.ts';
import type { Recording } from '../../lockstep/index.ts';
import {
  BEGUN,
  type Bisection,
  bisection,
  type ColorChoice,
  lineAnsi,
  PANE_NAMES,
  PANES,
  type PaneName,
  parseAddress,
  parsePlace,
  RunView,
  type SearchTold,
  told,
  wantsColor,
} from '../../ui/index.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT } from '../exit-code.ts';
import { readRecording } from '../recording-file.ts';
import { columnsOf, isTerminal } from '../terminal.ts';

interface ShowArguments {
  readonly recording?: string;
  readonly pane: PaneName | 'bisect';
  readonly at: string;
  readonly address?: string;
  readonly json?: boolean;
  readonly color: ColorChoice;
}

const USAGE = `Examples:
  lockstep show run.lsrec                         the code around the first difference
  lockstep show --pane regs --at first run.lsrec  registers after the instruction that made the difference
  lockstep show --pane memory --address 0x2a40 --at +12 run.lsrec
  lockstep show --pane wasm --json run.lsrec
  lockstep show --pane bisect run.lsrec           the rewrite to blame, searched on the block that differs

Usage: lockstep show [options] RECORDING

A recording is a file that lockstep run --record FILE has made. POSITION is an instruction count, first, start, end, 50%
of what was traced, or +N and -N from first; shown is the state after that instruction.`;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('recording', { type: 'string', describe: 'the file' })
    .option('pane', { choices: [...PANE_NAMES, 'bisect'], default: 'code', describe: 'what to show' })
    .option('at', { type: 'string', requiresArg: true, default: 'first', describe: 'POSITION' })
    .option('address', { type: 'string', requiresArg: true, describe: 'where memory begins' })
    .option('json', { type: 'boolean', describe: 'as one JSON object' })
    .option('color', { choices: ['auto', 'always', 'never'], default: 'auto', describe: 'colours' }) as unknown as Argv;
}

/** Lines of code shown on both sides of the position. */
const AROUND = 16;

export async function handler(options: ShowArguments): Promise<number> {
  const view = new RunView(readRecording(options.recording));
  const wanted = parsePlace(options.at, view);
  if (wanted === undefined)
    throw new UsageError(
      `--at ${options.at} is no position`,
      'Give an instruction count, first, start, end, +N, -N or 50%.',
    );
  const at = view.clamp(wanted);
  if (at !== wanted && view.traced)
    writeAll(2, `lockstep: instruction ${wanted} is not in the recording, which has ${view.start} to ${view.last}\n`);
  const address = options.address === undefined ? undefined : parseAddress(options.address);
  if (options.address !== undefined && address === undefined)
    throw new UsageError(`--address ${options.address} is no address`, 'Give it in hexadecimal: 0x2a40');
  const pane = options.pane;
  const width = columnsOf(1, 120);
  const { lines, data } =
    pane === 'bisect'
      ? bisection(await searched(view.recording, options.recording!), width)
      : PANES[pane](view, view.both(at), { width, address });
  if (options.json) {
    const { schema, verdict } = view.report;
    writeAll(
      1,
      `${JSON.stringify({ schema, pane, at, verdict, start: view.start, last: view.last, data }, null, 2)}\n`,
    );
    return EXIT.same;
  }
  const color = wantsColor(options.color, process.env, isTerminal(1));
  const here = lines.findIndex((line) => line.here);
  const shown = pane === 'code' && here >= 0 ? lines.slice(Math.max(0, here - AROUND), here + AROUND + 1) : lines;
  const needsTrace = !['events', 'serial', 'notes', 'bisect'].includes(pane);
  const text =
    needsTrace && !view.traced
      ? 'nothing was traced: the sides do not differ\n'
      : shown.map(({ line }) => `${lineAnsi(line, color)}\n`).join('');
  writeAll(1, text);
  return EXIT.same;
}

/** The search in the recording's capsule, made now. */
async function searched(recording: Recording, path: string): Promise<Bisection> {
  const { capsuleIn } = await import('../capsule-file.ts');
  const { searchCapsule } = await import('../bisect-capsule.ts');
  let search: Bisection = BEGUN;
  const started = performance.now();
  const tell = (news: SearchTold) => {
    search = told(search, news, (performance.now() - started) / 1000);
  };
  tell({ t: 'result', ...(await searchCapsule(capsuleIn(recording, path), path, tell)) });
  return { ...search, status: 'done' };
}
