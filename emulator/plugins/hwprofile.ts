// Which devices are accessed, how often and by which vCPUs; in detail by register or by the code that does it.

import { hex } from '../bits.ts';
import { UsageError } from '../must.ts';
import { API_VERSION, type MemAccess, type PluginModule } from '../plugin/api.ts';
import { descending } from './cells.ts';

type Counts = { readers: bigint; reads: number; writers: bigint; writes: number };
interface Device extends Counts {
  readonly name: string;
  /** Where its window begins. */
  readonly base: number;
  /** By offset in the device, or by pc. */
  readonly places: Map<number, Counts>;
}

const noCounts = (): Counts => ({ readers: 0n, reads: 0, writers: 0n, writes: 0 });
function add(to: Counts, cpu: number, isStore: boolean): void {
  if (isStore) {
    to.writes++;
    to.writers |= 1n << BigInt(cpu);
  } else {
    to.reads++;
    to.readers |= 1n << BigInt(cpu);
  }
}

const plugin: PluginModule = {
  name: 'hwprofile',
  apiVersion: API_VERSION,
  summary: 'counts accesses to devices',
  args: {
    track: { kind: 'string', summary: 'only reads or only writes', choices: ['read', 'write'] },
    source: { kind: 'bool', summary: 'detail by the instruction that accesses', default: false },
    pattern: { kind: 'bool', summary: 'detail by the offset in the device', default: false },
    match: { kind: 'list', summary: 'only the device of this name; may be repeated' },
  },
  install(api, args) {
    if (!api.info.system)
      throw new UsageError('plugin hwprofile is for boards only', 'Processes have no devices; hotpages counts memory.');
    if (args.source && args.pattern)
      throw new UsageError('plugin hwprofile: either source or pattern, not both', 'Leave one out.');
    const names = args.match as readonly string[] | undefined;
    const access: MemAccess = args.track === 'read' ? 'r' : args.track === 'write' ? 'w' : 'rw';
    const devices = new Map<string, Device>();

    api.onTbTrans((tb) => {
      for (const insn of tb.insns()) {
        const { pc } = insn;
        insn.onMem(access, (cpu, info) => {
          const hw = info.hwaddr();
          if (!hw?.isIo || (names && !names.includes(hw.device))) return;
          const physical = Number(hw.physical);
          let device = devices.get(hw.device);
          if (!device) {
            device = { name: hw.device, base: physical - hw.offset, places: new Map(), ...noCounts() };
            devices.set(hw.device, device);
          }
          add(device, cpu, info.isStore);
          if (!args.source && !args.pattern) return;
          const place = args.source ? pc : hw.offset;
          let counts = device.places.get(place);
          if (!counts) {
            counts = noCounts();
            device.places.set(place, counts);
          }
          add(counts, cpu, info.isStore);
        });
      }
    });

    const columns = ({ readers, reads, writers, writes }: Counts): string =>
      (access === 'w' ? '' : `, 0x${readers.toString(16).padStart(4, '0')}, ${reads}`) +
      (access === 'r' ? '' : `, 0x${writers.toString(16).padStart(4, '0')}, ${writes}`);
    api.onAtexit(() => {
      const sorted = descending(devices.values(), ({ reads, writes }) => reads + writes).map((device) => ({
        ...device,
        base: hex(device.base),
        places: [...device.places].sort(([a], [b]) => a - b).map(([at, counts]) => ({ ...counts, at })),
      }));
      api.result({ devices: sorted }, ({ devices: shown }) => {
        if (args.source || args.pattern) {
          const detail = args.pattern ? 'off' : 'pc';
          return shown
            .flatMap(({ name, base, places }) => [
              `${name} @ ${base}\n`,
              ...places.map((place) => {
                const at = BigInt.asUintN(64, BigInt(place.at)).toString(16).padStart(8, '0');
                return `  ${detail}:${at}${columns(place)}\n`;
              }),
            ])
            .join('');
        }
        const head = `Device, Address${access === 'w' ? '' : ', RCPUs, Reads'}${access === 'r' ? '' : ',  WCPUs, Writes'}\n`;
        return head + shown.map((device) => `${device.name}, ${device.base}${columns(device)}\n`).join('');
      });
    });
  },
};
export default plugin;
