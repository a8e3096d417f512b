// Which registers of a vCPU differ from when they were last looked at, for traces of changes.

import type { PluginApi } from '../plugin/api.ts';

export class RegisterChanges {
  private readonly api: Pick<PluginApi, 'readRegisters'>;
  private readonly words: Uint32Array;
  private readonly before: Uint32Array;
  /** Positions in `words` that have been looked at. */
  private readonly known: Uint8Array;

  /** `count`: how many registers the api has. */
  constructor(api: Pick<PluginApi, 'readRegisters'>, count: number) {
    this.api = api;
    this.words = new Uint32Array(2 * count);
    this.before = new Uint32Array(2 * count);
    this.known = new Uint8Array(count);
  }

  /** Reads all registers; `changed` is asked and answered until the next call. Inside callbacks that may read them. */
  look(cpu: number): void {
    this.api.readRegisters(cpu, this.words);
  }
  /** Whether register `index` of the api's differs from what it was when this was asked last; a first time, it does. */
  changed(index: number): boolean {
    const low = this.words[2 * index]!;
    const high = this.words[2 * index + 1]!;
    if (this.known[index] === 1 && this.before[2 * index] === low && this.before[2 * index + 1] === high) return false;
    this.known[index] = 1;
    this.before[2 * index] = low;
    this.before[2 * index + 1] = high;
    return true;
  }
  /** Its value as hexadecimal digits without leading zeros. */
  digits(index: number): string {
    const low = this.words[2 * index]!.toString(16);
    const high = this.words[2 * index + 1]!;
    return high === 0 ? low : high.toString(16) + low.padStart(8, '0');
  }
}
