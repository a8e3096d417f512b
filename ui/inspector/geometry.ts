// How a screen is divided. Pure.

import type { PaneId, State } from './state.ts';

export const LEAST_WIDTH = 80;
export const LEAST_HEIGHT = 20;

export interface Geometry {
  /** Inner widths of the three upper panes. */
  readonly upper: readonly [number, number, number];
  readonly upperHeight: number;
  readonly lowerHeight: number;
  readonly inner: number;
}

export function geometry({ width, height }: State['size']): Geometry {
  const inner = width - 2;
  const registers = Math.max(29, Math.min(60, Math.floor(width * 0.3)));
  const code = Math.floor((inner - 2 - registers) / 2);
  // Header 3, borders 3, footer 1.
  const rows = height - 7;
  const upperHeight = Math.ceil(rows / 2);
  return {
    upper: [code, inner - 2 - registers - code, registers],
    upperHeight,
    lowerHeight: rows - upperHeight,
    inner,
  };
}

/** Columns and lines that a pane's content has. */
export function roomOf(state: State, pane: PaneId): { readonly width: number; readonly height: number } {
  const { upper, upperHeight, lowerHeight, inner } = geometry(state.size);
  if (state.zoomed && state.focus === pane) return { width: inner - 1, height: upperHeight + lowerHeight + 1 };
  const index = ['a', 'b', 'regs'].indexOf(pane);
  return index < 0 ? { width: inner - 1, height: lowerHeight } : { width: upper[index]! - 1, height: upperHeight };
}
