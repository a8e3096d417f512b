// A recording: all that is known of a run after its end, as plain data that opens anywhere, without the program. The
// report; what each side said; and around a divergence what both sides did, instruction by instruction. Pure.

import type { Outcome } from '../evidence.ts';
import { describedBlock, event, type Side, tracedInsn, traceStep } from '../protocol.ts';
import { type Finished, REPORT_SCHEMA, type Report } from '../report/model.ts';
import {
  bool,
  bytes,
  count,
  type Infer,
  list,
  literal,
  maybe,
  object,
  type Shape,
  safeInt,
  text,
  u64,
} from '../shape.ts';

/** Rises with any change of meaning; file.ts says which older ones open. */
export const RECORDING_VERSION = 2;
/** Without the capsule; still opens. */
export const OLDEST_VERSION = 1;

/** Of what a side writes the end is kept. */
export const OUTPUT_KEPT = 1 << 18;

const sideTrace = object({
  initial: list(u64, 65536),
  steps: list(traceStep, 4096),
  starts: list(count, 1024),
  code: list(tracedInsn, 4096),
  pages: list(object({ address: safeInt, bytes: maybe(bytes(4096)) }), 128),
  blocks: list(describedBlock, 64),
});
const sideRecord = object({
  translator: text(1024),
  /** SHA-256 of the module that makes the translator; null: one of lockstep's own. */
  moduleHash: maybe(text(64)),
  /** What the guest has written to both of its outputs, as it came; the end of it. */
  output: bytes(OUTPUT_KEPT),
  outputCut: bool,
  events: list(event, 4096),
  trace: maybe(sideTrace),
});
export const recordingShape = object({
  t: literal('recording'),
  /** Version of lockstep that made it. */
  madeBy: text(64),
  /** SHA-256, in hexadecimal. */
  programHash: text(64),
  /** JSON text of the report. */
  report: text(32 << 20),
  /** First instruction of the traces; null: none. */
  start: maybe(count),
  /** Registers of one vCPU, in order. */
  registers: list(object({ name: text(32), group: text(32) }), 4096),
  A: sideRecord,
  B: sideRecord,
  /** Text of the capsule of the block that differs; null: there is none. */
  capsule: maybe(text(4 << 20)),
}) satisfies Shape<{ readonly t: string }>;

type Stored = Infer<typeof recordingShape>;
export type RecordedSide = Infer<typeof sideRecord>;
export type RecordedTrace = Infer<typeof sideTrace>;
export type Recording = Omit<Stored, 'report' | 't'> & { readonly report: Report };

/** What the session has seen of a side beside the comparison. */
export interface Heard {
  readonly output: Uint8Array;
  readonly outputCut: boolean;
  readonly moduleHash: string | null;
}

export function recordingOf(
  outcome: Finished,
  report: Report,
  heard: Readonly<Record<Side, Heard>>,
  madeBy: string,
): Recording {
  const trace = outcome.verdict === 'diverged' ? outcome.trace : undefined;
  const side = (of: Side): RecordedSide => ({
    translator: outcome.sides[of].translator,
    ...heard[of],
    events: eventsOf(outcome, of),
    trace: trace?.sides[of] ?? null,
  });
  return {
    madeBy,
    programHash: outcome.programHash,
    report,
    start: trace?.start ?? null,
    registers: trace?.registers ?? [],
    A: side('A'),
    B: side('B'),
    capsule: null,
  };
}

function eventsOf(outcome: Outcome, side: Side): RecordedSide['events'] {
  return outcome.verdict === 'diverged' ? outcome.divergence.details[side].events : [];
}

export function toStored(recording: Recording): Stored {
  return { t: 'recording', ...recording, report: JSON.stringify(recording.report) };
}

/** Undefined when the report is of another schema than this version of lockstep reads. */
export function fromStored({ t: _, report, ...rest }: Stored): Recording | undefined {
  const parsed = JSON.parse(report) as Report;
  return parsed?.schema === REPORT_SCHEMA ? { ...rest, report: parsed } : undefined;
}
