// Numbers as people type them at the command line: counts in decimal or 0x…, sizes with k, M, G, times with s, m, h. Pure.

import { UsageError } from '../emulator/index.ts';

/** A count from `least`. Underscores and commas between digits are allowed. */
export function parseCount(text: string, option: string, least = 0): number {
  const plain = text.replace(/(?<=[0-9a-f])[_,](?=[0-9a-f])/gi, '');
  const value = /^(0x[0-9a-f]+|[0-9]+)$/i.test(plain) ? Number(plain) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < least)
    throw new UsageError(`${option} is a number from ${least}, not "${text}"`, `For example: ${option} 1000000`);
  return value;
}

const UNITS: Readonly<Record<string, number>> = { '': 2 ** 20, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A size of memory in bytes: a number of mebibytes, or with k, M, G, as QEMU's -m takes it. */
export function parseSize(text: string, option: string): number {
  const match = /^([0-9]+)([kmg]?)(?:i?b)?$/i.exec(text);
  const value = match ? Number(match[1]) * UNITS[match[2]!.toLowerCase()]! : Number.NaN;
  if (!Number.isSafeInteger(value) || value <= 0)
    throw new UsageError(`${option} is a size, not "${text}"`, `For example: ${option} 256M`);
  return value;
}

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** A time in seconds: a number of them, or with s, m, h. */
export function parseSeconds(text: string, option: string): number {
  const match = /^([0-9]+(?:\.[0-9]+)?)([smh]?)$/.exec(text);
  const value = match ? Number(match[1]) * SECONDS[match[2]!]! : Number.NaN;
  if (!(value > 0 && value <= 1_000_000))
    throw new UsageError(
      `${option} is a number of seconds, not "${text}"`,
      `For example: ${option} 60, or ${option} 10m`,
    );
  return value;
}
