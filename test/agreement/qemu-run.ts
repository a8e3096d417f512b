// Sequences on qemu-riscv64, many in one process (qemu-harness.c). It is asked only about what it can be compared in: see
// ReferenceRun.notForQemu.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hex } from '../../emulator/bits.ts';
import { CODE_SIZE, DATA_SIZE } from '../../emulator/sequence/layout.ts';
import { AT, type Outcome, WORD_COUNT } from '../../emulator/sequence/outcome.ts';
import { codeOf, type Sequence } from '../../emulator/sequence/sequence.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';

const COMPILER = 'riscv64-linux-gnu-gcc';
const EMULATOR = 'qemu-riscv64';
const HARNESS = scenarioPath('test/agreement/qemu-harness.c');

/** What is missing to run it, with the remedy; undefined when nothing is. */
export const qemuMissing: string | undefined = [COMPILER, EMULATOR].every(
  (tool) => spawnSync(tool, ['--version']).status === 0,
)
  ? undefined
  : 'qemu-riscv64 or riscv64-linux-gnu-gcc is not installed (Debian: qemu-user gcc-riscv64-linux-gnu)';

// Records, in 64-bit words: pc and x1 to x31, f0 to f31, fcsr; out also signal and address; then code and data.
const REGISTERS = 65;
const IN_WORDS = REGISTERS + (CODE_SIZE + DATA_SIZE) / 8;
const OUT_WORDS = IN_WORDS + 2;

const SIGNALS: Readonly<Record<string, string>> = { 4: 'SIGILL', 5: 'SIGTRAP', 7: 'SIGBUS', 11: 'SIGSEGV' };

/** Words of an outcome that a program cannot see of itself. */
const UNSEEN = new Set(['res_addr', 'res_val', 'icount', 'mstatus.FS']);
export const seenByQemu = (word: string): boolean => !UNSEEN.has(word);

/** An outcome of another execution with its end put as QEMU would: the signal, and the address where it tells one. */
export function asSignal(outcome: Outcome): Outcome {
  const [, kind, tval] = /^(.*?)(?: (0x[0-9a-f]+))?$/.exec(outcome.end)!;
  const address = BigInt(tval ?? 0);
  // The host does not say which address it was when it is not one.
  const told = address >> 63n ? '' : ` ${tval}`;
  const ends: Readonly<Record<string, string>> = {
    ebreak: 'SIGTRAP',
    'illegal instruction': 'SIGILL',
    'misaligned load': `SIGBUS${told}`,
    'misaligned store': `SIGBUS${told}`,
    'fetch fault': `SIGSEGV${told}`,
    'load fault': `SIGSEGV${told}`,
    'store fault': `SIGSEGV${told}`,
  };
  return { ...outcome, end: ends[kind!] ?? outcome.end, events: [] };
}

function inputOf(sequences: readonly Sequence[]): Buffer {
  const words = new BigUint64Array(sequences.length * IN_WORDS);
  const bytes = Buffer.from(words.buffer);
  sequences.forEach((sequence, n) => {
    const at = n * IN_WORDS;
    words.set(sequence.x, at);
    words[at] = BigInt(sequence.start);
    words.set(sequence.f, at + 32);
    words[at + 64] = BigInt((sequence.frm << 5) | sequence.fflags);
    bytes.set(codeOf(sequence), (at + REGISTERS) * 8);
    bytes.set(sequence.data, (at + REGISTERS) * 8 + CODE_SIZE);
  });
  return bytes;
}

function outcomeAt(words: BigUint64Array, bytes: Buffer, at: number): Outcome {
  const found = new BigUint64Array(WORD_COUNT);
  found[AT.pc] = words[at]!;
  found.set(words.subarray(at + 1, at + 32), AT.x + 1);
  found.set(words.subarray(at + 32, at + 64), AT.f);
  found[AT.fflags] = words[at + 64]! & 31n;
  found[AT.frm] = words[at + 64]! >> 5n;
  const signal = SIGNALS[String(words[at + REGISTERS])] ?? `signal ${words[at + REGISTERS]}`;
  const address = words[at + REGISTERS + 1]!;
  const told = signal === 'SIGSEGV' || signal === 'SIGBUS' ? ` ${hex(address)}` : '';
  const code = (at + REGISTERS + 2) * 8;
  return {
    end: `${signal}${told}`,
    words: found,
    events: [],
    code: bytes.subarray(code, code + CODE_SIZE),
    data: bytes.subarray(code + CODE_SIZE, code + CODE_SIZE + DATA_SIZE),
  };
}

/** Outcomes of all sequences; their ends are signals (asSignal). */
export function runOnQemu(sequences: readonly Sequence[]): Outcome[] {
  const dir = mkdtempSync(join(tmpdir(), 'agreement-'));
  try {
    const flags = [
      '-march=rv64imac_zifencei',
      '-mabi=lp64',
      '-O2',
      '-ffreestanding',
      '-fno-stack-protector',
      '-mno-relax',
    ];
    const link = ['-nostdlib', '-static', '-no-pie', '-Wl,-Ttext-segment=0x40000000', '-Wl,--build-id=none'];
    const elf = join(dir, 'harness');
    const built = spawnSync(COMPILER, [...flags, ...link, HARNESS, '-o', elf], { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
    writeFileSync(join(dir, 'in'), inputOf(sequences));
    const script = `exec ${EMULATOR} -cpu rv64,zba=true,zbb=true,zbs=true harness < in > out`;
    const run = spawnSync('sh', ['-c', script], { cwd: dir, encoding: 'utf8', timeout: 600_000 });
    if (run.status !== 0) throw new Error(`qemu-riscv64: status ${run.status}, signal ${run.signal} ${run.stderr}`);
    const file = readFileSync(join(dir, 'out'));
    if (file.length !== sequences.length * OUT_WORDS * 8)
      throw new Error(`qemu-riscv64: ${file.length} bytes came back`);
    const words = new BigUint64Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
    const bytes = Buffer.from(words.buffer);
    return sequences.map((_, n) => outcomeAt(words, bytes, n * OUT_WORDS));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Puts what a program cannot see of itself, and an address that QEMU does not tell, as in `known`. */
export function completed(outcome: Outcome, known: Outcome): Outcome {
  const words = outcome.words.slice();
  for (const at of [AT.reservedAddress, AT.reservedValue, AT.icount, AT.floatStatus]) words[at] = known.words[at]!;
  const end = known.end.includes(' ') ? outcome.end : outcome.end.split(' ')[0]!;
  return { ...outcome, words, end };
}
