// What the command that waits for debuggers and the process of their machines say to each other. Types only: both are the same
// program, and the channel is Node's own between a process and its child.

import type { Side } from '../protocol.ts';
import type { Report } from '../report/model.ts';
import type { RunSpec } from '../travel/index.ts';

/** What is to be debugged, as plain data. */
export interface DebuggedRun {
  readonly run: RunSpec;
  readonly report: Report;
  /** The sides that a debugger is wanted for. */
  readonly ports: Readonly<Partial<Record<Side, number>>>;
  readonly at: 'divergence' | 'start';
  readonly allowWrite: boolean;
}

/** Where a debugger finds a machine. */
export interface Served {
  /** `side A`, or `the guest`. */
  readonly name: string;
  readonly translator: string;
  readonly icount: number;
  readonly port: number;
}

export interface ToDebugged {
  readonly t: 'begin';
  readonly debugged: DebuggedRun;
  readonly parent: number;
}

export type FromDebugged =
  /** Now and then, as long as no machine keeps the process from it. */
  | { readonly t: 'here' }
  | { readonly t: 'serving'; readonly served: Served }
  | { readonly t: 'says'; readonly line: string }
  /** Each debugger has let its side go. */
  | { readonly t: 'over' }
  /** `usage`: the user can do something about it. */
  | { readonly t: 'failed'; readonly message: string; readonly remedy: string; readonly usage: boolean };
