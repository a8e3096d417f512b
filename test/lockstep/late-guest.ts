// A guest that late-translator.mjs gets wrong after two million instructions, and that goes on as long again.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { smallElf } from '../../emulator/plugin/small-elf.ts';

/** Writes it into a directory; gives its path. */
export function lateGuest(dir: string): string {
  // lui t0,0x10d; addi t0,t0,-1824; addi t0,t0,-1; bnez t0: two million instructions. Then add s0,sp,sp, and as many again.
  const countdown = [0x0010d2b7, 0x8e028293, 0xfff28293, 0xfe029ee3];
  const path = join(dir, 'late.elf');
  writeFileSync(path, smallElf([...countdown, 0x00210433, ...countdown]));
  return path;
}
