// Every memory access of the guest in bulk: translated code fills a ring of records, a plugin gets them as numbers.

import { addrOf } from '../bits.ts';
import type { InsnHandle, MemAccess, PluginApi } from '../plugin/api.ts';

const RECORDS = 1 << 15;
/** Words of 32 bits in a record: address, then vCPU and a tag. */
const ADDRESS_LOW = 0;
const ADDRESS_HIGH = 1;
const CPU = 2;

/** Calls `each` with accesses in their order; not at the access but some time later, at the latest in `drain`. */
export class AccessStream {
  private readonly ring;
  private readonly each: (address: number, cpu: number) => void;

  constructor(api: PluginApi, each: (address: number, cpu: number) => void) {
    this.each = each;
    this.ring = api.recordRing({ records: RECORDS, fields: 2, full: () => this.drain() });
  }
  attach(insn: InsnHandle, access: MemAccess): void {
    insn.inlineMem(access, { op: 'record', ring: this.ring, values: ['address', 'cpu'] });
  }
  drain(): void {
    this.ring.drain((words, stride) => {
      const halves = new Uint32Array(words.buffer, words.byteOffset, 2 * words.length);
      for (let i = 0; i < halves.length; i += 2 * stride) {
        this.each(addrOf(halves[i + ADDRESS_LOW]!, halves[i + ADDRESS_HIGH]! | 0), halves[i + CPU]!);
      }
    });
  }
}
