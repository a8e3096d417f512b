// Counts memory accesses, inside translated code or by callback; prints them; sums them up by region.

import { hex, hex16 } from '../bits.ts';
import { UsageError } from '../must.ts';
import { API_VERSION, type InsnHandle, type MemAccess, type MemInfo, type PluginModule } from '../plugin/api.ts';
import { Lines } from './lines.ts';
import { Regions } from './regions.ts';

const HEADER = 'insn_vaddr,insn_symbol,mem_vaddr,mem_hwaddr,access_size,access_type,mem_value\n';

const plugin: PluginModule = {
  name: 'mem',
  apiVersion: API_VERSION,
  summary: 'counts memory accesses, prints them, sums them up by region',
  args: {
    inline: { kind: 'bool', summary: 'count inside translated code', default: false },
    callback: { kind: 'bool', summary: 'count by callback', default: false },
    haddr: { kind: 'bool', summary: 'count accesses to devices apart (needs callback)', default: false },
    track: { kind: 'string', summary: 'which accesses', default: 'rw', choices: ['r', 'w', 'rw'] },
    'print-accesses': { kind: 'bool', summary: 'print a line of comma-separated values an access', default: false },
    'region-summary': { kind: 'bool', summary: 'accesses by region of 16 KiB, loads checked', default: false },
    compat: { kind: 'string', summary: 'qemu: the count as version 7.2 prints it', choices: ['qemu'] },
  },
  install(api, args) {
    if (args.inline && args.callback)
      throw new UsageError("plugin mem: can't enable inline and callback counting at the same time");
    const board = api.scoreboard(16);
    const [accesses, io] = [board.u64(0), board.u64(8)];
    const track = args.track as MemAccess;
    const regions = args['region-summary'] ? new Regions() : undefined;
    const lines = new Lines(api);
    if (args['print-accesses']) lines.put(HEADER);

    const count = (cpu: number, info: MemInfo): void => {
      if (args.haddr && info.hwaddr()?.isIo) io.add(cpu, 1);
      else accesses.add(cpu, 1);
    };
    const summarise = (_cpu: number, info: MemInfo, address: bigint): void => {
      const { sizeBytes, isStore, value } = info;
      if (!regions!.see(Number(BigInt.asIntN(64, address)), sizeBytes, isStore, value))
        lines.put(`Warning: 0x${hex16(address)}:${sizeBytes} read an un-instrumented value\n`);
    };
    const printer = (insn: InsnHandle) => {
      const place = `${hex(insn.pc)},${insn.symbol() ?? ''},`;
      return (_cpu: number, info: MemInfo, address: bigint): void => {
        const { sizeBytes, isStore, value } = info;
        const shown = value.toString(16).padStart(2 * sizeBytes, '0');
        const physical = hex(info.hwaddr()?.physical ?? 0);
        lines.put(`${place}${hex(address)},${physical},${8 * sizeBytes},${isStore ? 'store' : 'load'},0x${shown}\n`);
      };
    };
    api.onTbTrans((tb) => {
      for (const insn of tb.insns()) {
        if (args.inline) insn.inlineMemAdd(track, accesses, 1);
        if (args.callback) insn.onMem(track, count);
        if (regions) insn.onMem(track, summarise);
        if (args['print-accesses']) insn.onMem(track, printer(insn));
      }
    });

    api.onAtexit(() => {
      lines.flush();
      const result = {
        accesses: args.inline || args.callback ? accesses.sum() : undefined,
        io: args.haddr ? io.sum() : undefined,
        regions: regions?.list().map((region) => ({ ...region, base: `0x${hex16(region.base)}` })),
      };
      api.result(result, () => {
        const kind = args.compat === 'qemu' ? `${args.inline ? 'inline' : 'callback'} ` : '';
        let text = result.accesses === undefined ? '' : `${kind}mem accesses: ${result.accesses}\n`;
        if (result.io !== undefined) text += `io accesses: ${result.io}\n`;
        if (!result.regions) return text;
        text += 'Region Base, Reads, Writes, Seen all\n';
        for (const { base, reads, writes, seenAll } of result.regions)
          text += `${base}, ${reads}, ${writes}, ${seenAll}\n`;
        return text;
      });
    });
  },
};
export default plugin;
