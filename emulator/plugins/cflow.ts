// Where control flow goes: instructions that are followed by something else than the next one, with their
// destinations. Blocks left before their end, by a fault, count as early exits. All that is sequential stays inside
// translated code; the callback is called for a transfer only.

import { hex } from '../bits.ts';
import { API_VERSION, type PluginModule } from '../plugin/api.ts';
import { descending } from './cells.ts';

/** Nodes listed. */
const LIMIT = 10;

interface Node {
  readonly pc: number;
  readonly symbol: string | undefined;
  readonly text: string;
  /** Times it stood elsewhere than at the end of a translated block. */
  middle: number;
  earlyExits: number;
  branches: number;
  readonly to: Map<number, number>;
}

const SORTS = {
  hottest: ({ branches }: Node) => branches,
  early: ({ earlyExits }: Node) => earlyExits,
  exceptions: ({ to }: Node) => to.size,
} as const;

const plugin: PluginModule = {
  name: 'cflow',
  apiVersion: API_VERSION,
  summary: 'lists the instructions control flow leaves the straight line at, and where it goes',
  args: {
    sort: {
      kind: 'string',
      summary: 'hottest: by branches; early: by early exits; exceptions: by number of destinations',
      default: 'hottest',
      choices: Object.keys(SORTS),
    },
  },
  install(api, args) {
    const nodes = new Map<number, Node>();
    const board = api.scoreboard(24);
    /** The instruction begun last, the last of its block, and what follows the block. */
    const [last, end, next] = [board.u64(0), board.u64(8), board.u64(16)];

    const transfer = (cpu: number, pc: number): void => {
      const from = Number(BigInt.asIntN(64, last.get(cpu)));
      const node = nodes.get(from);
      // The first block of a vCPU comes from nowhere.
      if (!node) return;
      if (last.get(cpu) !== end.get(cpu)) node.earlyExits++;
      node.branches++;
      node.to.set(pc, (node.to.get(pc) ?? 0) + 1);
    };
    api.onTbTrans((tb) => {
      const { pc } = tb;
      const insns = tb.insns();
      const final = insns.at(-1)!;
      tb.onExec((cpu) => transfer(cpu, pc), { when: { left: next, is: 'ne', right: pc } });
      tb.inlineStore(end, final.pc);
      tb.inlineStore(next, final.pc + final.size);
      for (const insn of insns) {
        let node = nodes.get(insn.pc);
        if (!node) {
          const text = insn.disas();
          node = { pc: insn.pc, symbol: insn.symbol(), text, middle: 0, earlyExits: 0, branches: 0, to: new Map() };
          nodes.set(insn.pc, node);
        }
        if (insn !== final) node.middle++;
        insn.inlineStore(last, insn.pc);
      }
    });

    api.onAtexit(() => {
      const left = [...nodes.values()].filter(({ branches }) => branches > 0);
      const sorted = descending(left, SORTS[args.sort as keyof typeof SORTS]);
      const result = {
        nodes: nodes.size,
        transfers: sorted.map(({ to, ...node }) => ({
          ...node,
          pc: hex(node.pc),
          to: [...to].map(([pc, count]) => ({ pc: hex(pc), count })),
        })),
      };
      api.result(result, ({ transfers }) => {
        let text = `collected ${result.nodes} control flow nodes in the hash table\n`;
        for (const { pc, symbol, text: disas, middle, earlyExits, branches, to } of transfers.slice(0, LIMIT)) {
          text += `  addr: ${pc} ${symbol ?? '(null)'}: ${disas} (${middle > 0 ? 'sync fault' : 'branch'})\n`;
          if (earlyExits > 0) text += `    early exits ${earlyExits}\n`;
          text += `    branches ${branches}\n`;
          for (const each of to) text += `      to ${each.pc} (${each.count})\n`;
        }
        return text;
      });
    });
  },
};
export default plugin;
