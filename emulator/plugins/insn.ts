// Counts executed instructions, by length and by disassembly if asked to.

import { hex16 } from '../bits.ts';
import { API_VERSION, type Cell, type PluginModule } from '../plugin/api.ts';

interface Match {
  readonly prefix: string;
  /** Hits of all instructions with this prefix. */
  readonly total: Cell;
  /** One entry an instruction address, in order of translation. */
  readonly sites: Map<number, { readonly text: string; readonly hits: Cell }>;
}

const plugin: PluginModule = {
  name: 'insn',
  apiVersion: API_VERSION,
  summary: 'counts executed instructions',
  args: {
    inline: { kind: 'bool', summary: 'count inside translated code instead of by callback', default: false },
    sizes: { kind: 'bool', summary: 'also count translated instructions by length', default: false },
    match: { kind: 'list', summary: 'count instructions whose disassembly starts with this; may be repeated' },
    compat: { kind: 'string', summary: 'qemu: the total as version 7.2 prints it', choices: ['qemu'] },
    trace: { kind: 'bool', summary: 'print a line for each match as it is executed', default: false },
  },
  install(api, args) {
    const qemu = args.compat === 'qemu';
    const executed = api.scoreboard(8).u64();
    const sizes = new Map<number, number>();
    const matches: Match[] = ((args.match as readonly string[] | undefined) ?? []).map((prefix) => ({
      prefix,
      total: api.scoreboard(8).u64(),
      sites: new Map(),
    }));

    api.onTbTrans((tb) => {
      for (const insn of tb.insns()) {
        if (args.inline) insn.inlineAdd(executed, 1);
        else insn.onExec((cpu) => executed.add(cpu, 1), { batch: true });
        if (args.sizes) sizes.set(insn.size, (sizes.get(insn.size) ?? 0) + 1);
        if (matches.length === 0) continue;
        const { pc } = insn;
        const text = insn.disas();
        for (const match of matches) {
          if (!text.startsWith(match.prefix)) continue;
          let site = match.sites.get(pc);
          if (!site || site.text !== text) {
            site = { text, hits: api.scoreboard(8).u64() };
            match.sites.set(pc, site);
          }
          const { hits } = site;
          insn.inlineAdd(match.total, 1);
          insn.inlineAdd(hits, 1);
          if (args.trace) {
            insn.onExec((cpu) => api.outs(`0x${hex16(pc)}, '${text}', ${hits.get(cpu)} hits, cpu ${cpu}\n`));
          }
        }
      }
    });

    api.onAtexit(() => {
      const cpus = Array.from({ length: api.numVcpus() }, (_, cpu) => ({ cpu, insns: executed.get(cpu) }));
      api.result(
        {
          sizes: [...sizes].sort(([a], [b]) => a - b).map(([bytes, insns]) => ({ bytes, insns })),
          cpus: cpus.filter(({ insns }) => insns > 0n),
          insns: executed.sum(),
          matches: matches.map(({ prefix, total, sites }) => ({
            prefix,
            hits: total.sum(),
            sites: [...sites].map(([pc, { text, hits }]) => ({ pc: `0x${hex16(pc)}`, text, hits: hits.sum() })),
          })),
        },
        (data) =>
          [
            ...data.sizes.map(({ bytes, insns }) => `len ${bytes} bytes: ${insns} insns`),
            ...(qemu ? [] : data.cpus.map(({ cpu, insns }) => `cpu ${cpu} insns: ${insns}`)),
            `${qemu ? '' : 'total '}insns: ${data.insns}`,
            ...data.matches.flatMap(({ prefix, hits, sites }) => [
              `Match: ${prefix}, hits ${hits}`,
              ...sites.map((site) => `  ${site.pc}: ${site.text} (hits ${site.hits})`),
            ]),
            '',
          ].join('\n'),
      );
    });
  },
};
export default plugin;
