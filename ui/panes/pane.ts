// What every pane is: a pure function from a recording and a position to lines, with the same as data for `--json`.

import type { Line } from '../lines.ts';
import type { Position, RunView } from '../trace/run-view.ts';
import type { Target } from '../trace/side-view.ts';

export interface PaneLine {
  readonly line: Line;
  /** What keys about "the selected register or byte" mean on this line. */
  readonly target?: Target;
  /** Shown when only differences are. */
  readonly differs?: boolean;
  /** Where the line is, for who wants to go there. */
  readonly icount?: number;
  /** What is copied where the line is a part of it. */
  readonly whole?: string;
  /** Belongs to the current position: kept in sight. */
  readonly here?: boolean;
}

export interface PaneContent {
  readonly lines: readonly PaneLine[];
  readonly data: unknown;
}

export interface PaneOptions {
  readonly width: number;
  /** Where memory begins; undefined: where it matters. */
  readonly address?: number | undefined;
  /** Code as bytes. */
  readonly hex?: boolean;
  /** Lines the reader sees at once. */
  readonly height?: number;
}

export type PaneRenderer = (view: RunView, at: Position, options: PaneOptions) => PaneContent;

/** An address without more zeros than tell something. */
export function addressText(address: number): string {
  return BigInt.asUintN(64, BigInt(address)).toString(16).padStart(8, '0');
}

export function valueText(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

export function hexText(value: number | bigint): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}
