// coverage: lines of a program built with debugging information, against what its source says of itself.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linesOf } from '../../emulator/plugins/coverage.ts';
import { crossCompiler, guestsMissing } from '../conformance/qemu.ts';
import { skip } from '../support/skip.ts';
import { runWith, SHA1, TRANSLATORS } from './run.ts';

const test = suite('coverage');
const dir = mkdtempSync(join(tmpdir(), 'lockstep-coverage-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

/** How often a line is executed stands behind it. */
const SOURCE = `static volatile int sink;
static int never(int x) {
  return x + 1; // 0
}
void _start(void) {
  for (int i = 0; i < 10; i++) {
    sink += i; // 10
    if (i == 7)
      sink = 1; // 1
  }
  if (sink == -1)
    sink = never(2); // 0
  __asm__ volatile("li a0,0; li a7,93; ecall"); // 1
}
`;

const missing = guestsMissing();
if (missing !== undefined) skip('coverage of lines', missing);
else {
  for (const version of [2, 3, 4, 5]) {
    test(`lines of a program with DWARF ${version}`, async () => {
      const source = join(dir, 'lines.c');
      const program = join(dir, `lines-${version}`);
      writeFileSync(source, SOURCE);
      const flags = ['-O0', '-g', `-gdwarf-${version}`, '-nostdlib', '-static', '-fno-inline'];
      execFileSync(crossCompiler!, [...flags, '-o', program, source], { stdio: 'pipe' });
      assert.ok(linesOf(readFileSync(program)).length > 10);
      const texts = new Set<string>();
      for (const translator of version === 5 ? TRANSLATORS : ['new-tcg']) {
        await runWith(program, [`coverage,drcov=${join(dir, 'd')},lcov=${join(dir, 'l')}`], translator);
        texts.add(readFileSync(join(dir, 'l'), 'utf8'));
      }
      assert.is(texts.size, 1);
      const text = [...texts][0]!;
      assert.match(text, /^TN:\nSF:\S*lines\.c\n/);
      SOURCE.split('\n').forEach((line, i) => {
        const wanted = /\/\/ (\d+)$/.exec(line)?.[1];
        if (wanted) assert.ok(text.includes(`\nDA:${i + 1},${wanted}\n`), `line ${i + 1}, ${wanted}:\n${text}`);
      });
      const found = text.match(/^DA:/gm)!.length;
      const idle = text.match(/^DA:\d+,0$/gm)!.length;
      assert.ok(idle >= 3, 'never() is three lines');
      assert.match(text, new RegExp(`\nLF:${found}\nLH:${found - idle}\nend_of_record\n$`));
    });
  }
}

test('a program without debugging information has blocks only', async () => {
  const lcov = join(dir, 'none');
  await runWith(SHA1, [`coverage,drcov=${join(dir, 'd')},lcov=${lcov}`]);
  assert.match(readFileSync(join(dir, 'd'), 'latin1'), /^DRCOV VERSION: 2\n/);
  assert.throws(() => readFileSync(lcov));
});

test.run();
