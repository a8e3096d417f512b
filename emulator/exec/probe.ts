// What the machine tells of where its time goes: it says when it enters and leaves a kind of work, whoever listens reads
// a clock (cli/profile.ts). Kinds nest; the machine never learns what the clock said.

export const WORK = {
  form: 'translate: read guest code, emit IR',
  hooks: 'translate: ask plugins for hooks',
  optimise: 'translate: weave hooks in, run the passes',
  encode: 'translate: encode for tier 0, enter into the cache',
  restore: 'translate: take a block of an earlier run',
  region: 'compile: choose regions, make their IR again',
  emit: 'compile: emit WebAssembly',
  compile: "compile: the engine's part",
  code: 'translated code',
  system: 'system calls, faults, interrupts',
  plugin: 'callbacks of plugins',
  exchange: 'exchange with the peer and other windows of plugins',
} as const;

export type Work = keyof typeof WORK;

export interface Probe {
  enter(work: Work): void;
  /** The work entered last is done. */
  leave(): void;
}
