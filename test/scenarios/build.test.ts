// The guests of the C library are built where they are needed, by whoever comes first: several may come at once.

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { guestsMissing } from '../conformance/qemu.ts';
import { skip } from '../support/skip.ts';

const SOURCE = 'guests/linux/crc.c';
const BUILDERS = 3;

function build(directory: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(join(directory, 'build.sh'), ['--linux'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })));
}

const missing = guestsMissing();
if (missing) skip('building guests side by side', missing);
else
  test('builds side by side do not disturb each other', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lockstep-build-'));
    try {
      mkdirSync(join(directory, 'guests/linux'), { recursive: true });
      for (const file of ['build.sh', SOURCE]) cpSync(scenarioPath(`scenarios/${file}`), join(directory, file));
      const ended = await Promise.all(Array.from({ length: BUILDERS }, () => build(directory)));
      assert.equal(
        ended,
        ended.map(() => ({ code: 0, stderr: '' })),
      );
      assert.equal(readdirSync(join(directory, '.build/linux')).sort(), ['crc-O0', 'crc-O2']);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

test.run();
