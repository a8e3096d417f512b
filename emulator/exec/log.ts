// The log of -d: which items are on and where lines go. Formats follow QEMU's where users compare them.

export const LOG_ITEMS = {
  in_asm: 'guest code of each translated block',
  op: 'IR of each block as emitted',
  op_opt: 'IR of each block after the passes',
  out_asm: 'generated WebAssembly of each compiled region, as text',
  exec: 'a line for each executed block',
  int: 'interrupts, exceptions and signals',
  plugin: 'output of plugins',
  nochain: 'do not link blocks, so that exec shows every one',
} as const;

export type LogItem = keyof typeof LOG_ITEMS;

export interface Log {
  readonly items: ReadonlySet<LogItem>;
  write(text: string): void;
}

export const NO_LOG: Log = { items: new Set(), write: () => {} };
