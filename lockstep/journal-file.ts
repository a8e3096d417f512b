// A journal: a text file of one JSON value a line, the first of which says what it is of. Each line is appended with a single
// write. Work that is killed at any point leaves at most a last line that is not whole, which is cut off when the work goes
// on; nothing is changed otherwise.

import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { UsageError, writeFault } from '../emulator/index.ts';

export interface JournalLines {
  readonly header: unknown;
  readonly rest: readonly unknown[];
  /** Bytes up to the end of the last whole line. */
  readonly whole: number;
  /** What to throw about a line, from 1. */
  wrong(line: number): UsageError;
}

/** Largest journal read. */
const LIMIT = 1 << 29;

/** `command` writes such journals. Throws a UsageError for what is none. */
export function readJournalLines(path: string, command: string): JournalLines {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read the journal ${path}: ${(error as Error).message}`);
  }
  const wrong = (line: number) =>
    new UsageError(
      `${path} is no journal of lockstep ${command}: line ${line}`,
      `Give --journal a file that ${command} has written.`,
    );
  if (bytes.length > LIMIT) throw new UsageError(`the journal ${path} is larger than ${LIMIT} bytes`);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.toString('utf8', 0, whole).split('\n').slice(0, -1);
  const [header, ...rest] = lines.map((line, n): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      throw wrong(n + 1);
    }
  });
  return { header, rest, whole, wrong };
}

/** Appends to a journal; a line is on the disk when `append` returns. */
export class JournalFile {
  private readonly fd: number;
  private readonly path: string;

  private constructor(path: string) {
    this.path = path;
    this.fd = openSync(path, 'a');
  }

  /** A new one. Throws a UsageError when there is something already. */
  static create(path: string, header: unknown): JournalFile {
    if (existsSync(path))
      throw new UsageError(`there is a file ${path} already`, 'Go on with it by --resume, or give another name.');
    try {
      appendFileSync(path, `${JSON.stringify(header)}\n`, { flag: 'wx' });
      return new JournalFile(path);
    } catch (error) {
      throw writeFault(`the journal ${path}`, error);
    }
  }

  /** One to go on with; its whole lines stay. */
  static resume(path: string, whole: number): JournalFile {
    truncateSync(path, whole);
    return new JournalFile(path);
  }

  append(value: unknown): void {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    try {
      for (let at = 0; at < line.length; ) at += writeSync(this.fd, line, at);
      fsyncSync(this.fd);
    } catch (error) {
      throw writeFault(`the journal ${this.path}`, error);
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}
