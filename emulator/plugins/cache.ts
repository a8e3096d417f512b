// Models the first-level caches of cores, and a second level if asked to: hits, misses, and the instructions that miss
// most. Each instruction is one fetch, at its address, before its data accesses; accesses to devices are left out.

import { addrOf, hex } from '../bits.ts';
import { UsageError } from '../must.ts';
import { API_VERSION, type InsnHandle, type PluginModule, type TbHandle } from '../plugin/api.ts';
import { CacheModel, type CacheShape, checkShape, type Eviction } from './cache-model.ts';
import { descending } from './cells.ts';

type Site = {
  readonly pc: number;
  readonly symbol: string | undefined;
  readonly text: string;
  dataMisses: number;
  fetchMisses: number;
  l2Misses: number;
};
interface Core {
  readonly data: CacheModel;
  readonly insn: CacheModel;
  readonly l2: CacheModel | undefined;
}
type CoreCounts = {
  readonly data: readonly [accesses: number, misses: number];
  readonly insn: readonly [accesses: number, misses: number];
  readonly l2: readonly [accesses: number, misses: number] | undefined;
};

const RECORDS = 1 << 15;

/** Accesses, misses and their rate, as wide as the column's heads. */
function columns([accesses, misses]: readonly [number, number], widths: readonly [number, number, number]): string {
  const rate = accesses === 0 ? 0 : (100 * misses) / accesses;
  return `${String(accesses).padEnd(widths[0])} ${String(misses).padEnd(widths[1])} ${rate.toFixed(4).padStart(widths[2])}%`;
}
function row(label: string, { data, insn, l2 }: CoreCounts): string {
  const text = `${label.padEnd(8)}${columns(data, [14, 12, 9])}  ${columns(insn, [14, 12, 9])}`;
  return `${text}${l2 ? `  ${columns(l2, [12, 11, 10])}` : ''}\n`;
}
const countsOf = ({ data, insn, l2 }: Core): CoreCounts => ({
  data: [data.accesses, data.misses],
  insn: [insn.accesses, insn.misses],
  l2: l2 && [l2.accesses, l2.misses],
});
function sum(cores: readonly CoreCounts[]): CoreCounts {
  const add = (of: (core: CoreCounts) => readonly [number, number] | undefined): [number, number] => [
    cores.reduce((total, core) => total + (of(core)?.[0] ?? 0), 0),
    cores.reduce((total, core) => total + (of(core)?.[1] ?? 0), 0),
  ];
  return {
    data: add(({ data }) => data),
    insn: add(({ insn }) => insn),
    l2: cores[0]?.l2 && add(({ l2 }) => l2),
  };
}

const plugin: PluginModule = {
  name: 'cache',
  apiVersion: API_VERSION,
  summary: 'models the caches of cores and lists the instructions that miss most',
  args: {
    dblksize: { kind: 'int', summary: 'bytes a block of the data cache', default: 64 },
    dassoc: { kind: 'int', summary: 'its associativity', default: 8 },
    dcachesize: { kind: 'int', summary: 'its size in bytes', default: 16384 },
    iblksize: { kind: 'int', summary: 'bytes a block of the instruction cache', default: 64 },
    iassoc: { kind: 'int', summary: 'its associativity', default: 8 },
    icachesize: { kind: 'int', summary: 'its size in bytes', default: 16384 },
    l2: { kind: 'bool', summary: 'model a second level, one a core, for both', default: false },
    l2blksize: { kind: 'int', summary: 'bytes a block of the second level', default: 64 },
    l2assoc: { kind: 'int', summary: 'its associativity', default: 16 },
    l2cachesize: { kind: 'int', summary: 'its size in bytes', default: 2097152 },
    evict: { kind: 'string', summary: 'what a miss throws out', default: 'lru', choices: ['lru', 'fifo', 'rand'] },
    cores: { kind: 'int', summary: 'cores; vCPU n runs on core n modulo this (default: one, on a board one a vCPU)' },
    limit: { kind: 'int', summary: 'instructions to list', default: 32 },
  },
  install(api, args) {
    const shape = (prefix: 'd' | 'i' | 'l2', what: string): CacheShape => {
      const of = (key: string): number => Number(args[`${prefix}${key}`]);
      const wanted = { blockSize: of('blksize'), ways: of('assoc'), size: of('cachesize') };
      checkShape(what, wanted);
      return wanted;
    };
    const [data, insn, second] = [shape('d', 'data'), shape('i', 'instruction'), shape('l2', 'second-level')];
    const eviction = args.evict as Eviction;
    const coreCount = Number(args.cores ?? (api.info.system ? api.info.smpVcpus : 1));
    if (coreCount < 1)
      throw new UsageError(`plugin cache: ${coreCount} cores are not possible`, 'Give cores=1 or more.');
    const cores = Array.from(
      { length: coreCount },
      (): Core => ({
        data: new CacheModel(data, eviction),
        insn: new CacheModel(insn, eviction),
        l2: args.l2 ? new CacheModel(second, eviction) : undefined,
      }),
    );
    const sites: Site[] = [];
    const siteByPc = new Map<number, number>();

    const fetch = (cpu: number, address: number, site: Site): void => {
      const core = cores[cpu % coreCount]!;
      if (core.insn.access(address)) return;
      site.fetchMisses++;
      if (core.l2 && !core.l2.access(address)) site.l2Misses++;
    };
    const access = (cpu: number, address: number, site: Site): void => {
      const core = cores[cpu % coreCount]!;
      if (core.data.access(address)) return;
      site.dataMisses++;
      if (core.l2 && !core.l2.access(address)) site.l2Misses++;
    };
    /** One site an address and text: code may be replaced. */
    const siteOf = (handle: InsnHandle): number => {
      const { pc } = handle;
      const text = handle.disas();
      const known = siteByPc.get(pc);
      if (known !== undefined && sites[known]!.text === text) return known;
      siteByPc.set(pc, sites.length);
      sites.push({ pc, symbol: handle.symbol(), text, dataMisses: 0, fetchMisses: 0, l2Misses: 0 });
      return sites.length - 1;
    };

    // In user mode translated code records fetches and accesses in one ring: address, then vCPU above the site and kind.
    const ring = api.recordRing({ records: RECORDS, fields: 3, full: drain });
    function drain(): void {
      ring.drain((words, stride) => {
        const halves = new Uint32Array(words.buffer, words.byteOffset, 2 * words.length);
        for (let i = 0; i < halves.length; i += 2 * stride) {
          const address = positive(addrOf(halves[i]!, halves[i + 1]! | 0));
          const kind = halves[i + 2]!;
          (kind & 1 ? access : fetch)(halves[i + 4]!, address, sites[kind >>> 1]!);
        }
      });
    }
    const record = (tb: TbHandle): void => {
      for (const handle of tb.insns()) {
        const kind = 2 * siteOf(handle);
        handle.inline({ op: 'record', ring, values: ['pc', kind, 'cpu'] });
        handle.inlineMem('rw', { op: 'record', ring, values: ['address', kind + 1, 'cpu'] });
      }
    };
    const callBack = (tb: TbHandle): void => {
      for (const handle of tb.insns()) {
        const site = sites[siteOf(handle)]!;
        const { pc } = handle;
        handle.onExec((cpu) => fetch(cpu, positive(api.translate(cpu, pc) ?? pc), site));
        handle.onMem('rw', (cpu, info, address) => {
          const hw = info.hwaddr();
          if (!hw?.isIo) access(cpu, Number(hw?.physical ?? address), site);
        });
      }
    };
    api.onTbTrans(api.info.system ? callBack : record);

    api.onAtexit(() => {
      drain();
      const counts = cores.map(countsOf);
      const result = {
        cores: counts,
        sum: sum(counts),
        instructions: sites.map((site) => ({ ...site, pc: hex(site.pc) })),
      };
      api.result(result, () => {
        let text =
          'core #, data accesses, data misses, dmiss rate, insn accesses, insn misses, imiss rate' +
          `${args.l2 ? ', l2 accesses, l2 misses, l2 miss rate' : ''}\n`;
        counts.forEach((core, number) => {
          text += row(String(number), core);
        });
        if (coreCount > 1) text += row('sum', result.sum);
        text += list('data misses', (site) => site.dataMisses) + list('fetch misses', (site) => site.fetchMisses);
        return args.l2 ? text + list('L2 misses', (site) => site.l2Misses) : text;
      });
    });
    function list(what: string, by: (site: Site) => number): string {
      let text = `\naddress, ${what}, instruction\n`;
      for (const site of descending(sites, by).slice(0, Number(args.limit))) {
        text += `${hex(site.pc)}${site.symbol === undefined ? '' : ` (${site.symbol})`}, ${by(site)}, ${site.text}\n`;
      }
      return text;
    }
  },
};

/** Addresses of the upper half, moved behind the lower one: the low bits, which choose block and set, stay. */
function positive(address: number): number {
  return address < 0 ? address + 2 ** 53 : address;
}
export default plugin;
