// What the inspector's process and the one of the run beyond the trace say to each other. Types only: both are the same program,
// and the channel is Node's own between a process and its child.

import type { WhereTo } from './beyond.ts';
import type { SidesOptions } from './sides.ts';
import type { TracedWindow } from './window.ts';

/** The run, as plain data. */
export type RunSpec = Omit<SidesOptions, 'warn'>;

export type Question =
  | { readonly what: 'around'; readonly icount: number }
  | { readonly what: 'find'; readonly whereTo: WhereTo };

export type ToBeyond =
  | { readonly t: 'begin'; readonly run: RunSpec; readonly parent: number }
  /** These places have been traced: what lies beside them may be asked for next. */
  | { readonly t: 'near'; readonly start: number; readonly end: number }
  | { readonly t: 'ask'; readonly id: number; readonly question: Question }
  | { readonly t: 'callOff'; readonly id: number };

export type FromBeyond =
  | { readonly t: 'at'; readonly id: number; readonly icount: number }
  | { readonly t: 'answer'; readonly id: number; readonly answer: TracedWindow | number | undefined }
  | { readonly t: 'failed'; readonly id: number; readonly message: string };
