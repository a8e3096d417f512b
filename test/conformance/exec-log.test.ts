// -d exec line by line against a real QEMU's: the same blocks in the same order under the same symbols. Where the
// code lies on the host and the flags are each emulator's own.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMachine, parseTranslatorSpec, readProgram } from '../../emulator/index.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { skip } from '../support/skip.ts';
import { qemuUserMissing, runUnderQemu } from './qemu.ts';

const PROGRAM = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
const LINE = /^Trace 0: 0x[0-9a-f]+ \[[0-9a-f]{16}\/([0-9a-f]{16})\/[0-9a-f]{8}\/[0-9a-f]{8}\] (.*)$/;

/** pc and symbol of each line; fails on a line of another form. */
function blocks(log: string): string[] {
  return log
    .trimEnd()
    .split('\n')
    .map((line) => {
      const match = LINE.exec(line);
      assert.ok(match, line);
      return `${match[1]} ${match[2]}`;
    });
}

async function ourLog(spec: string): Promise<string> {
  let log = '';
  const machine = await createMachine({
    program: readProgram(PROGRAM),
    programPath: PROGRAM,
    argv: [PROGRAM],
    env: [],
    cwd: '/',
    machine: 'user',
    translator: await parseTranslatorSpec(spec),
    stdin: new Uint8Array(0),
    stdout: () => {},
    stderr: () => {},
    warn: () => {},
    files: 'overlay',
    log: {
      items: new Set(['exec', 'nochain'] as const),
      write: (text) => {
        log += text;
      },
    },
    plugins: [],
  });
  await machine.start();
  await machine.runAsync();
  machine.finish();
  return log;
}

const missing = qemuUserMissing();
const execLog = suite('-d exec');
if (missing !== undefined) skip('-d exec against QEMU', missing);
else {
  const scratch = mkdtempSync(join(tmpdir(), 'lockstep-exec-'));
  execLog.after(() => rmSync(scratch, { recursive: true, force: true }));
  const file = join(scratch, 'log');
  runUnderQemu(PROGRAM, [], ['-d', 'exec,nochain', '-D', file]);
  const theirs = blocks(readFileSync(file, 'utf8'));
  for (const spec of ['tci', 'old-tcg', 'new-tcg']) {
    execLog(`${spec} logs the blocks QEMU logs`, async () => {
      assert.ok(theirs.length > 10_000);
      assert.equal(blocks(await ourLog(spec)), theirs);
    });
  }
}
execLog.run();
