// The options of commands that serve a debugger, and what they say to the person who is to attach one.

import type { Argv } from 'yargs';
import { UsageError } from '../emulator/index.ts';
import type { Served } from '../lockstep/gdb/index.ts';
import { parseCount, parseSize } from './size.ts';

export interface GdbArguments {
  readonly 'allow-write'?: boolean;
  readonly 'memory-limit'?: string;
}

export const PORT_OPTION = { type: 'string', requiresArg: true } as const;

export function withGdbOptions(yargs: Argv): Argv {
  return yargs
    .option('allow-write', { type: 'boolean', describe: 'let gdb write registers and memory' })
    .option('memory-limit', {
      type: 'string',
      requiresArg: true,
      describe: 'memory for going back in time, on each side; 256M otherwise',
    });
}

export function parsePort(text: string, option: string): number {
  const port = parseCount(text, option);
  if (port > 65535) throw new UsageError(`${option} is a port from 0 to 65535, not ${text}`, 'Port 0 is any free one.');
  return port;
}

export function parseLimit(text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const limit = parseSize(text, '--memory-limit');
  if (limit > most)
    throw new UsageError(`--memory-limit is at most ${most >> 20}M`, 'Older history is thinned out to fit.');
  return limit;
}

/** One line: how to attach. */
export function invitation({ name, translator, icount, port }: Served): string {
  return `lockstep: gdb for ${name} (${translator}), at instruction ${icount}: target remote :${port}`;
}
