// Finds the blocks executed most often: how often each was translated and executed.

import { hex16 } from '../bits.ts';
import { API_VERSION, type Cell, type PluginModule } from '../plugin/api.ts';

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
  },
  install(api, args) {
    // Cells of many blocks share scoreboards: an entry of 64 words each.
    const WORDS = 64;
    let board = api.scoreboard(WORDS * 8);
    let used = 0;
    const nextCell = (): Cell => {
      if (used === WORDS) {
        board = api.scoreboard(WORDS * 8);
        used = 0;
      }
      return board.u64(8 * used++);
    };
    const blocks = new Map<string, HotBlock>();

    api.onTbTrans((tb) => {
      const key = `${tb.pc}:${tb.insnCount}`;
      let block = blocks.get(key);
      if (!block) {
        block = { pc: tb.pc, insns: tb.insnCount, translations: 0, executions: nextCell() };
        blocks.set(key, block);
      }
      block.translations++;
      const { executions } = block;
      if (args.inline) tb.inlineAdd(executions, 1);
      else tb.onExec((cpu) => executions.add(cpu, 1));
    });

    api.onAtexit(() => {
      const rows = [...blocks.values()].map((block) => ({ ...block, count: block.executions.sum() }));
      rows.sort((a, b) => (a.count === b.count ? 0 : a.count < b.count ? 1 : -1));
      const limit = Number(args.limit);
      api.result(
        {
          collected: rows.length,
          blocks: (limit === 0 ? rows : rows.slice(0, limit)).map(({ pc, translations, insns, count }) => ({
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
