// What a memory callback is told of its access, decoded from the word translated code hands over. Dead after the
// callback, as far as it would have to ask the machine.

import { MEM_BIG, MEM_SIGN, MEM_SIZE } from '../ir/op.ts';
import type { HwAddr, MemInfo } from './api.ts';

export class AccessInfo implements MemInfo {
  private readonly word: number;
  private readonly raw: bigint;
  private readonly lookUp: () => HwAddr | undefined;

  /** `lookUp` throws once the callback is over. */
  constructor(word: number, raw: bigint, lookUp: () => HwAddr | undefined) {
    this.word = word;
    this.raw = raw;
    this.lookUp = lookUp;
  }
  get sizeShift(): number {
    return this.word & MEM_SIZE;
  }
  get sizeBytes(): number {
    return 1 << this.sizeShift;
  }
  get signExtended(): boolean {
    return (this.word & MEM_SIGN) !== 0;
  }
  get bigEndian(): boolean {
    return (this.word & MEM_BIG) !== 0;
  }
  get isStore(): boolean {
    return (this.word & 64) !== 0;
  }
  get value(): bigint {
    return BigInt.asUintN(8 << this.sizeShift, this.raw);
  }
  hwaddr(): HwAddr | undefined {
    return this.lookUp();
  }
}
