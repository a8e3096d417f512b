// Makes virtual time pass at a rate of instructions: a vCPU executes so many a virtual second. For boards.

import { UsageError } from '../must.ts';
import { API_VERSION, type PluginModule } from '../plugin/api.ts';

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
const SECOND = 1_000_000_000n;

function parseRate(text: string): number {
  const parts = /^(\d+)([kmg]?)$/i.exec(text);
  const rate = parts ? Number(parts[1]) * FACTORS[parts[2]!.toLowerCase()]! : 0;
  if (rate < 1 || !Number.isSafeInteger(rate))
    throw new UsageError(`plugin ips: ${text} is no rate`, 'Write ips=100m, for example.');
  return rate;
}

const plugin: PluginModule = {
  name: 'ips',
  apiVersion: API_VERSION,
  summary: 'makes virtual time pass at a rate of instructions a second',
  args: {
    ips: { kind: 'string', summary: 'instructions a second of a vCPU; k, m or g for thousands …', default: '1g' },
    ipq: { kind: 'int', summary: 'instructions between two updates of the time (default: a hundredth of a second)' },
  },
  install(api, args) {
    const rate = parseRate(String(args.ips));
    const time = api.requestTimeControl();
    if (!time)
      throw new UsageError('plugin ips cannot control time', 'It is for boards, and for one plugin at a time.');
    const quantum = Number(args.ipq ?? Math.max(1, Math.floor(rate / 100)));
    if (quantum < 1)
      throw new UsageError('plugin ips: ipq must be at least 1', 'Leave it out: a hundredth of a second.');
    const executed = api.scoreboard(8).u64();
    api.onTbTrans((tb) => tb.inlineAdd(executed, tb.insnCount));
    // The vCPU that has executed most is the clock: the others have the same time.
    api.onWindow(quantum, () => {
      let most = 0n;
      for (let cpu = 0; cpu < api.numVcpus(); cpu++) if (executed.get(cpu) > most) most = executed.get(cpu);
      time.update((most * SECOND) / BigInt(rate));
    });
  },
};
export default plugin;
