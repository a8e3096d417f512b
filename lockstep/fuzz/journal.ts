// The journal of a fuzzing run: one line of JSON for the plan, then one a finished batch, appended with a single write. A run
// killed at any point leaves at most a last line that is not whole, which is cut off when the run goes on. Never changed
// otherwise.

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
import { UsageError } from '../../emulator/index.ts';
import type { BatchResult } from './batch.ts';
import type { FuzzPlan } from './plan.ts';

export const JOURNAL_SCHEMA = 'lockstep-fuzz/1';

/** Which part of the batches this run does: those with `batch % of === index`. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

export interface JournalContents {
  readonly plan: FuzzPlan;
  readonly shard: Shard;
  readonly batches: readonly BatchResult[];
  /** Bytes up to the end of the last whole line. */
  readonly whole: number;
}

/** Largest journal read; a batch without findings takes about 100 bytes. */
const LIMIT = 1 << 29;

/** Throws a UsageError for what is no journal. */
export function readJournal(path: string): JournalContents {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read the journal ${path}: ${(error as Error).message}`);
  }
  const wrong = (line: number) =>
    new UsageError(
      `${path} is no journal of lockstep fuzz: line ${line}`,
      'Give --journal a file that fuzz has written.',
    );
  if (bytes.length > LIMIT) throw new UsageError(`the journal ${path} is larger than ${LIMIT} bytes`);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.toString('utf8', 0, whole).split('\n').slice(0, -1);
  const parsed = lines.map((line, n): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      throw wrong(n + 1);
    }
  });
  const [header, ...rest] = parsed;
  if (!isHeader(header)) throw wrong(1);
  rest.forEach((batch, n) => {
    if (!isBatch(batch)) throw wrong(n + 2);
  });
  return { plan: header.plan, shard: header.shard, batches: rest as BatchResult[], whole };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isHeader(value: unknown): value is { plan: FuzzPlan; shard: Shard } {
  if (!isRecord(value) || value.schema !== JOURNAL_SCHEMA || !isRecord(value.plan) || !isRecord(value.shard))
    return false;
  const { a, b, isa, seed, length, vary } = value.plan;
  const texts = [a, b, isa].every((text) => typeof text === 'string');
  return texts && Number.isInteger(seed) && Number.isInteger(length) && typeof vary === 'boolean';
}

function isBatch(value: unknown): value is BatchResult {
  if (!isRecord(value)) return false;
  const numbers = [value.batch, value.programs, value.instructions].every(
    (n) => Number.isSafeInteger(n) && Number(n) >= 0,
  );
  const findings =
    Array.isArray(value.findings) && value.findings.every((one) => isRecord(one) && typeof one.signature === 'string');
  return numbers && findings && isRecord(value.counts);
}

/** Appends to a journal; a line is on the disk when `append` returns. */
export class Journal {
  private readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** A new one. Throws a UsageError when there is something already. */
  static create(path: string, plan: FuzzPlan, shard: Shard): Journal {
    if (existsSync(path))
      throw new UsageError(`there is a file ${path} already`, 'Go on with it by --resume, or give another name.');
    try {
      appendFileSync(path, `${JSON.stringify({ schema: JOURNAL_SCHEMA, plan, shard })}\n`, { flag: 'wx' });
      return new Journal(openSync(path, 'a'));
    } catch (error) {
      throw new UsageError(`cannot write the journal ${path}: ${(error as Error).message}`);
    }
  }

  /** One to go on with; what `contents` has read of it stays. */
  static resume(path: string, contents: JournalContents): Journal {
    truncateSync(path, contents.whole);
    return new Journal(openSync(path, 'a'));
  }

  append(result: BatchResult): void {
    writeSync(this.fd, `${JSON.stringify(result)}\n`);
    fsyncSync(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}
