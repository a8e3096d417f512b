// The referee of the floating-point tests: a static RISC-V program that executes one instruction a record under
// qemu-riscv64. Records go in through stdin and come out of stdout in binary; there is no model of floating point here.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from '../../emulator/must.ts';

const COMPILER = 'riscv64-linux-gnu-gcc';
const EMULATOR = 'qemu-riscv64';

/** An instruction under test: the helper it exercises, the immediate's bits above the rounding mode, and its text. */
export interface Operation {
  readonly helper: string;
  readonly bits: number;
  /** Operands are ft0, ft1, ft2 (and %2, the first as an integer); the result goes to ft3 or %0. */
  readonly text: string;
  readonly operands: 1 | 2 | 3;
  readonly rounds: boolean;
}

function operationsOf(format: 's' | 'd'): Operation[] {
  const list: Operation[] = [];
  const put = (name: string, operands: 1 | 2 | 3, rounds: boolean, args: string, bits = 0, helper = name): void => {
    const text = `${name.replaceAll('_', '.')} ${args}`;
    list.push({ helper: helper.replaceAll('.', '_'), bits, text, operands, rounds });
  };
  for (const name of ['fadd', 'fsub', 'fmul', 'fdiv']) put(`${name}.${format}`, 2, true, 'ft3, ft0, ft1');
  for (const name of ['fmin', 'fmax']) put(`${name}.${format}`, 2, false, 'ft3, ft0, ft1');
  for (const name of ['feq', 'flt', 'fle']) put(`${name}.${format}`, 2, false, '%0, ft0, ft1');
  put(`fsqrt.${format}`, 1, true, 'ft3, ft0');
  put(`fclass.${format}`, 1, false, '%0, ft0');
  const fused = [
    ['fmadd', 0],
    ['fnmsub', 8],
    ['fmsub', 16],
    ['fnmadd', 24],
  ] as const;
  for (const [name, bits] of fused) put(`${name}.${format}`, 3, true, 'ft3, ft0, ft1, ft2', bits, `fmadd.${format}`);
  for (const integer of ['w', 'wu', 'l', 'lu']) {
    put(`fcvt.${integer}.${format}`, 1, true, '%0, ft0');
    put(`fcvt.${format}.${integer}`, 1, true, 'ft3, %2');
  }
  return list;
}

export const OPERATIONS: readonly Operation[] = [
  ...operationsOf('s'),
  ...operationsOf('d'),
  { helper: 'fcvt_s_d', bits: 0, text: 'fcvt.s.d ft3, ft0', operands: 1, rounds: true },
  { helper: 'fcvt_d_s', bits: 0, text: 'fcvt.d.s ft3, ft0', operands: 1, rounds: false },
];

/** i64 words of an input record: operation | rounding mode << 8, then three operands. */
export const INPUT_WORDS = 4;
/** i64 words of an output record: result, flags. */
export const OUTPUT_WORDS = 2;

function programText(): string {
  const cases = OPERATIONS.map(({ text }, index) => {
    const tail = text.includes('%0') ? '' : '\\n fmv.x.d %0, ft3';
    return `    case ${index}: RUN("${text}", "${tail}"); break;`;
  });
  return `#include <stdint.h>
#include <stdio.h>
#define RUN(text, tail) __asm__ volatile( \\
    "fmv.d.x ft0, %2\\n fmv.d.x ft1, %3\\n fmv.d.x ft2, %4\\n csrw fcsr, %5\\n " text "\\n csrr %1, fflags" tail \\
    : "=&r"(result), "=&r"(flags) : "r"(in[1]), "r"(in[2]), "r"(in[3]), "r"(fcsr) : "ft0", "ft1", "ft2", "ft3")
static uint64_t input[1024][${INPUT_WORDS}], output[1024][${OUTPUT_WORDS}];
int main(void) {
  size_t count;
  while ((count = fread(input, sizeof input[0], 1024, stdin)) != 0) {
    for (size_t i = 0; i < count; i++) {
      const uint64_t *in = input[i];
      uint64_t result = 0, flags = 0, fcsr = (in[0] >> 8 & 7) << 5;
      switch (in[0] & 255) {
${cases.join('\n')}
      default: return 1;
      }
      output[i][0] = result;
      output[i][1] = flags;
    }
    if (fwrite(output, sizeof output[0], count, stdout) != count) return 1;
  }
  return 0;
}
`;
}

/** The name of a program the referee needs and the machine lacks, if any. */
export function missingTool(): string | undefined {
  return [COMPILER, EMULATOR].find((tool) => spawnSync(tool, ['--version']).error !== undefined);
}

/** Builds the program in `directory`; the answer runs records through it. */
export function buildOracle(directory: string): (input: BigUint64Array) => BigUint64Array {
  const source = join(directory, 'oracle.c');
  const program = join(directory, 'oracle');
  writeFileSync(source, programText());
  const built = spawnSync(COMPILER, ['-static', '-O2', '-o', program, source], { encoding: 'utf8' });
  must(built.status === 0, `the oracle does not compile: ${built.stderr}`);
  return (input) => {
    const records = input.length / INPUT_WORDS;
    const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    const maxBuffer = records * OUTPUT_WORDS * 8 + 4096;
    const run = spawnSync(EMULATOR, [program], { input: bytes, maxBuffer });
    must(run.status === 0, `the oracle failed: ${run.error ?? run.stderr}`);
    must(run.stdout.byteLength === records * OUTPUT_WORDS * 8, 'the oracle answered short');
    const copy = new Uint8Array(run.stdout);
    return new BigUint64Array(copy.buffer, copy.byteOffset, records * OUTPUT_WORDS);
  };
}
