// Runs single instructions on qemu-riscv64: one program that loads a full register state, runs an instruction, and
// writes out the state after it, for each of a list of cases.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf } from '../../emulator/sequence/encode.ts';

const COMPILER = 'riscv64-linux-gnu-gcc';
const QEMU = 'qemu-riscv64';

export const hasQemu: boolean = [COMPILER, QEMU].every((tool) => spawnSync(tool, ['--version']).status === 0);

/** The memory that instructions may access. */
export const SCRATCH = 0x400000;
export const SCRATCH_SIZE = 1024;
/** A state in 64-bit words: fcsr and x1 to x31, f0 to f31, the scratch memory. */
export const STATE_WORDS = 64 + SCRATCH_SIZE / 8;
/** Registers of the program itself (input, output, return address); no instruction may name them. */
export const HARNESS_REGISTERS: ReadonlySet<number> = new Set([20, 21, 22]);
/** How far a jump must go to be seen as one. */
export const JUMP = 8;

const CODE = 0x80000;
const CASE_SIZE = 32;

export interface Case {
  readonly name: string;
  readonly word: number;
  readonly state: BigUint64Array;
}

export interface Outcome {
  readonly state: BigUint64Array;
  /** Control came out JUMP bytes after the instruction's start instead of behind it. */
  readonly jumped: boolean;
}

/** Address of the instruction of case `index`. */
export function casePc(index: number): number {
  return CODE + index * CASE_SIZE + 4;
}

/** Runs all cases in one process. */
export function runOnQemu(cases: readonly Case[]): Outcome[] {
  const dir = mkdtempSync(join(tmpdir(), 'states-'));
  try {
    writeFileSync(join(dir, 'a.s'), program(cases));
    writeFileSync(
      join(dir, 'input.bin'),
      Buffer.concat(cases.map(({ state }) => Buffer.from(state.buffer, state.byteOffset, state.byteLength))),
    );
    const sections = [`.cases=0x${CODE.toString(16)}`, `.scratch=0x${SCRATCH.toString(16)}`].map(
      (s) => `-Wl,--section-start=${s}`,
    );
    const flags = [
      '-march=rv64gc',
      '-nostdlib',
      '-static',
      '-no-pie',
      '-Wl,-Ttext=0x70000',
      '-Wl,-Tdata=0x1000000',
      ...sections,
    ];
    const built = spawnSync(COMPILER, [...flags, 'a.s', '-o', 'a.elf'], { cwd: dir, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
    // Not through a pipe: it would be limited.
    const script = `${QEMU} -cpu rv64,zba=true,zbb=true,zbs=true a.elf > out.bin`;
    const run = spawnSync('sh', ['-c', script], { cwd: dir, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`qemu: status ${run.status} ${run.stderr}`);
    const out = readFileSync(join(dir, 'out.bin'));
    const words = new BigUint64Array(out.buffer.slice(out.byteOffset, out.byteOffset + out.byteLength));
    return cases.map((_, i) => {
      const at = i * (STATE_WORDS + 1);
      return { state: words.slice(at, at + STATE_WORDS), jumped: words[at + STATE_WORDS] === 1n };
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function lines(numbers: readonly number[], line: (n: number) => string): string {
  return numbers.map(line).join('\n');
}

function program(cases: readonly Case[]): string {
  const all = Array.from({ length: 32 }, (_, n) => n);
  const integers = all.filter((n) => n !== 0 && !HARNESS_REGISTERS.has(n));
  const words = Array.from({ length: SCRATCH_SIZE / 8 }, (_, n) => n);
  const advance = (register: string, bytes: number): string =>
    `addi ${register}, ${register}, 2040\n`.repeat(Math.floor(bytes / 2040)) +
    `addi ${register}, ${register}, ${bytes % 2040}`;
  const save = (label: string, flag: number): string => `
${label}:
${lines(integers, (n) => `sd x${n}, ${n * 8}(x21)`)}
${lines(all, (n) => `fsd f${n}, ${256 + n * 8}(x21)`)}
frcsr t0
sd t0, 0(x21)
li t0, ${SCRATCH}
${lines(words, (n) => `ld t1, ${n * 8}(t0)\nsd t1, ${512 + n * 8}(x21)`)}
li t0, ${flag}
sd t0, ${STATE_WORDS * 8}(x21)
${advance('x21', (STATE_WORDS + 1) * 8)}
jr x22`;
  // Each case: at +4 the instruction, at +8 what follows it, at +12 where a jump leads.
  const code = cases.map(
    ({ word }) => `.balign ${CASE_SIZE}
jal x22, load
.byte ${[...bytesOf(word), ...((word & 3) === 3 ? [] : [1, 0])]}
j 1f
jal x22, save_jumped
j 2f
1: jal x22, save
2:`,
  );
  return `
.option norelax
.option norvc
.text
.globl _start
_start:
la x20, input
la x21, output
j cases
done:
la s0, output
la s1, output_end
1: li a0, 1
mv a1, s0
sub a2, s1, s0
li a7, 64
ecall
blez a0, 2f
add s0, s0, a0
bltu s0, s1, 1b
2: li a0, 0
li a7, 93
ecall
load:
ld t0, 0(x20)
fscsr t0
li t0, ${SCRATCH}
${lines(words, (n) => `ld t1, ${512 + n * 8}(x20)\nsd t1, ${n * 8}(t0)`)}
${lines(all, (n) => `fld f${n}, ${256 + n * 8}(x20)`)}
${lines(integers, (n) => `ld x${n}, ${n * 8}(x20)`)}
${advance('x20', STATE_WORDS * 8)}
jr x22
${save('save', 0)}
${save('save_jumped', 1)}
.section .cases,"ax"
cases:
${code.join('\n')}
j done
.data
.balign 8
input: .incbin "input.bin"
.bss
.balign 8
output: .skip ${cases.length * (STATE_WORDS + 1) * 8}
output_end:
.section .scratch,"aw",@nobits
.skip ${SCRATCH_SIZE}
`;
}
