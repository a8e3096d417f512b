// Basic block vectors for SimPoint: a line an interval and vCPU, with the instructions executed in each block.

import { API_VERSION, type Cell, type PluginModule } from '../plugin/api.ts';
import { cellPool } from './cells.ts';
import { OutputFile } from './host-output.ts';

const plugin: PluginModule = {
  name: 'bbv',
  apiVersion: API_VERSION,
  summary: 'writes basic block vectors for SimPoint',
  args: {
    outfile: { kind: 'string', summary: 'files are named PATH.N.bb, N the vCPU', required: true },
    interval: { kind: 'int', summary: 'instructions a line', default: 100_000_000 },
  },
  install(api, args) {
    const interval = Number(args.interval);
    const cell = cellPool(api);
    const executed = api.scoreboard(8).u64();
    const files: OutputFile[] = [];
    /** By first translation; a block's number in the file is one more. */
    const blocks: Cell[] = [];
    const numbers = new Map<string, number>();

    api.onVcpuInit((cpu) => {
      files[cpu] ??= new OutputFile('bbv', `${args.outfile}.${cpu}.bb`);
    });
    const ended = (cpu: number): void => {
      executed.set(cpu, executed.get(cpu) - BigInt(interval));
      const parts = ['T'];
      blocks.forEach((insns, index) => {
        const count = insns.get(cpu);
        if (count === 0n) return;
        insns.set(cpu, 0);
        parts.push(`:${index + 1}:${count} `);
      });
      files[cpu]?.text(`${parts.join('')}\n`);
    };
    api.onTbTrans((tb) => {
      const key = `${tb.pc}:${tb.insnCount}`;
      let number = numbers.get(key);
      if (number === undefined) {
        number = blocks.length;
        numbers.set(key, number);
        blocks.push(cell());
      }
      tb.inlineAdd(blocks[number]!, tb.insnCount);
      tb.inlineAdd(executed, tb.insnCount);
      tb.onExec(ended, { when: { left: executed, is: 'ge', right: interval } });
    });
    api.onAtexit(() => {
      for (const file of files) file?.close();
    });
  },
};
export default plugin;
