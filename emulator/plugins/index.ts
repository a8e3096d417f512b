// The standard plugins by name, loaded when asked for.

import type { PluginModule } from '../plugin/api.ts';

export const STANDARD_PLUGINS: Readonly<Record<string, () => Promise<PluginModule>>> = {
  bb: async () => (await import('./bb.ts')).default,
  bbv: async () => (await import('./bbv.ts')).default,
  cache: async () => (await import('./cache.ts')).default,
  coverage: async () => (await import('./coverage.ts')).default,
  cflow: async () => (await import('./cflow.ts')).default,
  discons: async () => (await import('./discons.ts')).default,
  drcov: async () => (await import('./drcov.ts')).default,
  empty: async () => (await import('./empty.ts')).default,
  execlog: async () => (await import('./execlog.ts')).default,
  hotblocks: async () => (await import('./hotblocks.ts')).default,
  hotpages: async () => (await import('./hotpages.ts')).default,
  howvec: async () => (await import('./howvec.ts')).default,
  hwprofile: async () => (await import('./hwprofile.ts')).default,
  inline: async () => (await import('./inline.ts')).default,
  insn: async () => (await import('./insn.ts')).default,
  ips: async () => (await import('./ips.ts')).default,
  mem: async () => (await import('./mem.ts')).default,
  patch: async () => (await import('./patch.ts')).default,
  perfetto: async () => (await import('./perfetto.ts')).default,
  registers: async () => (await import('./registers.ts')).default,
  reset: async () => (await import('./reset.ts')).default,
  setpc: async () => (await import('./setpc.ts')).default,
  stoptrigger: async () => (await import('./stoptrigger.ts')).default,
  syscall: async () => (await import('./syscall.ts')).default,
  tenet: async () => (await import('./tenet.ts')).default,
  traps: async () => (await import('./traps.ts')).default,
  uftrace: async () => (await import('./uftrace.ts')).default,
};
