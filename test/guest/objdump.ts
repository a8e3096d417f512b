// GNU objdump as the oracle of disassembly: words in, text out, normalised to our convention (targets as `0x…`).

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'riscv64-linux-gnu-';
const MARCH = 'rv64gc_zihintpause_zba_zbb_zbs';

export const hasObjdump: boolean = ['as', 'objcopy', 'objdump'].every(
  (tool) => spawnSync(PREFIX + tool, ['--version']).status === 0,
);

/** Where the first word lies. */
export const BASE = 0x10000000;

/** Disassembles words of `size` bytes placed one after another from BASE. One text a word. */
export function objdump(words: readonly number[], size: 2 | 4): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'objdump-'));
  const run = (tool: string, ...args: string[]): string => {
    const result = spawnSync(PREFIX + tool, args, { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (result.status !== 0) throw new Error(`${tool}: ${result.stderr}`);
    return result.stdout;
  };
  try {
    writeFileSync(join(dir, 'a.s'), words.map((word) => `.${size}byte ${word >>> 0}\n`).join(''));
    run('as', `-march=${MARCH}`, 'a.s', '-o', 'a.o');
    // Without the mapping symbols the assembler made, data is disassembled as code.
    run('objcopy', '--strip-all', 'a.o', 'b.o');
    const text = run('objdump', '-D', '-z', '-j', '.text', `--adjust-vma=${BASE}`, 'b.o');
    const out: string[] = [];
    for (const line of text.split('\n')) {
      const match = /^\s*([0-9a-f]+):\t([0-9a-f]+) *\t(.*)$/.exec(line);
      if (match) out[(Number.parseInt(match[1]!, 16) - BASE) / size] = normalise(match[3]!);
    }
    return out;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function normalise(text: string): string {
  const target = / <[^>]*>$/;
  const plain = text.replace(/\s+#.*$/, '').trim();
  const out = target.test(plain) ? plain.replace(target, '').replace(/([0-9a-f]+)$/, '0x$1') : plain;
  return out.replace('\t', ' ');
}
