// Floating-point helpers and a real QEMU on the same records: results and flags must be the same. Every record runs twice:
// with the flags clear, where inexact must be decided exactly, and with inexact accrued already, where the quick paths do
// not ask.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { ENV_BASE, SLOT_FP_FLAGS, SLOT_FP_MODE } from '../../emulator/memory/layout.ts';
import { must } from '../../emulator/must.ts';
import { makeLinearMemory } from '../../emulator/runtime/host-load.ts';
import {
  DOUBLE,
  Random,
  randomAddend,
  randomInteger,
  randomNarrowing,
  randomNearTie,
  randomOperand,
  randomPartner,
  SINGLE,
} from '../../emulator/sequence/float-operands.ts';
import { buildOracle, INPUT_WORDS, OPERATIONS, type Operation, OUTPUT_WORDS } from './float-oracle.ts';

export type Helper = (env: number, ...args: (bigint | number)[]) => bigint;

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const DYNAMIC = 7;
const NX = 1n;

const memory = makeLinearMemory(ENV_BASE + 0x10000);
const state = new BigInt64Array(memory.buffer, ENV_BASE, 16);

function newestSource(directory: string): number {
  const times = readdirSync(directory, { recursive: true }).map((name) => statSync(join(directory, `${name}`)).mtimeMs);
  return Math.max(...times);
}

/** The runtime as built when it is not older than its sources, else the floating-point room compiled by itself. */
function loadHelpers(directory: string): Record<string, Helper> {
  const sources = join(ROOT, 'emulator', 'runtime', 'assembly', 'float');
  const built = join(ROOT, 'dist', 'emulator', 'runtime', 'runtime.wasm');
  let path = built;
  if (!existsSync(built) || statSync(built).mtimeMs < newestSource(sources)) {
    path = join(directory, 'float.wasm');
    const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');
    const memory = '--importMemory --initialMemory 1 --maximumMemory 65536 --sharedMemory --enable threads';
    const options = ['-O3', '--noAssert', '--runtime', 'stub', ...memory.split(' '), '-o', path];
    const run = spawnSync(process.execPath, [asc, join(sources, 'index.ts'), ...options], { encoding: 'utf8' });
    must(run.status === 0, `the float room does not compile: ${run.stderr}`);
  }
  const module = new WebAssembly.Module(new Uint8Array(readFileSync(path)));
  const uncalled = new Proxy({}, { get: (_, name) => () => assert.unreachable(`${String(name)} was called`) });
  const imports = { env: { memory, abort: () => assert.unreachable('abort') }, host: uncalled };
  return new WebAssembly.Instance(module, imports).exports as Record<string, Helper>;
}

/** Records for the oracle, in one growing array. */
export class Cases {
  private words = new BigUint64Array(INPUT_WORDS << 16);
  count = 0;

  add(operation: number, mode: number, a: bigint, b = 0n, c = 0n): void {
    const at = this.count++ * INPUT_WORDS;
    if (at === this.words.length) {
      const grown = new BigUint64Array(2 * at);
      grown.set(this.words);
      this.words = grown;
    }
    this.words[at] = BigInt(operation | (mode << 8));
    this.words[at + 1] = a;
    this.words[at + 2] = b;
    this.words[at + 3] = c;
  }

  records(): BigUint64Array {
    return this.words.subarray(0, this.count * INPUT_WORDS);
  }
}

export const isFromInteger = (operation: Operation): boolean => operation.text.includes('%2');
/** The format of the operands. */
export const layoutOf = (operation: Operation): typeof DOUBLE =>
  operation.text.split(' ')[0]!.endsWith('.d') ? DOUBLE : SINGLE;

function describe(words: BigUint64Array): string {
  const operation = OPERATIONS[Number(words[0]! & 255n)]!;
  const operands = [...words.subarray(1, 1 + operation.operands)].map((x) => `0x${x.toString(16).padStart(16, '0')}`);
  return `${operation.text.split(' ')[0]} rm=${words[0]! >> 8n} ${operands.join(' ')}`;
}

/** A record of a random operation, its operands where rounding is delicate. */
export function addRandom(cases: Cases, random: Random): void {
  const index = random.below(OPERATIONS.length);
  const operation = OPERATIONS[index]!;
  const layout = layoutOf(operation);
  const mode = random.word() & 1 ? 0 : random.below(5);
  if (isFromInteger(operation)) {
    cases.add(index, mode, randomInteger(random));
  } else if (operation.helper === 'fcvt_s_d') {
    cases.add(index, mode, randomNarrowing(random));
  } else if (operation.operands === 3 && random.word() & 1) {
    cases.add(index, mode, ...randomNearTie(layout, random));
  } else {
    const swap = (random.word() & 1) !== 0;
    const first = randomOperand(layout, random);
    const second = randomPartner(layout, random, first);
    const third = operation.operands === 3 ? randomAddend(layout, random, first, second) : 0n;
    cases.add(index, mode, swap ? second : first, swap ? first : second, third);
  }
}

/** The helpers of the runtime beside the program that asks QEMU, which is built in `directory`. */
export class FloatReferee {
  readonly helpers: Record<string, Helper>;
  /** Records on which both have been asked. */
  asked = 0;
  private readonly oracle: (input: BigUint64Array) => BigUint64Array;

  constructor(directory: string) {
    this.helpers = loadHelpers(directory);
    this.oracle = buildOracle(directory);
  }

  /** Lines about the records on which they differ, at most twenty. `seed` draws flags and how the mode is named. */
  failures(cases: Cases, seed: number): string[] {
    const records = cases.records();
    const expected = this.oracle(records);
    this.asked += expected.length / OUTPUT_WORDS;
    const failures: string[] = [];
    const random = new Random(seed ^ 0x5a5a);
    for (let index = 0; index < cases.count && failures.length < 20; index++) {
      const words = records.subarray(index * INPUT_WORDS, (index + 1) * INPUT_WORDS);
      const operation = OPERATIONS[Number(words[0]! & 255n)]!;
      const mode = Number(words[0]! >> 8n);
      const wantResult = expected[index * OUTPUT_WORDS]!;
      const wantFlags = expected[index * OUTPUT_WORDS + 1]!;
      const operands = [...words.subarray(1, 1 + operation.operands)];
      // Once with flags clear, once with inexact (and at times others) accrued; the mode named, or dynamic.
      const others = BigInt(random.word() & 30);
      for (const preset of [0n, NX | (index & 1 ? others : 0n)]) {
        const dynamic = (random.word() & 1) !== 0;
        state[SLOT_FP_MODE] = BigInt(dynamic ? mode : random.below(5));
        state[SLOT_FP_FLAGS] = preset;
        const immediate = operation.bits | (dynamic ? DYNAMIC : mode);
        const result = BigInt.asUintN(64, this.helpers[operation.helper]!(ENV_BASE, ...operands, immediate));
        const flags = state[SLOT_FP_FLAGS]!;
        if (result !== wantResult || flags !== (preset | wantFlags)) {
          failures.push(
            `${describe(words)} flags=${preset}${dynamic ? ' dyn' : ''}: 0x${result.toString(16)} flags ${flags}, ` +
              `QEMU 0x${wantResult.toString(16)} flags ${preset | wantFlags}`,
          );
        }
      }
    }
    return failures;
  }
}
