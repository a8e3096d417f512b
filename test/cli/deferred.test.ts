// What the build leaves until it is called: the rewriting of imports, and which parts real runs read.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { deferImports, loadDeferred } from '../../cli/deferred.ts';
import { packageRoot, scenarioPath } from '../../scenarios/index.ts';
import { buildGuests, guestsMissing } from '../conformance/qemu.ts';
import { skip } from '../support/skip.ts';
import { cli, RUNS_BUILD } from './cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-deferred-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const IMPORTER = join(packageRoot, 'emulator/exec/translation.ts');

test('an import of functions that can wait becomes functions, on as many lines', () => {
  const from = join(packageRoot, 'emulator/backend/interp/encode.ts');
  const loaded = `(__later_put ??= __deferred(() => import(${JSON.stringify(from)})))`;
  assert.is(
    deferImports(`import {\n  encodeBytecode as put,\n} from '../backend/interp/encode.ts';\nput();\n`, IMPORTER),
    `let __later_put; function put(ir, out) { return ${loaded}.encodeBytecode(ir, out); }\n\n\nput();\n`,
  );
  // As doors.ts leaves them.
  const beside = `import { a as a } from "/a.ts"; import { encodeBytecode as put } from ${JSON.stringify(from)};`;
  assert.match(deferImports(beside, IMPORTER), /^import \{ a as a \} from "\/a\.ts"; let __later_put; function put/);
  assert.is(
    loadDeferred('(x ??= __deferred(() => import("./parts/p.js"))).f()'),
    '(x ??= require("./parts/p.js")).f()',
  );
  assert.throws(() => loadDeferred('__deferred(() => Promise.resolve().then(p))'), /does not look as expected/);
});

test('other imports stay, and one that would make a waiting module not wait is a mistake', () => {
  const other = `import { must } from '../must.ts';\n`;
  assert.is(deferImports(other, IMPORTER), other);
  assert.throws(
    () => deferImports(`import { encodeBytecode, SWAPPED } from '../backend/interp/encode.ts';`, IMPORTER),
    /translation\.ts: SWAPPED is wanted at once/,
  );
});

const HOOK = join(dir, 'hook.cjs');
const READ = join(dir, 'read.txt');
writeFileSync(
  HOOK,
  `const fs = require('node:fs');
const { readFileSync, appendFileSync } = fs;
fs.readFileSync = function (file, ...rest) {
  const [, part] = /[\\\\/]parts[\\\\/](.*)\\.cjs$/.exec(String(file)) ?? [];
  if (part) appendFileSync(${JSON.stringify(READ)}, part.replace(/-\\w+$/, '') + '\\n');
  return readFileSync.call(this, file, ...rest);
};
`,
);

/** Names of the parts that a run reads, in all its processes. */
async function partsRead(...args: readonly string[]): Promise<ReadonlySet<string>> {
  writeFileSync(READ, '');
  const env = { NODE_OPTIONS: `--require=${HOOK}`, LOCKSTEP_CACHE: join(dir, 'kept') };
  const { code, stderr } = await cli(args, env);
  assert.is(code, 0, stderr);
  return new Set(readFileSync(READ, 'utf8').split('\n'));
}

test('a run whose blocks are kept reads nothing that translates, and a process no board', async () => {
  if (!RUNS_BUILD) return skip('parts that wait', 'the sources have no parts');
  const program = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
  for (const command of [['emu'], ['run', '--look-back', '0']]) {
    const first = await partsRead(...command, program);
    for (const part of ['translate', 'encode', 'linux']) assert.ok(first.has(part), `${command[0]}: ${part}`);
    assert.not.ok(first.has('virt'), command[0]);
    // Which blocks are left in their middle depends on what has been compiled: the second run may know more than the first.
    await partsRead(...command, program);
    const third = await partsRead(...command, program);
    assert.ok(third.has('linux'), command[0]);
    for (const part of ['translate', 'encode', 'instrument', 'disassemble', 'virt'])
      assert.not.ok(third.has(part), `${command[0]} reads ${part}`);
  }
});

test('of a program with a C library in the end nothing is translated, either: each part of a block comes to be kept', async () => {
  const missing = RUNS_BUILD ? guestsMissing() : 'the sources have no parts';
  if (missing !== undefined) return skip('a program whose blocks are all kept', missing);
  const program = join(buildGuests(), 'sha1-O2');
  let read: ReadonlySet<string> = new Set();
  for (let round = 0; round < 8; round++) read = await partsRead('run', program, '--', '24000');
  assert.ok(read.has('linux'));
  for (const part of ['translate', 'encode']) assert.not.ok(read.has(part), `it reads ${part}`);
});

test('a part that is gone is named, with what to do', () => {
  if (!RUNS_BUILD) return skip('parts that are gone', 'the sources have no parts');
  const copy = join(dir, 'copy');
  cpSync(join(packageRoot, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(packageRoot, 'package.json'), join(copy, 'package.json'));
  const parts = join(copy, 'dist/parts');
  for (const part of readdirSync(parts)) if (part.startsWith('translate-')) rmSync(join(parts, part));
  const program = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
  const args = [join(copy, 'dist/cli/main.js'), 'emu', '--no-cache', program];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.is(status, 2);
  assert.match(stderr, /^lockstep: a part of the build cannot be read: ENOENT.*translate-\w+\.cjs'\n.*npm run build/);
});

test.run();
