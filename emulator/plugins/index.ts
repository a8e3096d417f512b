// The standard plugins by name, loaded when asked for.

import type { PluginModule } from '../plugin/api.ts';

export const STANDARD_PLUGINS: Readonly<Record<string, () => Promise<PluginModule>>> = {
  bb: async () => (await import('./bb.ts')).default,
  empty: async () => (await import('./empty.ts')).default,
  hotblocks: async () => (await import('./hotblocks.ts')).default,
  inline: async () => (await import('./inline.ts')).default,
  insn: async () => (await import('./insn.ts')).default,
  patch: async () => (await import('./patch.ts')).default,
  registers: async () => (await import('./registers.ts')).default,
  reset: async () => (await import('./reset.ts')).default,
  setpc: async () => (await import('./setpc.ts')).default,
};
