// The journal of a fuzzing run (journal-file.ts): one line for the plan, then one a finished batch.

import { JournalFile, readJournalLines } from '../journal-file.ts';
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

/** Throws a UsageError for what is no journal. */
export function readJournal(path: string): JournalContents {
  const { header, rest, whole, wrong } = readJournalLines(path, 'fuzz');
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

/** A new one. Throws a UsageError when there is something already. */
export function createJournal(path: string, plan: FuzzPlan, shard: Shard): JournalFile {
  return JournalFile.create(path, { schema: JOURNAL_SCHEMA, plan, shard });
}

/** One to go on with; what `contents` has read of it stays. */
export function resumeJournal(path: string, contents: JournalContents): JournalFile {
  return JournalFile.resume(path, contents.whole);
}
