// Makes the build's first V8 code caches (launch.ts), so that they hold the code of ordinary runs: of one that takes blocks
// from an earlier run and translates others, and of a comparison. Run by `npm run build`; not part of the program.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from './exit-code.ts';

const PROGRAM = 'scenarios/guests/nolibc/sha1-mini.elf';
const blocks = mkdtempSync(join(tmpdir(), 'lockstep-warm-'));

function lockstep(wanted: number, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', ...args, PROGRAM], {
    env: { ...process.env, LOCKSTEP_CACHE: blocks, LOCKSTEP_WARM: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== wanted) throw new Error(`lockstep ${args.join(' ')} ended with ${status}: ${stderr}`);
}

try {
  // Leaves the blocks of the beginning.
  lockstep(EXIT.inconclusive, 'emu', '--max-insns', '2000');
  lockstep(EXIT.same, 'emu');
  lockstep(EXIT.same, 'run');
} finally {
  rmSync(blocks, { recursive: true, force: true });
}
