// Real programs on every translator: output and exit code must be those of qemu-riscv64. The programs of the C library
// (scenarios/guests/linux) are built at -O0 and -O2; the small ones are committed.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioPath } from '../scenarios/host-paths.ts';
import {
  buildGuests,
  guestsMissing,
  type Outcome,
  qemuUserMissing,
  runToEnd,
  runUnderQemu,
} from './conformance/qemu.ts';
import { skip } from './support/skip.ts';

const TRANSLATORS = ['tci', 'old-tcg', 'new-tcg'];
const CLI = scenarioPath('dist/cli/main.js');

function runHere(translator: string, program: string, args: readonly string[]): Outcome {
  const guestArgs = args.length > 0 ? ['--', ...args] : [];
  return runToEnd(process.execPath, [CLI, 'emu', '--translator', translator, program, ...guestArgs]);
}

/** A directory of its own for each run of a program that writes files. */
function withScratch<T>(use: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-programs-'));
  try {
    return use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const NEEDS_DIRECTORY = new Set(['files']);

function agreesWithQemu(program: string): void {
  const name = basename(program).replace(/(-O\d|\.elf)$/, '');
  const run = (on: (args: readonly string[]) => Outcome): Outcome =>
    NEEDS_DIRECTORY.has(name) ? withScratch((dir) => on([dir])) : on([]);
  const expected = run((args) => runUnderQemu(program, args));
  assert.ok(expected.stdout.length > 0, `${name} printed nothing under QEMU`);
  for (const translator of TRANSLATORS) {
    const ours = run((args) => runHere(translator, program, args));
    assert.is(
      ours.stdout,
      expected.stdout,
      `stdout of ${basename(program)} on ${translator}; stderr: ${ours.stderr.slice(0, 2000)}`,
    );
    assert.is(
      ours.code,
      expected.code,
      `exit code of ${basename(program)} on ${translator}; stderr: ${ours.stderr.slice(0, 2000)}`,
    );
    // Killed by a signal, each emulator says so in its own words.
    if (expected.code < 128) assert.is(ours.stderr, expected.stderr, `stderr of ${basename(program)} on ${translator}`);
  }
}

const small = suite('small programs');
const noQemu = qemuUserMissing();
if (noQemu !== undefined) skip('small programs against QEMU', noQemu);
else {
  for (const file of readdirSync(scenarioPath('scenarios/guests/nolibc')).sort()) {
    if (!file.endsWith('.elf')) continue;
    small(file, () => agreesWithQemu(scenarioPath(`scenarios/guests/nolibc/${file}`)));
  }
}
small.run();

const library = suite('programs of the C library');
const missing = noQemu ?? guestsMissing();
if (missing !== undefined) skip('programs of the C library against QEMU', missing);
else {
  const dir = buildGuests();
  for (const source of readdirSync(scenarioPath('scenarios/guests/linux')).sort()) {
    if (!source.endsWith('.c')) continue;
    for (const level of ['O0', 'O2']) {
      const program = `${source.slice(0, -2)}-${level}`;
      library(program, () => agreesWithQemu(join(dir, program)));
    }
  }
}
library.run();
