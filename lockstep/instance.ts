// One side of a session: builds the machine its spec describes, with the observer installed, and runs it until the
// comparator's verdict. The process around it is instance-main.ts; the comparator is at the other end of the channel.

import {
  blockStore,
  createMachine,
  type Machine,
  machineKind,
  parseTranslatorSpec,
  readProgram,
} from '../emulator/index.ts';
import type { Choice } from './bisect/choice.ts';
import { ChangeRecorder } from './bisect/recorder.ts';
import { mutantResolver } from './mutant-resolver.ts';
import type { SideChannel } from './observer.ts';
import { createObserver } from './plugin.ts';
import { hashOf, type KnownProgram } from './program-identity.ts';
import { SidePlugins } from './side-plugins.ts';

/** Plain data, given to the process as one line of JSON. */
export interface InstanceSpec {
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly machine: 'user' | 'virt' | 'auto';
  /** Of the program, as the session has found it. */
  readonly identity: KnownProgram | null;
  readonly translator: string;
  readonly memoryBytes: number | null;
  readonly seed: number | null;
  readonly window: number;
  readonly stream: 'windows' | 'blocks';
  /** Stop the guest here. */
  readonly maxInsns: number | null;
  /** Tell of the guest's latest events at the end of each window. */
  readonly recent: boolean;
  /** Process id of the one who started this side. */
  readonly session: number;
  /** Module that resolves `mutant:NAME` translators: exports resolveMutant. */
  readonly mutants: string | null;
  /** Translated code is kept for later runs, and theirs used. */
  readonly cache: boolean;
  /** Which changes its translator makes; null: all. */
  readonly choice: Choice | null;
}

/** The side runs a module that is not ours: it may never return. */
export function runsForeignCode({ translator }: Pick<InstanceSpec, 'translator'>): boolean {
  return /[/:.]/.test(translator.split(',', 1)[0]!);
}

/** Largest piece of guest output sent at once. */
const OUTPUT_PIECE = 1 << 18;

/** The guest's standard input, the same pieces on both sides. */
export interface GuestInput {
  /** A process reads when it wants to. */
  readonly read: (max: number) => Uint8Array;
  /** A board's console must be known before the machine starts. */
  readonly readAll: () => Uint8Array;
}

/** Resolves when the verdict has arrived; rejects when the run cannot go on or the comparator is gone. */
export async function runInstance(spec: InstanceSpec, stdin: GuestInput, channel: SideChannel): Promise<void> {
  const program = readProgram(spec.program);
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const over = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Unhandled until awaited below: the machine may be at work when the comparator goes away.
  over.catch(() => {});
  const recorder = spec.choice ? new ChangeRecorder(spec.choice) : undefined;
  const translator = await parseTranslatorSpec(spec.translator, mutantResolver(spec.mutants));
  const kind = machineKind({ program, programPath: spec.program, machine: spec.machine });
  const watched = recorder !== undefined || spec.stream === 'blocks';
  const store = spec.cache && !watched ? blockStore(spec.program, kind, translator, 'lockstep') : undefined;
  let machine: Machine;
  const plugins = new SidePlugins(
    () => machine.pluginControl,
    ['lockstep'],
    (message) => channel.send(message),
  );
  const observer = createObserver({
    plugins,
    ...(recorder && { recorder }),
    translator: spec.translator,
    program: spec.program,
    programHash: hashOf(spec.program, program, spec.identity),
    recent: spec.recent,
    setup: {
      args: spec.argv,
      env: spec.env,
      cwd: process.cwd(),
      memoryBytes: spec.memoryBytes,
      seed: spec.seed,
      maxInsns: spec.maxInsns,
    },
    eager: true,
    connect: async () => channel,
    finished: (verdict, lost) => (verdict ? resolve() : reject(lost ?? new Error('the comparator is gone'))),
  });
  const output = (stream: 'stdout' | 'stderr' | 'note') => (bytes: Uint8Array) => {
    if (observer.muted) return;
    for (let at = 0; at < bytes.length; at += OUTPUT_PIECE)
      channel.send({ t: 'output', stream, bytes: bytes.slice(at, at + OUTPUT_PIECE) });
  };
  const note = output('note');
  machine = await createMachine({
    program,
    programPath: spec.program,
    argv: [...spec.argv],
    env: [...spec.env],
    cwd: process.cwd(),
    machine: spec.machine,
    translator,
    ...(spec.memoryBytes === null ? {} : { memoryBytes: spec.memoryBytes }),
    ...(spec.seed === null ? {} : { seed: spec.seed }),
    stdin: kind === 'virt' ? stdin.readAll() : stdin.read,
    stdout: output('stdout'),
    stderr: output('stderr'),
    warn: (text) => note(new TextEncoder().encode(text)),
    files: 'overlay',
    log: { items: new Set(['plugin']), write: (text) => plugins.say(text) },
    ...(recorder && { changes: recorder.options }),
    plugins: [{ module: observer, args: [`window=${spec.window}`, `stream=${spec.stream}`] }],
  });
  let save = () => {};
  const run = async () => {
    await machine.start();
    if (store) machine.useSavedBlocks(store.key, store.open());
    await machine.runAsync(spec.maxInsns ?? undefined);
    // Before the end, which throws all code away.
    const blocks = machine.blocksToSave();
    if (blocks) save = () => store?.write(blocks);
    machine.finish();
    await over;
  };
  await Promise.race([run(), over]);
  save();
}
