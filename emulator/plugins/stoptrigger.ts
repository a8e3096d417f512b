// Ends the run after a number of instructions of a vCPU, or at an address, with an exit code of choice.

import { hex } from '../bits.ts';
import { UsageError } from '../must.ts';
import { API_VERSION, type PluginModule } from '../plugin/api.ts';

interface Trigger {
  readonly at: bigint;
  readonly code: number;
}

/** `N[:code]`, decimal or 0x…. */
function parse(text: string, what: string): Trigger {
  const parts = /^(0x[0-9a-f]+|\d+)(?::(\d{1,3}))?$/i.exec(text);
  if (!parts)
    throw new UsageError(`plugin stoptrigger: ${what}=${text} is no number`, `Write ${what}=0x1000:42, for example.`);
  return { at: BigInt(parts[1]!), code: Number(parts[2] ?? 0) & 255 };
}

const plugin: PluginModule = {
  name: 'stoptrigger',
  apiVersion: API_VERSION,
  summary: 'ends the run after a number of instructions or at an address',
  args: {
    icount: { kind: 'string', summary: 'N[:code]: after N instructions of a vCPU' },
    addr: { kind: 'list', summary: 'ADDRESS[:code]: before the instruction there; may be repeated' },
  },
  install(api, args) {
    const limit = args.icount === undefined ? undefined : parse(String(args.icount), 'icount');
    const addresses = ((args.addr as readonly string[] | undefined) ?? []).map((text) => parse(text, 'addr'));
    if (!limit && addresses.length === 0)
      throw new UsageError('plugin stoptrigger needs icount=… or addr=…', 'Give it something to stop at.');
    const executed = api.scoreboard(8).u64();

    const end = (cpu: number, pc: number, code: number, text: string): void => {
      if (!api.machine.ended) api.outs(text);
      api.machine.exit(code);
      // The instruction and the rest of its block are not executed any more.
      api.setPc(cpu, pc);
    };
    api.onTbTrans((tb) => {
      for (const insn of tb.insns()) {
        const { pc } = insn;
        if (limit) {
          insn.inlineAdd(executed, 1);
          insn.onExec((cpu) => end(cpu, pc, limit.code, `icount reached at ${hex(pc)}, exiting\n`), {
            flags: 'rw-regs-pc',
            when: { left: executed, is: 'gt', right: limit.at },
          });
        }
        const address = addresses.find(({ at }) => at === BigInt.asUintN(64, BigInt(pc)));
        if (address) insn.onExec((cpu) => end(cpu, pc, address.code, `${hex(pc)} reached, exiting\n`), 'rw-regs-pc');
      }
    });
  },
};
export default plugin;
