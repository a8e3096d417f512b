// Holds every source file to the walls of docs/architecture.md (test/support/walls.ts), and every test file to being
// run. The first tests show that the checker sees what it should.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from '../scenarios/host-paths.ts';
import { codeOnly, importsOf, violationsOf } from './support/walls.ts';

const ROOMS = ['cli', 'ui', 'lockstep', 'emulator', 'scenarios', 'test'];
// AssemblyScript: compiled apart, with the memory layout as its only import from outside.
const ASSEMBLY = 'emulator/runtime/assembly/';

function sources(): string[] {
  return ROOMS.flatMap((room) => {
    const entries = readdirSync(join(packageRoot, room), { recursive: true, encoding: 'utf8' });
    return entries
      .filter((entry) => /\.(ts|tsx|mjs)$/.test(entry))
      .map((entry) => `${room}/${entry.replaceAll('\\', '/')}`);
  }).sort();
}
const textOf = (file: string): string => readFileSync(join(packageRoot, file), 'utf8');

test('the checker refuses what crosses a wall', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['emulator/exec/machine.ts', "import { a } from '../../lockstep/index.ts';"],
    ['emulator/exec/machine.ts', "import { readFileSync } from 'node:fs';"],
    ['emulator/exec/machine.ts', "export * from '../../cli/main.ts';"],
    ['emulator/exec/machine.ts', "const m = await import('../../scenarios/index.ts');"],
    ['emulator/guest/riscv64/emit.ts', "import type { Cpu } from '../../exec/cpu.ts';"],
    ['emulator/passes/fold.ts', "import { x } from '../backend/interp/bytecode.ts';"],
    ['emulator/backend/wasm/emit.ts', "import {\n  a,\n  b,\n} from '../interp/bytecode.ts';"],
    ['emulator/backend/interp/emit.ts', "import { decode } from '../../guest/riscv64/index.ts';"],
    ['emulator/guest/riscv64/reference/step.ts', "import { Op } from '../../../ir/op.ts';"],
    ['emulator/devices/clint.ts', "import { Clock } from '../sched/clock.ts';"],
    ['lockstep/session.ts', "import { machine } from '../emulator/exec/machine.ts';"],
    ['lockstep/session.ts', "import yargs from 'yargs';"],
    ['lockstep/session.ts', "import '../ui/index.ts';"],
    ['ui/app.ts', "import type { Cpu } from '../emulator/index.ts';"],
    ['cli/run.ts', "import { x } from '../lockstep/session.ts';"],
    ['scenarios/index.ts', "import { x } from '../lockstep/index.ts';"],
    ['scenarios/mutants/a.ts', "import { Op } from '../../emulator/ir/op.ts';"],
    ['emulator/sched/clock.ts', 'const now = Date.now();'],
    ['emulator/sched/clock.ts', 'const now = performance.now();'],
    ['lockstep/session.ts', 'const id = Math.random();'],
    ['lockstep/session.ts', 'const t = process.hrtime.bigint();'],
    ['emulator/user/env.ts', "const home = process.env['HOME'];"],
  ];
  for (const [file, text] of refused) assert.is(violationsOf(file, text).length, 1, `${file}: ${text}`);
});

test('the checker lets through what the house allows', () => {
  const allowed: readonly (readonly [string, string])[] = [
    ['emulator/user/host-files.ts', "import { readFileSync } from 'node:fs';"],
    ['emulator/passes/fold.ts', "import type { IrBlock } from '../ir/ir.ts';"],
    ['emulator/devices/clint.ts', "import type { Clock } from '../sched/clock.ts';"],
    ['lockstep/session.ts', "import { machine } from '../emulator/index.ts';"],
    ['lockstep/session.ts', "import { connect } from 'node:net';"],
    ['cli/run.ts', "import { resolveMutant } from '../scenarios/index.ts';"],
    ['test/passes/a.test.ts', "import { Op } from '../../emulator/ir/op.ts';"],
    ['emulator/sched/clock.ts', "// never Date.now()\nconst text = 'Math.random()'; /* performance.now() */"],
    ['emulator/sched/clock.ts', 'const lastDate = update(1);'],
  ];
  for (const [file, text] of allowed) assert.equal(violationsOf(file, text), [], `${file}: ${text}`);
});

test('imports are found in all their forms', () => {
  const text =
    "import a, { type B } from './a.ts';\nimport type { C } from './c.ts';\nimport { type D } from './d.ts';\nimport './e.ts';\n" +
    "export { f } from './f.ts';\nexport * from '../g.ts';\nvoid import('h');\n// import './not.ts';\n";
  assert.equal(
    importsOf('emulator/x/y.ts', text).map(({ target, typeOnly }) => `${target}${typeOnly ? ' type' : ''}`),
    [
      'emulator/x/a.ts',
      'emulator/x/c.ts type',
      'emulator/x/d.ts type',
      'emulator/x/e.ts',
      'emulator/x/f.ts',
      'emulator/g.ts',
      'h',
    ],
  );
  assert.is(codeOnly("a('Date.now()'); // Date.now()"), "a('');  ");
});

test('no source file crosses a wall', () => {
  const files = sources().filter((file) => !file.startsWith(ASSEMBLY) && file !== 'test/walls.test.ts');
  assert.ok(files.length > 50, `only ${files.length} source files found`);
  assert.equal(
    files.flatMap((file) => violationsOf(file, textOf(file))),
    [],
  );
});

test('the runtime imports nothing but its own files and the memory layout', () => {
  const files = sources().filter((file) => file.startsWith(ASSEMBLY));
  assert.ok(files.length > 3, `only ${files.length} files of the runtime found`);
  for (const file of files) {
    for (const { target } of importsOf(file, textOf(file))) {
      const own = target.startsWith(ASSEMBLY) || target.replace(/\.ts$/, '') === 'emulator/memory/layout';
      assert.ok(own, `${file} imports ${target}`);
    }
  }
});

test('every test file runs its tests', () => {
  const files = sources().filter((file) => file.endsWith('.test.ts'));
  assert.ok(files.length > 20, `only ${files.length} test files found`);
  for (const file of files) assert.match(codeOnly(textOf(file)), /\.run\(\)/, `${file} never calls run()`);
});

test.run();
