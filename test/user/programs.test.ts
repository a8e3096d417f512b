// Whole programs: compiled here, run by the machine and by qemu-riscv64, and compared byte for byte; run twice and
// rolled back, and compared with themselves.

import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMachine, type Machine } from '../../emulator/machine.ts';
import { newTcg, tci } from '../../emulator/translators/index.ts';
import { skip } from '../support/skip.ts';

const COMPILER = 'riscv64-linux-gnu-gcc';
const QEMU = 'qemu-riscv64';
const SOURCES = path.join(import.meta.dirname, 'programs');
const PROGRAMS = ['clocks', 'io', 'memory', 'signals', 'threads'];
const ENVIRONMENT = { GREETING: 'hi' };

const has = (tool: string): boolean => spawnSync(tool, ['--version']).status === 0;
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-programs-'));

function compile(name: string): string {
  const out = path.join(scratch, name);
  const flags = ['-O1', '-static', '-pthread', '-w'];
  execFileSync(COMPILER, [...flags, '-o', out, path.join(SOURCES, `${name}.c`), '-lm']);
  return out;
}

/** An empty directory for a program to work in, the same path each time. */
function workplace(): string {
  const place = path.join(scratch, 'work');
  fs.rmSync(place, { recursive: true, force: true });
  fs.mkdirSync(place);
  return place;
}

interface Run {
  readonly machine: Machine;
  readonly out: () => string;
  readonly warnings: string[];
}

async function start(program: string, files: 'host' | 'overlay', translator = tci): Promise<Run> {
  const chunks: Uint8Array[] = [];
  const warnings: string[] = [];
  const machine = await createMachine({
    program: fs.readFileSync(program),
    programPath: program,
    cwd: process.cwd(),
    argv: [program, workplace(), 'second'],
    env: Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`),
    machine: 'auto',
    translator,
    stdin: new Uint8Array(0),
    stdout: (bytes) => chunks.push(bytes.slice()),
    stderr: () => {},
    warn: (text) => warnings.push(text),
    files,
    plugins: [],
  });
  return { machine, out: () => Buffer.concat(chunks).toString(), warnings };
}

/** QEMU's own threads now and then wait for each other for ever at the guest's end: what does not come back is asked again. */
const QEMU_LIMIT = { timeout: 30_000, killSignal: 'SIGKILL' } as const;
const QEMU_ATTEMPTS = 3;

function underQemu(program: string): { out: string; code: number } {
  const options = { env: { ...process.env, ...ENVIRONMENT }, ...QEMU_LIMIT };
  let run = spawnSync(QEMU, [program, workplace(), 'second'], options);
  for (let attempt = 1; run.error !== undefined && attempt < QEMU_ATTEMPTS; attempt++)
    run = spawnSync(QEMU, [program, workplace(), 'second'], options);
  return { out: run.stdout.toString(), code: run.status ?? 128 + (os.constants.signals[run.signal!] ?? 0) };
}

const test = suite('programs');
test.after(() => {
  fs.rmSync(scratch, { recursive: true });
});

if (!has(COMPILER)) skip('programs', `${COMPILER} is not installed`);
else if (!has(QEMU)) skip('programs', `${QEMU} is not installed`);
else {
  for (const name of PROGRAMS) {
    test(`${name}: as under QEMU, with files in memory and on the host`, async () => {
      const program = compile(name);
      const wanted = underQemu(program);
      for (const files of ['overlay', 'host'] as const) {
        const run = await start(program, files);
        const end = run.machine.run(Number.POSITIVE_INFINITY);
        assert.fixture(run.out(), wanted.out, files);
        assert.is(end.kind === 'exit' && end.code, wanted.code, files);
        const left = fs.readdirSync(path.join(scratch, 'work'));
        if (files === 'overlay') assert.equal(left, [], 'nothing reaches the host');
        else if (name === 'io') assert.ok(left.includes('a') && left.includes('s'));
      }
    });
  }

  test('the translator and the slices make no difference to what happens', async () => {
    for (const name of ['threads', 'signals']) {
      const program = compile(name);
      const whole = await start(program, 'overlay');
      whole.machine.run(Number.POSITIVE_INFINITY);
      const pieces = await start(program, 'overlay', newTcg);
      for (let limit = 7919; pieces.machine.run(limit).kind === 'limit'; limit += 7919 * 13);
      assert.is(pieces.machine.icount, whole.machine.icount);
      assert.is(pieces.out(), whole.out());
      assert.is(pieces.machine.stateDigest(), whole.machine.stateDigest());
      assert.is(pieces.machine.eventDigest(), whole.machine.eventDigest());
      assert.equal(pieces.warnings, whole.warnings);
    }
  });

  test('a rolled-back run repeats itself and writes nothing twice', async () => {
    for (const name of ['io', 'threads', 'signals']) {
      const program = compile(name);
      const plain = await start(program, 'overlay');
      plain.machine.run(Number.POSITIVE_INFINITY);
      const run = await start(program, 'overlay');
      const { machine } = run;
      const total = plain.machine.icount;
      for (const share of [0.2, 0.5, 0.8]) {
        const from = Math.floor(total * share);
        machine.run(from);
        const point = machine.checkpoint();
        const digests: bigint[] = [];
        for (let round = 0; round < 3; round++) {
          machine.run(from + Math.floor(total * 0.1));
          digests.push(machine.stateDigest(), machine.memoryDigest(), machine.eventDigest());
          machine.rollback(point);
        }
        assert.equal(digests.slice(3, 6), digests.slice(0, 3), `${name} at ${from}`);
        assert.equal(digests.slice(6), digests.slice(0, 3), `${name} at ${from}`);
        machine.release(point);
      }
      machine.run(Number.POSITIVE_INFINITY);
      assert.is(machine.icount, total, name);
      assert.is(run.out(), plain.out(), name);
      assert.is(machine.stateDigest(), plain.machine.stateDigest(), name);
    }
  });
}

test.run();
