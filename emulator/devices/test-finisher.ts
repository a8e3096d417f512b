// The SiFive test finisher: one word by which a guest ends the machine or asks for a reset.

import type { Device } from './device.ts';
import { wordOf } from './device.ts';

/** Low half of the word written at offset 0. */
const PASS = 0x5555;
/** High half is the exit code. */
const FAIL = 0x3333;
const RESET = 0x7777;

export interface FinisherOptions {
  /** Ends the machine; code 0 to 255. */
  exit(code: number): void;
  reset(): void;
}

export function createTestFinisher(options: FinisherOptions): Device<null> {
  return {
    name: 'test-finisher',
    accepts: (_offset, size) => size === 2 || size === 4,
    read: () => 0n,
    write(offset, _size, value) {
      if (offset !== 0) return;
      const word = wordOf(value);
      const code = (word >>> 16) & 0xff;
      switch (word & 0xffff) {
        case PASS:
          options.exit(0);
          break;
        case FAIL:
          options.exit(code);
          break;
        case RESET:
          options.reset();
          break;
      }
    },
    reset() {},
    save: () => null,
    restore() {},
  };
}
