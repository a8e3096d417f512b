// `lockstep emu`: one machine, as qemu-riscv64 or qemu-system-riscv64 would run it, with plugins. With the plugin
// `lockstep` it is one of two peers started by hand. The guest's exit code is ours.

import { closeSync, openSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import type { Argv } from 'yargs';
import {
  blockStore,
  createMachine,
  didYouMean,
  LOG_ITEMS,
  type Log,
  type LogItem,
  type Machine,
  machineKind,
  type PluginModule,
  parseTranslatorSpec,
  readProgram,
  readSome,
  type StopReason,
  UsageError,
  wholeInput,
  writeFault,
} from '../../emulator/index.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT } from '../exit-code.ts';
import { type GdbArguments, PORT_OPTION, parsePort, withGdbOptions } from '../gdb-options.ts';
import { type GuestArguments, type GuestSpec, guestMachine, guestSpec, withGuestOptions } from '../guest-options.ts';
import { resolveMutant } from '../mutants.ts';
import type { Peer } from '../peer.ts';
import { writePluginJson } from '../plugin-json.ts';
import { type PluginRequest, parsePluginOptions } from '../plugin-option.ts';
import { loadPlugin } from '../plugins.ts';
import type { Profile } from '../profile.ts';
import { parseSeconds } from '../size.ts';
import { readAllStdin } from '../stdin.ts';

interface EmuArguments extends GuestArguments, GdbArguments {
  readonly translator: string;
  readonly plugin?: readonly string[];
  readonly d?: string;
  readonly D?: string;
  readonly timeout?: string;
  readonly 'plugin-json'?: string;
  readonly 'plugin-errors'?: 'remove' | 'fatal';
  readonly cache: boolean;
  readonly control?: string;
  readonly profile?: boolean;
  readonly 'profile-trace'?: string;
  readonly gdb?: string;
}

const USAGE = `Examples:
  lockstep emu program.elf
  lockstep emu --plugin hotblocks,limit=10 -d plugin program.elf
  lockstep emu -d in_asm,op_opt -D log.txt --max-insns 1000 program.elf
  lockstep emu --plugin lockstep,sockpath=/tmp/s program.elf      (in two terminals)
  lockstep emu --gdb 1234 program.elf                             then: gdb-multiarch -ex 'target remote :1234'

Usage: lockstep emu [options] PROGRAM [args..] [-- args..]

Exit codes: the guest's own; 2 usage or engine failure, 3 stopped by --max-insns or --timeout before its end.`;

export function builder(yargs: Argv): Argv {
  return withGdbOptions(withGuestOptions(yargs) as unknown as Argv)
    .usage(USAGE)
    .option('translator', { type: 'string', requiresArg: true, default: 'new-tcg', describe: 'the translator' })
    .option('plugin', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'NAME_OR_PATH,k=v,…: a plugin and its arguments; may be repeated (also LOCKSTEP_PLUGIN)',
    })
    .option('plugin-json', { type: 'string', requiresArg: true, describe: "a file for the plugins' results as JSON" })
    .option('plugin-errors', {
      choices: ['remove', 'fatal'],
      default: 'remove',
      describe: 'a plugin that throws is taken out and the run goes on, or ends; the exit code is 2 either way',
    })
    .option('control', {
      type: 'string',
      requiresArg: true,
      describe: 'a socket at which lockstep plugin load|unload|reload|ps changes what is loaded while the guest runs',
    })
    .option('d', { type: 'string', requiresArg: true, describe: 'what to log, separated by commas; -d help lists it' })
    .option('D', { type: 'string', requiresArg: true, describe: 'the file the log goes to instead of standard error' })
    .option('cache', {
      type: 'boolean',
      default: true,
      describe: 'keep translated code for later runs of the program; --no-cache neither uses nor writes it',
    })
    .option('profile', {
      type: 'boolean',
      describe: 'say where the time went and which blocks are hottest; counting them takes a few percent',
    })
    .option('profile-trace', {
      type: 'string',
      requiresArg: true,
      describe: 'the file a profile is written to as a Chrome trace',
    })
    .option('gdb', { ...PORT_OPTION, describe: 'wait for gdb at this port of this machine; it can go back in time' })
    .option('timeout', {
      type: 'string',
      requiresArg: true,
      describe: 'seconds after which the guest is stopped',
    }) as unknown as Argv;
}

export async function handler(options: EmuArguments): Promise<number | undefined> {
  if (options.d === 'help') {
    for (const [item, summary] of Object.entries(LOG_ITEMS)) writeAll(1, `${item.padEnd(10)} ${summary}\n`);
    return 0;
  }
  const guest = guestSpec(options, process.env);
  const timeoutMs = options.timeout === undefined ? undefined : parseSeconds(options.timeout, '--timeout') * 1000;
  const items = logItems(options.d);
  const requests = parsePluginOptions([...fromEnvironment(), ...(options.plugin ?? [])]);
  const program = readProgram(guest.program);
  const translator = await parseTranslatorSpec(options.translator, { resolveMutant });
  if (options.gdb !== undefined) {
    const port = parsePort(options.gdb, '--gdb');
    refuseWithGdb(options, requests.length);
    const { debugGuest } = await import('../gdb-guest.ts');
    const { isatty } = await import('node:tty');
    const system = machineKind({ program, programPath: guest.program, machine: guest.machine }) === 'virt';
    // What has been read is read again when time goes back; a terminal is read as the guest asks.
    const stdin = isatty(0) || system ? await guestInput(program, guest, false) : wholeInput(0);
    return debugGuest({ guest, program, translator, translatorName: options.translator, system, stdin }, port, options);
  }
  let machine: Machine;
  let peer: Peer | undefined;
  const plugins: { module: PluginModule; args: readonly string[] }[] = [];
  for (const { file, args } of requests)
    if (file === 'lockstep') {
      const { lockstepPeer } = await import('../peer.ts');
      peer = lockstepPeer(
        guest,
        program,
        options.translator,
        args,
        timeoutMs !== undefined,
        () => machine.pluginControl,
      );
      plugins.push({ module: peer.observer, args: peer.args });
    } else plugins.push({ module: await loadPlugin(file), args });
  if (peer && options.control !== undefined)
    throw new UsageError('--control and the plugin lockstep do not go together', 'A compared run may be taken back.');
  const observer = peer?.observer;
  const profile = options.profile || options['profile-trace'] !== undefined ? await startProfile() : undefined;
  if (profile) plugins.push({ module: profile.plugin, args: [] });
  const logFd = options.D === undefined ? 2 : openLog(options.D);
  const log: Log = { items, write: (text) => writeAll(logFd, text, options.D) };
  profile?.enter('load');
  machine = await createMachine({
    ...guestMachine(guest),
    program,
    translator,
    stdin: await guestInput(program, guest, observer !== undefined),
    stdout: (bytes) => observer?.muted || writeAll(1, bytes),
    stderr: (bytes) => observer?.muted || writeAll(2, bytes),
    warn: (text) => observer?.muted || writeAll(2, `lockstep: ${text}\n`),
    // A peer's run may be taken back: what it does to files must not last.
    files: observer ? 'overlay' : 'host',
    log,
    plugins,
    ...(options['plugin-errors'] && { pluginErrors: options['plugin-errors'] }),
    ...(profile && { probe: profile }),
  });
  profile?.leave();
  // From the first callback on, that of install's vCPUs included.
  if (profile && plugins.length > 1) machine.pluginControl.profile(() => performance.now());
  let closeControl = (): void => {};
  try {
    await machine.start();
    const watched = plugins.length > 0 || items.size > 0 || options.control !== undefined;
    const kind = machineKind({ program, programPath: guest.program, machine: guest.machine });
    const store = options.cache && !watched ? blockStore(guest.program, kind, translator) : undefined;
    if (store) machine.useSavedBlocks(store.key, store.open());
    closeControl = await openControl(options.control, machine, requests);
    // A verdict on the two runs ends this one, wherever it is.
    const running = runFor(machine, guest.maxInsns ?? Number.POSITIVE_INFINITY, timeoutMs);
    const stopped = await (peer ? Promise.race([running, peer.verdict.then(() => undefined)]) : running);
    profile?.enter('end');
    machine.finish();
    const jsonFile = options['plugin-json'];
    if (jsonFile !== undefined) writePluginJson(jsonFile, guest.program, machine);
    if (store) {
      const blocks = machine.blocksToSave();
      if (blocks) store.write(blocks);
    }
    profile?.leave();
    if (profile && options.profile) writeAll(2, profile.report(machine));
    if (options['profile-trace'] !== undefined) profile?.writeTrace(options['profile-trace'], machine);
    const verdict = await peer?.verdict;
    if (verdict !== undefined || !stopped) return verdict;
    if (machine.failedPlugins.length > 0) return EXIT.failure;
    if (stopped.kind === 'exit') return stopped.code;
    if (stopped.kind === 'stuck') throw new UsageError(stopped.reason);
    const why = stopped.kind === 'limit' ? 'that is --max-insns' : 'its time is over';
    writeAll(2, `lockstep: the guest was stopped after ${machine.icount} instructions: ${why}\n`);
    return EXIT.inconclusive;
  } finally {
    closeControl();
    if (logFd !== 2) closeSync(logFd);
  }
}

/** What looks at a run as it goes forward cannot follow one that also goes back. */
function refuseWithGdb({ d, D, timeout, profile, ...options }: EmuArguments, plugins: number): void {
  const others: readonly (readonly [boolean, string])[] = [
    [plugins > 0, '--plugin'],
    [d !== undefined, '-d'],
    [D !== undefined, '-D'],
    [options.control !== undefined, '--control'],
    [timeout !== undefined, '--timeout'],
    [profile === true || options['profile-trace'] !== undefined, '--profile'],
  ];
  for (const [given, option] of others)
    if (given) throw new UsageError(`--gdb and ${option} do not go together`, 'Leave one of them out.');
}

/** Loaded only when asked for. Gives what closes it. */
async function openControl(
  path: string | undefined,
  machine: Machine,
  loaded: readonly PluginRequest[],
): Promise<() => void> {
  if (path === undefined) return () => {};
  const { serveControl } = await import('../control.ts');
  return serveControl(path, machine, loaded, (line) => writeAll(2, `${line}\n`));
}

/** Loaded only when asked for: it brings the engine's inspector with it. */
async function startProfile(): Promise<Profile> {
  const { Profile } = await import('../profile.ts');
  return new Profile();
}

/** What a process reads as it goes; a board, whose console must be known in advance, gets all of it at once. */
async function guestInput(
  program: Uint8Array,
  { program: programPath, machine }: GuestSpec,
  replayed: boolean,
): Promise<Uint8Array | ((max: number) => Uint8Array)> {
  const board = machineKind({ program, programPath, machine }) === 'virt';
  if (!replayed && !board) return (max) => readSome(0, max);
  const { isatty } = await import('node:tty');
  if (isatty(0)) return new Uint8Array(0);
  return board ? readAllStdin((line) => writeAll(2, `${line}\n`)) : wholeInput(0);
}

/** Instructions between two looks at the clock: what the machine does without a break. */
const SLICE = 10_000_000;
/** A slice that takes so much longer than it may is not the guest: a pass or a plugin does not return. */
const GRACE_MS = 5000;

/** Runs until the guest ends, `limit` is reached, or the time is over ('stopped'). */
async function runFor(machine: Machine, limit: number, timeoutMs: number | undefined): Promise<StopReason> {
  if (timeoutMs === undefined) return machine.runAsync(limit);
  const end = performance.now() + timeoutMs;
  for (;;) {
    const from = machine.icount;
    const next = Math.min(limit, from + SLICE);
    const stopped = await within(end - performance.now() + GRACE_MS, () => machine.runAsync(next));
    if (!stopped && machine.icount === from)
      throw new UsageError(
        'the time is over, and the machine does not answer: a translator or a plugin does not return',
        'Leave out the modules given by --translator and --plugin, one at a time.',
      );
    if (!stopped) return { kind: 'stopped' };
    if (stopped.kind !== 'limit' || next === limit) return stopped;
    if (performance.now() > end) return { kind: 'stopped' };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What `run` gives; undefined when JavaScript was still at work after `ms` milliseconds: it has been ended then. */
function within<T>(ms: number, run: () => T): T | undefined {
  try {
    return runInNewContext('run()', { run }, { timeout: Math.ceil(ms) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return undefined;
  }
}

function logItems(text: string | undefined): Set<LogItem> {
  const known = Object.keys(LOG_ITEMS) as LogItem[];
  const items = (text ?? '').split(',').filter((item) => item !== '');
  for (const item of items)
    if (!known.includes(item as LogItem)) throw new UsageError(`unknown log item "${item}"`, didYouMean(item, known));
  return new Set(items as LogItem[]);
}

function openLog(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw writeFault(`the log ${path}`, error);
  }
}

function fromEnvironment(): string[] {
  const value = process.env.LOCKSTEP_PLUGIN;
  return value ? [value] : [];
}
