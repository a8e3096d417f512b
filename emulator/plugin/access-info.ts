// What a memory callback is told of its access: the word translated code hands over, decoded, and what lies in the vCPU's
// environment until the next access. Dead after the callback: every use then throws.

import { ACCESS_STORES, MEM_BIG, MEM_SIGN, MEM_SIZE } from '../ir/op.ts';
import type { HwAddr, MemInfo } from './api.ts';
import { type Place, StaleHandleError } from './errors.ts';

/** What an access asks of the engine. */
export interface AccessHost {
  place(): Place;
  /** Value of the access that runs, with what the register holds beyond its size. */
  value(cpu: number): bigint;
  hwaddr(cpu: number, address: bigint): HwAddr | undefined;
}

export class AccessInfo implements MemInfo {
  private readonly host: AccessHost;
  private readonly cpu: number;
  private readonly access: number;
  private readonly address: bigint;
  private alive = true;

  constructor(host: AccessHost, cpu: number, access: number, address: bigint) {
    this.host = host;
    this.cpu = cpu;
    this.access = access;
    this.address = address;
  }
  end(): void {
    this.alive = false;
  }
  private check(): void {
    if (!this.alive) throw new StaleHandleError(this.host.place(), 'access');
  }
  /** Those of ACCESS_BITS. */
  private get bits(): number {
    this.check();
    return this.access;
  }
  get sizeShift(): number {
    return this.bits & MEM_SIZE;
  }
  get sizeBytes(): number {
    return 1 << this.sizeShift;
  }
  get signExtended(): boolean {
    return (this.bits & MEM_SIGN) !== 0;
  }
  get bigEndian(): boolean {
    return (this.bits & MEM_BIG) !== 0;
  }
  get isStore(): boolean {
    return (this.bits & ACCESS_STORES) !== 0;
  }
  get value(): bigint {
    return BigInt.asUintN(8 << this.sizeShift, this.host.value(this.cpu));
  }
  hwaddr(): HwAddr | undefined {
    this.check();
    return this.host.hwaddr(this.cpu, this.address);
  }
}
