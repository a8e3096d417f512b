// All panes by the names they have on the command line.

import { code } from './code.ts';
import { events, notes, serial } from './lists.ts';
import { memory } from './memory.ts';
import type { PaneRenderer } from './pane.ts';
import { registers } from './registers.ts';
import { stack } from './stack.ts';
import { translation } from './translation.ts';

export const PANES = {
  code,
  regs: registers,
  memory,
  stack,
  events,
  serial,
  notes,
  ir: translation('ir'),
  iropt: translation('irOptimised'),
  wasm: translation('wasm'),
} as const satisfies Readonly<Record<string, PaneRenderer>>;

export type PaneName = keyof typeof PANES;
export const PANE_NAMES = Object.keys(PANES) as PaneName[];
