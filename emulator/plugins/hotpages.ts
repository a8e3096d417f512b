// Finds the pages accessed most often, and by which vCPUs.

import { alignDown, hex16 } from '../bits.ts';
import { UsageError } from '../must.ts';
import { API_VERSION, type MemInfo, type PluginModule } from '../plugin/api.ts';
import { AccessStream } from './accesses.ts';
import { descending } from './cells.ts';

/** Pages listed. */
const LIMIT = 50;

interface Page {
  readonly address: number;
  /** vCPUs that read and that wrote it, a bit each. */
  readers: bigint;
  reads: number;
  writers: bigint;
  writes: number;
}

const SORTS = {
  reads: (page: Page) => page.reads,
  writes: (page: Page) => page.writes,
  address: (page: Page) => BigInt.asUintN(64, BigInt(page.address)),
  both: (page: Page) => page.reads + page.writes,
} as const;

const mask = (bits: bigint): string => `0x${bits.toString(16).padStart(4, '0')}`;

const plugin: PluginModule = {
  name: 'hotpages',
  apiVersion: API_VERSION,
  summary: 'lists the pages of memory accessed most often',
  args: {
    sortby: {
      kind: 'string',
      summary: 'sort by this instead of reads + writes',
      choices: ['reads', 'writes', 'address'],
    },
    io: { kind: 'bool', summary: 'accesses to devices only, by virtual address', default: false },
    pagesize: { kind: 'int', summary: 'bytes a page, a power of two', default: 4096 },
    compat: { kind: 'string', summary: 'qemu: without the last page, which it loses', choices: ['qemu'] },
  },
  install(api, args) {
    const size = Number(args.pagesize);
    if (size < 1 || !Number.isInteger(Math.log2(size)))
      throw new UsageError(`plugin hotpages: a page of ${size} bytes is not possible`, 'Give a power of two.');
    const pages = new Map<number, Page>();
    let last: Page | undefined;
    const pageAt = (at: number): Page => {
      const address = alignDown(at, size);
      if (last?.address === address) return last;
      last = pages.get(address);
      if (!last) {
        last = { address, readers: 0n, reads: 0, writers: 0n, writes: 0 };
        pages.set(address, last);
      }
      return last;
    };
    const read = (address: number, cpu: number): void => {
      const page = pageAt(address);
      page.reads++;
      page.readers |= 1n << BigInt(cpu);
    };
    const write = (address: number, cpu: number): void => {
      const page = pageAt(address);
      page.writes++;
      page.writers |= 1n << BigInt(cpu);
    };

    let drain = (): void => {};
    if (api.info.system) {
      const seen = (cpu: number, info: MemInfo, address: bigint): void => {
        const hw = info.hwaddr();
        if (args.io && !hw?.isIo) return;
        const at = Number(BigInt.asIntN(64, hw && !hw.isIo ? hw.physical : address));
        if (info.isStore) write(at, cpu);
        else read(at, cpu);
      };
      api.onTbTrans((tb) => {
        for (const insn of tb.insns()) insn.onMem('rw', seen);
      });
    } else {
      const reads = new AccessStream(api, read);
      const writes = new AccessStream(api, write);
      if (!args.io) {
        api.onTbTrans((tb) => {
          for (const insn of tb.insns()) {
            reads.attach(insn, 'r');
            writes.attach(insn, 'w');
          }
        });
      }
      drain = () => {
        reads.drain();
        writes.drain();
      };
    }

    api.onAtexit(() => {
      drain();
      const by = SORTS[(args.sortby as keyof typeof SORTS | undefined) ?? 'both'];
      const sorted = descending(pages.values(), by).map((page) => ({ ...page, address: `0x${hex16(page.address)}` }));
      api.result({ pages: sorted }, ({ pages: shown }) => {
        const count = args.compat === 'qemu' ? shown.length - 1 : shown.length;
        let text = 'Addr, RCPUs, Reads, WCPUs, Writes\n';
        for (const { address, readers, reads, writers, writes } of shown.slice(
          0,
          Math.max(0, Math.min(LIMIT, count)),
        )) {
          text += `${address}, ${mask(readers)}, ${reads}, ${mask(writers)}, ${writes}\n`;
        }
        return text;
      });
    });
  },
};
export default plugin;
