// The digest of the path a guest took through its code, computed from the ring of block numbers. It covers the targets
// of control transfers in order, and nothing of how blocks are cut: a block that merely continues the one before adds
// nothing, and where the block before was left (it may have been cut short by a fault or an interrupt) is not mixed.
// Hot: hundreds of thousands of records a window; int32 arithmetic and typed arrays only, no allocation a record.

const INITIAL_BLOCKS = 4096;

export class PathDigest {
  private pcLo = new Int32Array(INITIAL_BLOCKS);
  private pcHi = new Int32Array(INITIAL_BLOCKS);
  private endLo = new Int32Array(INITIAL_BLOCKS);
  private endHi = new Int32Array(INITIAL_BLOCKS);
  /** Where the last recorded block ended: the pc that needs no transfer. Carried from window to window. */
  private lastLo = 0;
  private lastHi = -1;
  private h1 = 0;
  private h2 = 0;

  /** A translation: its number, pc (exact integer) and size in bytes. */
  define(id: number, pc: number, size: number): void {
    if (id >= this.pcLo.length) this.grow(id);
    const end = pc + size;
    this.pcLo[id] = pc | 0;
    this.pcHi[id] = Math.floor(pc / 4294967296) | 0;
    this.endLo[id] = end | 0;
    this.endHi[id] = Math.floor(end / 4294967296) | 0;
  }

  /** Takes records in, in order. Every number must have been defined. */
  add(records: Uint32Array): void {
    const { pcLo, pcHi, endLo, endHi } = this;
    let { lastLo, lastHi, h1, h2 } = this;
    for (let i = 0; i < records.length; i++) {
      const id = records[i]!;
      const lo = pcLo[id]!;
      const hi = pcHi[id]!;
      if (lo !== lastLo || hi !== lastHi) {
        h1 = Math.imul(h1 ^ lo, 0x2c1b3c6d);
        h1 = (h1 ^ (h1 >>> 15)) + hi;
        h2 = Math.imul(((h2 << 13) | (h2 >>> 19)) + lo, 0x297a2d39) ^ Math.imul(hi, 0x1b56c4e9);
      }
      lastLo = endLo[id]!;
      lastHi = endHi[id]!;
    }
    this.lastLo = lastLo;
    this.lastHi = lastHi;
    this.h1 = h1;
    this.h2 = h2;
  }

  /** The digest of what was added since the last call. */
  finish(): bigint {
    const digest = (BigInt(this.h1 >>> 0) << 32n) | BigInt(this.h2 >>> 0);
    this.h1 = 0;
    this.h2 = 0;
    return digest;
  }

  /** The end of the last block, to be given back to `restore` when the machine returns to this point. */
  save(): readonly [number, number] {
    return [this.lastLo, this.lastHi];
  }
  restore(saved: readonly [number, number]): void {
    [this.lastLo, this.lastHi] = saved;
    this.h1 = 0;
    this.h2 = 0;
  }

  private grow(id: number): void {
    const length = Math.max(this.pcLo.length * 2, id + 1);
    const grown = (old: Int32Array<ArrayBuffer>) => {
      const wider = new Int32Array(length);
      wider.set(old);
      return wider;
    };
    this.pcLo = grown(this.pcLo);
    this.pcHi = grown(this.pcHi);
    this.endLo = grown(this.endLo);
    this.endHi = grown(this.endHi);
  }
}
