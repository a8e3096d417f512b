// Counts executed blocks and instructions, for each vCPU and in total.

import { API_VERSION, type PluginModule } from '../plugin/api.ts';

const plugin: PluginModule = {
  name: 'bb',
  apiVersion: API_VERSION,
  summary: 'counts executed blocks and instructions',
  args: {
    inline: { kind: 'bool', summary: 'count inside translated code instead of by callback', default: false },
    idle: { kind: 'bool', summary: 'print the counts each time a vCPU goes idle', default: false },
    compat: { kind: 'string', summary: 'qemu: the one line of version 7.2', choices: ['qemu'] },
  },
  install(api, args) {
    const qemu = args.compat === 'qemu';
    const board = api.scoreboard(16);
    const blocks = board.u64(0);
    const insns = board.u64(8);
    const line = (cpu: number): string => `CPU${cpu}: bb's: ${blocks.get(cpu)}, insns: ${insns.get(cpu)}\n`;

    api.onTbTrans((tb) => {
      const count = tb.insnCount;
      if (args.inline) {
        tb.inlineAdd(blocks, 1);
        tb.inlineAdd(insns, count);
        return;
      }
      tb.onExec(
        (cpu) => {
          blocks.add(cpu, 1);
          insns.add(cpu, count);
        },
        { batch: true },
      );
    });
    if (args.idle) api.onVcpuIdle((cpu) => api.outs(`Idling ${line(cpu)}`));
    api.onAtexit(() => {
      const cpus = Array.from({ length: api.numVcpus() }, (_, cpu) => cpu).filter((cpu) => blocks.get(cpu) > 0n);
      api.result(
        {
          cpus: cpus.map((cpu) => ({ cpu, blocks: blocks.get(cpu), insns: insns.get(cpu) })),
          blocks: blocks.sum(),
          insns: insns.sum(),
        },
        (total) => `${qemu ? '' : `${cpus.map(line).join('')}Total: `}bb's: ${total.blocks}, insns: ${total.insns}\n`,
      );
    });
  },
};
export default plugin;
