// A run of two machines against each other: starts the two instance processes, joins them to a comparator, and gives
// the report. Whatever happens, the processes of a session end with it.

import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { setPriority } from 'node:os';
import type { Writable } from 'node:stream';
import type { TrialLog } from './bisect/journal.ts';
import type { Choices } from './bisect/sides.ts';
import { socketChannel } from './channel.ts';
import { Comparator, type Progress } from './comparator.ts';
import type { RunControl } from './control.ts';
import { EngineError, Interrupted } from './engine-error.ts';
import type { EntryVote } from './entry-vote.ts';
import { startHub } from './hub.ts';
import type { InstanceSpec } from './instance.ts';
import type { LoadCapture, Wanted } from './investigate.ts';
import { DEFAULT_LOOK_BACK } from './look-back.ts';
import { identityOf } from './program-identity.ts';
import { type EventRecord, fromSide, SIDES, type Side } from './protocol.ts';
import type { Recording } from './recording/model.ts';
import { type Finished, type Report, reportOf } from './report/model.ts';
import { sideProcess } from './side-process/index.ts';
import { thirdOpinion } from './third-opinion.ts';
import { defaultWindow, RECORDING_WINDOW } from './window.ts';

export interface SessionOptions
  extends Omit<
    InstanceSpec,
    'translator' | 'window' | 'stream' | 'choice' | 'cache' | 'identity' | 'session' | 'recent'
  > {
  /** The two translators. */
  readonly a: string;
  readonly b: string;
  /** The guest's standard input, given to both sides: all of it, or a stream that may be slow or never end. */
  readonly stdin: Uint8Array | InputStream;
  /** A third translator that is asked who is wrong when the two differ. */
  readonly c?: string;
  readonly window?: number;
  readonly stream?: 'windows' | 'blocks';
  /**
   * Instructions whose every block is compared before a divergence, or before the end of a run no longer than that;
   * DEFAULT_LOOK_BACK when missing.
   */
  readonly lookBack?: number;
  /** What to find out of a divergence beyond the report. */
  readonly wanted?: Wanted;
  /** Loaded when something differs. */
  readonly capture?: LoadCapture;
  /** Trials of a search made before, and where new ones are kept. */
  readonly trials?: TrialLog;
  /** The sides use code that earlier runs have translated, and keep theirs. */
  readonly cache?: boolean;
  /** Which changes each side makes; all when missing. */
  readonly choices?: Choices;
  /** The file that a side's process runs, of another build than this one. */
  readonly instanceMain?: string;
  /** End inconclusive after so long. */
  readonly timeoutMs?: number;
  /** A side that keeps the other waiting for so long has failed. */
  readonly silenceMs?: number;
  readonly signal?: AbortSignal;
  /** What the guest writes, as side A runs it. */
  onOutput?(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** A line from one of the machines for the person. */
  onNote?(side: Side, text: string): void;
  /** What plugins loaded by `control` say. */
  onPlugin?(side: Side, text: string): void;
  onProgress?(progress: Progress): void;
  /** The latest events of the guest at the end of each window, as side A runs it. */
  onEvents?(events: readonly EventRecord[]): void;
  /** The sides give way to this process: somebody sits at its keys. */
  readonly givesWay?: boolean;
  /** Holds and ends the run from outside. */
  readonly control?: RunControl;
  /** Everything about the run for a later look, after its report. Costs a replay when the sides differ. */
  onRecording?(recording: Recording): void;
}

/** Bytes that arrive while the run goes on. */
export interface InputStream {
  /** Calls back with each piece, then at the end. Called once. */
  open(piece: (bytes: Uint8Array) => void, end: () => void): void;
  /** Nothing more is wanted. */
  close(): void;
}

const DEFAULT_SILENCE_MS = 120_000;
const LAST_WORDS = 4096;

/** Rejects with EngineError when a side dies or the run cannot start, with Interrupted when the signal fires. */
export async function runSession(options: SessionOptions): Promise<Report> {
  return withInput(options, async (input, deadline) => {
    const record = options.onRecording && new (await import('./recording/recorder.ts')).Recorder(options.a, options.b);
    let vote: EntryVote | undefined;
    const withVote = async () => {
      vote ??= await loadVote();
      return vote.capture(await options.capture?.());
    };
    const capture = options.c === undefined ? options.capture : withVote;
    const outcome = await compare(
      {
        ...options,
        ...(capture && { capture }),
        ...(record && { wanted: 'trace', onSideOutput: (side, bytes) => record.add(side, bytes) }),
      },
      input,
      deadline,
    );
    const report = await withThird(options, reportOf(outcome), vote, input, deadline);
    if (record) options.onRecording?.(record.finish(outcome, report));
    return report;
  });
}

async function withThird(
  options: SessionOptions,
  report: Report,
  vote: EntryVote | undefined,
  input: SharedInput,
  deadline: Deadline,
): Promise<Report> {
  const { c, wanted: _, choices: __, capture: ___, onRecording: ____, onEvents: _____, ...plain } = options;
  if (c === undefined || report.verdict === 'inconclusive') return report;
  if (options.signal?.aborted)
    return { ...report, notes: [...report.notes, `interrupted: ${c} was not asked who is wrong`] };
  const silent = { ...plain, a: c, onOutput: () => {}, onNote: () => {} };
  try {
    if (report.verdict === 'same') return sharedError(report, options, await compare(silent, input, deadline));
    const third = await vote?.opinion(options, c, options.mutants);
    if (third) return { ...report, third };
    const told = await thirdOpinion(
      report,
      c,
      async (b, maxInsns) => (await compare({ ...silent, b, maxInsns }, input, deadline)).verdict,
    );
    return { ...report, third: told };
  } catch (error) {
    // What has been found is worth more than who is to blame for it.
    if (!(error instanceof EngineError)) throw error;
    return { ...report, notes: [...report.notes, `${c} could not be asked who is wrong: ${error.message}`] };
  }
}

async function loadVote(): Promise<EntryVote> {
  return new (await import('./entry-vote.ts')).EntryVote();
}

/** Where the two agree, but not with the third, both are wrong in the same way: what they share is, decoding for instance. */
function sharedError(report: Report, { a, b, c }: SessionOptions, outcome: Finished): Report {
  if (outcome.verdict !== 'diverged') return report;
  const found = reportOf(outcome);
  const third = { translator: c!, from: 'start', agreesWithA: false, agreesWithB: false, wrong: 'both' } as const;
  return { ...found, notes: [...found.notes, `${a} and ${b} agree to the end; ${c} differs from both`], third };
}

/** One comparison as `runSession` makes it, with all that was found. */
export function sessionOutcome(options: SessionOptions): Promise<Finished> {
  return withInput(options, (input, deadline) => compare(options, input, deadline));
}

type Deadline = AbortSignal | undefined;

async function withInput<T>(
  { timeoutMs, stdin }: SessionOptions,
  use: (input: SharedInput, deadline: Deadline) => Promise<T>,
): Promise<T> {
  const deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const input = new SharedInput(stdin);
  try {
    return await use(input, deadline);
  } finally {
    input.close();
  }
}

interface Comparison extends SessionOptions {
  /** What either guest writes to any of its outputs. */
  onSideOutput?(side: Side, bytes: Uint8Array): void;
}

/** Two machines against each other, a second time where the first leaves a question open. */
async function compare(options: Comparison, input: SharedInput, deadline: Deadline): Promise<Finished> {
  const stream = options.stream ?? 'windows';
  const window = options.window ?? defaultWindow(stream);
  const first = await attempt(options, { window, stream, notes: [], deadline, input });
  if ('outcome' in first) return first.outcome;
  const note = `${first.reason}; both sides were started again, recording every block`;
  const second = await attempt(
    { ...options, onOutput: () => {}, onSideOutput: () => {} },
    { window: Math.min(window, RECORDING_WINDOW), stream: 'blocks', notes: [note], deadline, input },
  );
  if ('outcome' in second) return first.stateDiffered ? unexplained(second.outcome, first.reason) : second.outcome;
  throw new EngineError('a run that records every block asked to be started again');
}

/** Standard input for several processes, each of which gets all of it, from the start. */
class SharedInput {
  private readonly stream: InputStream | undefined;
  private readonly pieces: Uint8Array[] = [];
  private readonly readers = new Set<Writable>();
  /** All has been read. */
  ended = false;

  constructor(source: Uint8Array | InputStream) {
    if (source instanceof Uint8Array) {
      this.pieces.push(source);
      this.ended = true;
      return;
    }
    this.stream = source;
    source.open(
      (bytes) => {
        this.pieces.push(bytes);
        for (const reader of this.readers) reader.write(bytes);
      },
      () => {
        this.ended = true;
        for (const reader of this.readers) reader.end();
      },
    );
  }

  /** Writes to `reader` all that has come and will come. */
  feed(reader: Writable): void {
    for (const bytes of this.pieces) reader.write(bytes);
    if (this.ended) reader.end();
    else this.readers.add(reader);
  }
  forget(reader: Writable): void {
    this.readers.delete(reader);
  }
  close(): void {
    this.stream?.close();
  }
}

/** What once differed is not the same because a closer look does not show it: looking may change the code that is looked at. */
function unexplained(outcome: Finished, reason: string): Finished {
  if (outcome.verdict !== 'same') return outcome;
  const { end: _, ...common } = outcome;
  return { ...common, verdict: 'inconclusive', reason: `${reason}, and nor does a run that records every block` };
}

interface Attempt {
  readonly window: number;
  readonly stream: 'windows' | 'blocks';
  readonly notes: readonly string[];
  readonly deadline: AbortSignal | undefined;
  readonly input: SharedInput;
}

async function attempt(
  options: Comparison,
  how: Attempt,
): Promise<{ outcome: Finished } | { reason: string; stateDiffered: boolean }> {
  if (options.signal?.aborted) throw new Interrupted();
  const identity = identityOf(options.program);
  // A recording has it; two sides that have read the same file can do without.
  const known = identity && { marks: identity.marks, hash: options.onRecording ? identity.hash() : '' };
  const children: Record<Side, Child> = {
    A: new Child({ ...specOf(options, 'A', how), identity: known }, how.input, options),
    B: new Child({ ...specOf(options, 'B', how), identity: known }, how.input, options),
  };
  const killAll = () => {
    for (const side of SIDES) children[side].kill();
  };
  process.on('exit', killAll);
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  // What has been found by then is reported, unless it is but the beginning of a search.
  const searches = options.wanted === 'search' || options.wanted === 'list';
  let stopLookingBack = (): boolean => false;
  const interrupt = () => {
    if (searches || !stopLookingBack()) fail(new Interrupted());
  };
  options.signal?.addEventListener('abort', interrupt);
  try {
    const comparator = new Comparator({
      restartable: how.stream === 'windows',
      lookBack: options.lookBack ?? DEFAULT_LOOK_BACK,
      notes: how.notes,
      ...(options.wanted && { wanted: options.wanted }),
      ...(options.capture && { capture: options.capture }),
      ...(identity && { programHash: identity.hash }),
      ...(options.trials && { trials: options.trials }),
    });
    const hub = startHub({
      comparator,
      channels: { A: children.A.channel, B: children.B.channel },
      silenceMs: options.silenceMs ?? DEFAULT_SILENCE_MS,
      // A guest may wait for input that nobody has typed yet, a person hold the run.
      patient: () => !how.input.ended || options.control?.paused === true,
      lastWords: (side) => children[side].lastWords(),
      output: (side, stream, bytes) => {
        try {
          if (stream === 'note') options.onNote?.(side, new TextDecoder().decode(bytes));
          else if (stream === 'plugin') options.onPlugin?.(side, new TextDecoder().decode(bytes));
          else {
            options.onSideOutput?.(side, bytes);
            if (side === 'A') options.onOutput?.(stream, bytes);
          }
        } catch (error) {
          fail(error);
        }
      },
      events: (_side, events) => options.onEvents?.(events),
      progress: () => options.onProgress?.(comparator.progress),
    });
    stopLookingBack = () => hub.stopLookingBack();
    options.control?.join(hub);
    const expire = () => hub.giveUp('the time allowed is over');
    if (how.deadline?.aborted) expire();
    else how.deadline?.addEventListener('abort', expire);
    const result = await Promise.race([hub.result, failed]);
    how.deadline?.removeEventListener('abort', expire);
    if (result.kind === 'restart') return result;
    const { outcome } = result;
    if (outcome.verdict === 'failed') throw new EngineError(outcome.message, outcome.remedy);
    return { outcome };
  } finally {
    options.control?.join(undefined);
    options.signal?.removeEventListener('abort', interrupt);
    await Promise.all(SIDES.map((side) => children[side].end()));
    process.removeListener('exit', killAll);
  }
}

function specOf(options: SessionOptions, side: Side, how: Attempt): Omit<InstanceSpec, 'identity'> {
  const translator = side === 'A' ? options.a : options.b;
  const choice = options.choices?.[side] ?? null;
  const { program, argv, env, machine, memoryBytes, seed, maxInsns, mutants } = options;
  const { window, stream } = how;
  const session = process.pid;
  const cache = options.cache === true;
  const recent = side === 'A' && options.onEvents !== undefined;
  return {
    ...{ program, argv, env, machine, translator, memoryBytes, seed, window, stream, maxInsns, mutants, choice },
    ...{ session, cache, recent },
  };
}

type Attended = Pick<SessionOptions, 'instanceMain' | 'givesWay'>;

/** Enough to be put aside at once by a process that has slept; a machine with nothing else to do runs it as fast. */
const LOWER = 5;

function lower(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, LOWER);
  } catch {
    // It has ended, or this system has no priorities.
  }
}

/** The descriptor of a side's channel in its process. */
const CHANNEL = 3;
/** How long a process whose channel has gone may take to end by itself. */
const GRACE_MS = 300;

const GROUP_SIGNALS: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP']);

/** One instance process and its channel. */
class Child {
  readonly channel: ReturnType<typeof socketChannel<import('./protocol.ts').FromSide, import('./protocol.ts').ToSide>>;
  private readonly child: ChildProcess;
  private readonly exited: Promise<string>;
  /** It has nothing more to do. */
  private readonly done: Promise<void>;
  private readonly input: SharedInput;
  private words = '';

  constructor(spec: InstanceSpec, input: SharedInput, { instanceMain: main, givesWay }: Attended) {
    this.input = input;
    this.child = sideProcess(main);
    if (givesWay) lower(this.child.pid);
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      this.child.once('close', (code, signal) =>
        resolve(signal ? `was killed (${signal})` : `died (exit code ${code})`),
      );
    });
    this.child.stderr?.on('data', (bytes: Buffer) => {
      this.words = (this.words + bytes.toString('utf8')).slice(-LAST_WORDS);
    });
    const socket = this.child.stdio[CHANNEL] as Socket;
    this.done = new Promise((resolve) => socket.once('close', () => resolve()));
    const stdin = this.child.stdin!;
    // A process that dies before it has read its input is reported by its exit.
    stdin.on('error', () => {});
    stdin.write(`${JSON.stringify(spec)}\n`);
    input.feed(stdin);
    this.channel = socketChannel(socket, fromSide);
  }

  /** How the process ended, with the end of what it wrote to its standard error. */
  async lastWords(): Promise<string> {
    const how = await this.exited;
    // What ends a whole group of processes ends the run: this process may hear of it a moment later.
    if (GROUP_SIGNALS.has(this.child.signalCode ?? '')) await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
    return this.words.trim() ? `${how}; its last words:\n${this.words.trim()}` : how;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** A process that has had its verdict ends by itself; one that has not is of no further use. */
  async end(): Promise<void> {
    this.input.forget(this.child.stdin!);
    this.channel.close();
    const patience = setTimeout(() => this.kill(), GRACE_MS);
    await Promise.race([this.done, this.exited]);
    clearTimeout(patience);
    // To be taken down takes longer than to tell the result, and nothing can keep it from that now (side-process).
    this.kill();
    // Not before the result is told: to destroy a socket Node loads the stream of standard error.
    setImmediate(() => this.channel.destroy());
  }
}
