// The options that describe the guest and its machine: the same for every command that runs one.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { packageRoot } from '../emulator/host-package.ts';
import { UsageError } from '../emulator/index.ts';
import { parseCount, parseSize } from './size.ts';

export interface GuestArguments {
  readonly program?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly '--'?: readonly string[] | undefined;
  readonly machine?: string | undefined;
  readonly memory?: string | undefined;
  readonly seed?: string | undefined;
  readonly env?: readonly string[] | undefined;
  readonly 'max-insns'?: string | undefined;
}

export interface GuestSpec {
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly machine: 'user' | 'virt' | 'auto';
  readonly memoryBytes: number | null;
  readonly seed: number | null;
  readonly maxInsns: number | null;
}

export function withGuestOptions<T>(yargs: Argv<T>) {
  return yargs
    .positional('program', { type: 'string', describe: 'the guest: an ELF executable' })
    .positional('args', {
      type: 'string',
      array: true,
      describe: "the guest's arguments; those that begin with - after --",
    })
    .option('machine', {
      choices: ['user', 'virt', 'auto'],
      default: 'auto',
      describe: 'a Linux process, a whole board, or what the program looks like',
    })
    .option('memory', { alias: 'm', type: 'string', requiresArg: true, describe: 'guest memory, e.g. 256M' })
    .option('seed', { type: 'string', requiresArg: true, describe: 'seed of all randomness the guest sees' })
    .option('env', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: "K=V for the guest's environment, or K to pass the host's; it is empty otherwise",
    })
    .option('max-insns', { type: 'string', requiresArg: true, describe: 'stop the guest after so many instructions' });
}

export function guestSpec(options: GuestArguments, hostEnv: Readonly<Record<string, string | undefined>>): GuestSpec {
  const program = ownProgram(options.program ?? '');
  if (program === '')
    throw new UsageError('which program?', 'Name an ELF executable for RISC-V 64: lockstep COMMAND [options] PROGRAM');
  const machine = options.machine;
  return {
    program,
    argv: [program, ...(options.args ?? []), ...(options['--'] ?? [])],
    env: (options.env ?? []).flatMap((entry) => {
      if (entry.includes('=')) return [entry];
      const value = hostEnv[entry];
      return value === undefined ? [] : [`${entry}=${value}`];
    }),
    machine: machine === 'user' || machine === 'virt' ? machine : 'auto',
    memoryBytes: options.memory === undefined ? null : parseSize(options.memory, '-m'),
    seed: options.seed === undefined ? null : parseCount(options.seed, '--seed'),
    maxInsns: options['max-insns'] === undefined ? null : parseCount(options['max-insns'], '--max-insns', 1),
  };
}

/** What a machine for the guest is made of. */
export function guestMachine({ program, argv, env, machine, memoryBytes, seed }: GuestSpec) {
  return {
    ...{ programPath: program, argv, env, machine, cwd: process.cwd() },
    ...(memoryBytes !== null && { memoryBytes }),
    ...(seed !== null && { seed }),
  };
}

/** A path as `lockstep list` gives it for the programs of scenarios is found from anywhere. */
function ownProgram(path: string): string {
  if (!path.startsWith('scenarios/') || existsSync(path)) return path;
  const own = join(packageRoot, path);
  return existsSync(own) ? own : path;
}

/** The guest again, as words of a command line. */
export function guestWords(guest: GuestSpec): string[] {
  const words: string[] = [];
  if (guest.machine !== 'auto') words.push('--machine', guest.machine);
  if (guest.memoryBytes !== null) words.push('-m', `${guest.memoryBytes / 1024}k`);
  if (guest.seed !== null) words.push('--seed', `${guest.seed}`);
  for (const entry of guest.env) words.push('--env', entry);
  words.push(guest.program);
  const args = guest.argv.slice(1);
  if (args.some((arg) => arg.startsWith('-'))) words.push('--');
  return [...words, ...args];
}
