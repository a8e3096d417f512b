// Finds the blocks executed most often: how often each was translated and executed.

import { hex16 } from '../bits.ts';
import { API_VERSION, type Cell, type PluginModule } from '../plugin/api.ts';
import { cellPool, descending } from './cells.ts';

interface HotBlock {
  readonly pc: number;
  readonly insns: number;
  translations: number;
  readonly executions: Cell;
}

const plugin: PluginModule = {
  name: 'hotblocks',
  apiVersion: API_VERSION,
  summary: 'lists the blocks executed most often',
  args: {
    inline: { kind: 'bool', summary: 'count inside translated code instead of by callback', default: false },
    limit: { kind: 'int', summary: 'blocks to list, 0 for all', default: 20 },
    compat: { kind: 'string', summary: 'qemu: as version 7.2, key and lost last row included', choices: ['qemu'] },
  },
  install(api, args) {
    const nextCell = cellPool(api);
    const qemu = args.compat === 'qemu';
    const blocks = new Map<string, HotBlock>();

    api.onTbTrans((tb) => {
      // QEMU 7.2 throws blocks together whose pc and length differ in the same bits.
      const key = qemu ? String(BigInt(tb.pc) ^ BigInt(tb.insnCount)) : `${tb.pc}:${tb.insnCount}`;
      let block = blocks.get(key);
      if (!block) {
        block = { pc: tb.pc, insns: tb.insnCount, translations: 0, executions: nextCell() };
        blocks.set(key, block);
      }
      block.translations++;
      const { executions } = block;
      if (args.inline) tb.inlineAdd(executions, 1);
      else tb.onExec((cpu) => executions.add(cpu, 1), { batch: true });
    });

    api.onAtexit(() => {
      const rows = descending(
        [...blocks.values()].map((block) => ({ ...block, count: block.executions.sum() })),
        ({ count }) => count,
      );
      // QEMU 7.2 loses its last row.
      const listed = qemu ? rows.slice(0, -1) : rows;
      const limit = Number(args.limit);
      api.result(
        {
          collected: rows.length,
          blocks: (limit === 0 ? listed : listed.slice(0, limit)).map(({ pc, translations, insns, count }) => ({
            pc: `0x${hex16(pc)}`,
            translations,
            insns,
            count,
          })),
        },
        ({ collected, blocks: hottest }) =>
          `collected ${collected} entries in the hash table\npc, tcount, icount, ecount\n${hottest
            .map((row) => `${row.pc}, ${row.translations}, ${row.insns}, ${row.count}\n`)
            .join('')}`,
      );
    });
  },
};
export default plugin;
