// What is known of a run while it goes on, as plain data: what viewers are shown, in this process and in others. Numbers are
// exact integers or plain quotients, never 64-bit values: it travels as JSON.

import type { PluginRequest } from '../../emulator/index.ts';
import type { SidesPlugins } from '../plugin-asks.ts';
import { count, type Infer, maybe, object, oneOf, type Shape, text } from '../shape.ts';

/** A finite number from 0: a speed, a time. */
const quantity: Shape<number> = {
  check: (value, at) =>
    typeof value === 'number' && Number.isFinite(value) && value >= 0 ? undefined : `${at} is not a quantity`,
};

/** What does not change while a run goes on. */
export const runInfo = object({
  /** Tells this run from others. */
  id: text(64),
  program: text(4096),
  a: text(1024),
  b: text(1024),
  maxInsns: maybe(count),
  memoryBytes: maybe(count),
  timeoutMs: maybe(quantity),
});

/** Longest texts kept: all there is together must fit a message. */
export const EVENT_LIMIT = 256;
export const NOTE_LIMIT = 1024;
export const SUMMARY_LIMIT = 1 << 16;

const sideStatus = object({ icount: count, windows: count, speed: quantity });
export const ENDINGS = ['same', 'diverged', 'inconclusive', 'failed', 'interrupted'] as const;
export const runStatus = object({
  /** 'looking': a window that differs is looked at closely; 'looking back': what lies before is, block by block. */
  phase: oneOf('starting', 'running', 'paused', 'looking', 'looking back', 'ended'),
  elapsedMs: quantity,
  A: sideStatus,
  B: sideStatus,
  agreed: object({ windows: count, icount: count }),
  /** Windows in which the sides cut blocks differently. */
  skewed: count,
  /** Null while it goes on. */
  end: maybe(object({ verdict: oneOf(...ENDINGS), summary: text(SUMMARY_LIMIT), exitCode: count })),
});

/** Something that happened to the guest, as side A runs it. */
export const seenEvent = object({ icount: count, cpu: count, kind: text(32), text: text(EVENT_LIMIT) });

export const EVENTS_KEPT = 64;
export const NOTES_KEPT = 16;
/** Of what the guest writes the end is kept, in bytes. */
export const OUTPUT_TAIL = 1 << 16;

export type RunInfo = Infer<typeof runInfo>;
export type RunStatus = Infer<typeof runStatus>;
export type SeenEvent = Infer<typeof seenEvent>;
export type Ending = (typeof ENDINGS)[number];

/** What is kept of something that grows: its end, and how much there has been in all. */
export interface Tail<T> {
  readonly total: number;
  readonly kept: T;
}

/** A run as somebody sees it who watches. */
export interface Watched {
  /** 'here': in this process. 'over': all that was to be had of it has come. */
  readonly link: 'here' | 'connecting' | 'open' | 'lost' | 'over';
  readonly info: RunInfo | undefined;
  readonly status: RunStatus | undefined;
  readonly events: Tail<readonly SeenEvent[]>;
  readonly notes: Tail<readonly string[]>;
  readonly output: Tail<Uint8Array>;
  readonly mayControl: boolean;
  /** What this viewer has last been told. */
  readonly said: string | undefined;
}

export const ACTIONS = ['pause', 'resume', 'stop'] as const;
export type ControlAction = (typeof ACTIONS)[number];

/** Where what is watched comes from. */
export interface WatchSource {
  get(): Watched;
  /** Calls back after changes, often. Gives what ends that. */
  subscribe(changed: () => void): () => void;
  control(action: ControlAction): void;
  /** Changes the plugins of both sides. Rejects when that cannot be done. */
  plugins(request: PluginRequest): Promise<SidesPlugins>;
}
