// A guest that is almost all translation: so many different basic blocks, each a few instructions of ALU and memory work
// and a branch, gone through a few times. Written by a seed, assembled by the cross compiler.

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crossCompiler } from '../conformance/qemu.ts';

const REGISTERS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 't0', 't1', 't2', 's2', 's3', 's4'];
const BRANCHES = ['beq', 'bne', 'blt', 'bgeu'];
const SEED = 7;

/** Builds the program with `blocks` blocks, executed `rounds` times each, into `directory`; returns its path. */
export function buildDistinctBlocks(directory: string, blocks: number, rounds: number): string {
  if (crossCompiler === undefined) throw new Error('riscv64-linux-gnu-gcc is not installed');
  const path = join(directory, `distinct-${blocks}-${rounds}`);
  writeFileSync(`${path}.S`, source(blocks, rounds));
  execFileSync(crossCompiler, ['-nostdlib', '-static', '-o', path, `${path}.S`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  rmSync(`${path}.S`);
  return path;
}

function source(blocks: number, rounds: number): string {
  let state = SEED;
  const below = (n: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
  const r = (): string => REGISTERS[below(REGISTERS.length)]!;
  const instructions: readonly (() => string)[] = [
    () => `addi ${r()},${r()},${below(2000) - 1000}`,
    () => `addi ${r()},${r()},${below(60) - 30}`,
    () => `add ${r()},${r()},${r()}`,
    () => `xor ${r()},${r()},${r()}`,
    () => `slli ${r()},${r()},${1 + below(60)}`,
    () => `addiw ${r()},${r()},${below(100)}`,
    () => `ld ${r()},${8 * below(200)}(s1)`,
    () => `lw ${r()},${4 * below(400)}(s1)`,
    () => `sd ${r()},${8 * below(200)}(s1)`,
    () => `mv ${r()},${r()}`,
  ];
  const lines = ['.option norelax', '.globl _start', '_start:', `li s0,${rounds}`, 'la s1,data', 'again:'];
  for (let block = 0; block < blocks; block++) {
    lines.push(`b${block}:`);
    for (let i = 3 + below(6); i > 0; i--) lines.push(instructions[below(instructions.length)]!());
    lines.push(`${BRANCHES[below(BRANCHES.length)]} ${r()},${r()},b${block + 1}`);
  }
  lines.push(`b${blocks}:`, 'addi s0,s0,-1', 'beqz s0,done', 'la t3,again', 'jr t3');
  lines.push('done:', 'li a7,93', 'li a0,0', 'ecall', '.bss', '.align 4', 'data: .zero 4096');
  return `${lines.join('\n')}\n`;
}
