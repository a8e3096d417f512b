// `lockstep attach`: watches a run that another process has started: the live view, then the inspector or the report; as
// text where there is no terminal.

import type { Argv } from 'yargs';
import { UsageError } from '../../emulator/index.ts';
import { decodeRecording, EngineError, type Recording, type Report, reportText } from '../../lockstep/index.ts';
import type { Place, RemoteRun } from '../../lockstep/remote/index.ts';
import { type ColorChoice, wantsColor } from '../../ui/index.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT } from '../exit-code.ts';
import { canInspect, inspect, loadInspector } from '../inspector.ts';
import { pluginCommands } from '../live-commands.ts';
import { placeOf } from '../place.ts';
import { checkRecordable, RECORD_OPTION, writeRecording } from '../recording-file.ts';
import { columnsOf, isTerminal } from '../terminal.ts';

interface AttachArguments {
  readonly place?: string;
  readonly json?: boolean;
  readonly ndjson?: boolean;
  readonly color: ColorChoice;
  readonly tui: boolean;
  readonly record?: string;
}

const USAGE = `Examples:
  lockstep attach                                    the run that this user serves with --serve
  lockstep attach /tmp/run.sock
  lockstep attach 'http://127.0.0.1:8080/#TOKEN'     as run --listen has printed it
  lockstep attach --ndjson run.sock | jq .status

Usage: lockstep attach [options] [PATH|URL]

Shows where the run is, what its guest writes, and at the end what was found. LOCKSTEP_TOKEN may hold the token of an
address, so that no list of processes shows it. Exit codes as those of the run; 0 when it is left before its end.`;

export function builder(yargs: Argv): Argv {
  return yargs
    .usage(USAGE)
    .positional('place', { type: 'string', describe: 'the socket, or the address' })
    .option('json', { type: 'boolean', describe: 'the report as one JSON object, when the run is over' })
    .option('ndjson', { type: 'boolean', describe: 'each message as one line of JSON' })
    .option('record', RECORD_OPTION)
    .option('tui', {
      type: 'boolean',
      default: true,
      describe: 'show the run and the inspector when there is a terminal; --no-tui: print',
    })
    .option('color', { choices: ['auto', 'always', 'never'], default: 'auto', describe: 'colours' }) as unknown as Argv;
}

export async function handler(options: AttachArguments): Promise<number> {
  if (options.json && options.ndjson)
    throw new UsageError('--json and --ndjson exclude each other', 'Give one of them.');
  if (options.record !== undefined) checkRecordable(options.record);
  const remote = await import('../../lockstep/remote/index.ts');
  const place = await placeOf(options.place, process.env, remote.liveSockets);
  const run = new remote.RemoteRun(place);
  const looks = options.tui && !options.json && !options.ndjson && canInspect();
  try {
    return looks ? await look(run, options) : await tell(run, place, options);
  } finally {
    run.close();
  }
}

/** At a terminal. */
async function look(run: RemoteRun, options: AttachArguments): Promise<number> {
  // Nobody there is said without a screen around it.
  await run.reached;
  const { openLive } = await import('../../ui/live/index.ts');
  let interrupted = false;
  const view = openLive(run, {
    color: wantsColor(options.color, process.env, true),
    control: (action) => run.control(action),
    commands: pluginCommands(run),
    interrupt: () => {
      interrupted = true;
      view.close();
    },
    killed: () => process.exit(EXIT.interrupted),
  });
  try {
    const documents = await Promise.race([run.over, view.left.then(() => undefined)]);
    if (interrupted) return EXIT.interrupted;
    if (!documents) return EXIT.same;
    const recording = recordingOf(documents.recording);
    const inspects = recording?.report.verdict === 'diverged';
    if (inspects) await loadInspector();
    view.close();
    if (inspects) await inspect(recording, options.color);
    return conclude(run, documents, options);
  } finally {
    view.close();
  }
}

/** Without one: a line when something has changed, the guest's output, the report. */
async function tell(run: RemoteRun, place: Place, options: AttachArguments): Promise<number> {
  let ended: (code: number) => void = () => {};
  const signalled = new Promise<number>((resolve) => {
    ended = resolve;
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended(EXIT.interrupted));
  if (options.ndjson) run.onMessage((message) => writeAll(1, `${JSON.stringify(message)}\n`));
  else {
    const { durationText, stateText, statusLine } = await import('../../ui/live/index.ts');
    writeAll(2, `lockstep: watching ${place.shown}\n`);
    let last = '';
    let shown = Number.NEGATIVE_INFINITY;
    const say = () => {
      const now = run.get();
      const { text } = stateText(now);
      const time = performance.now();
      if (!now.status || (text === last && time - shown < LINE_MS)) return;
      last = text;
      shown = time;
      writeAll(2, `${durationText(now.status.elapsedMs)}: ${text} │ ${statusLine(now)}\n`);
    };
    run.subscribe(say);
  }
  let lost: NodeJS.Timeout | undefined;
  const gone = new Promise<never>((_, reject) => {
    run.subscribe(() => {
      if (run.get().link !== 'lost') {
        clearTimeout(lost);
        lost = undefined;
      } else
        lost ??= setTimeout(
          () => reject(new EngineError(`the run at ${place.shown} is gone`, 'Look where it was started.')),
          LOST_MS,
        );
    });
  });
  try {
    const documents = await Promise.race([run.over, signalled, gone]);
    return typeof documents === 'number' ? documents : conclude(run, documents, options);
  } finally {
    clearTimeout(lost);
  }
}

const LINE_MS = 1000;
/** A run that cannot be reached for so long will not come back. */
const LOST_MS = 10_000;

type Documents = Awaited<RemoteRun['over']>;

function conclude(run: RemoteRun, documents: Documents, options: AttachArguments): number {
  const end = run.get().status?.end;
  const { report: bytes } = documents;
  if (options.record !== undefined) {
    const recording = recordingOf(documents.recording);
    if (recording) writeRecording(options.record, recording);
    else writeAll(2, 'lockstep: the run has ended without a recording\n');
  }
  if (bytes && !options.ndjson) {
    const text = new TextDecoder().decode(bytes);
    const color = wantsColor(options.color, process.env, isTerminal(1));
    const report = JSON.parse(text) as Report;
    if (options.json) writeAll(1, `${JSON.stringify(report, null, 2)}\n`);
    else writeAll(1, reportText(report, { color, width: columnsOf(1, 160) }));
  } else if (!bytes) writeAll(2, `lockstep: the run has ended: ${end?.summary ?? 'nothing is known of why'}\n`);
  return end?.exitCode ?? EXIT.failure;
}

function recordingOf(bytes: Uint8Array | undefined): Recording | undefined {
  return bytes && decodeRecording(bytes, 'the recording of the run');
}
