// The standard plugins by name, loaded when asked for.

import type { PluginModule } from '../plugin/api.ts';

export const STANDARD_PLUGINS: Readonly<Record<string, () => Promise<PluginModule>>> = {
  bb: async () => (await import('./bb.ts')).default,
  hotblocks: async () => (await import('./hotblocks.ts')).default,
  insn: async () => (await import('./insn.ts')).default,
};
