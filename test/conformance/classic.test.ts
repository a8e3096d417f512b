// The yardsticks themselves against real QEMU: the classic protocol's probe finds what it should and prints it in its
// format, and the count probe agrees with our own instruction counts.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { skip } from '../support/skip.ts';
import { countUnderQemu, probesMissing, runQemuPair, runToEnd } from './qemu.ts';

const guest = (name: string): string => scenarioPath(`scenarios/guests/nolibc/${name}.elf`);
const missing = probesMissing();
const classic = suite('lockstep-classic');
const counts = suite('instruction counts');
const scratch = mkdtempSync(join(tmpdir(), 'lockstep-classic-'));
const socket = join(scratch, 's');

if (missing !== undefined) {
  skip('lockstep-classic against QEMU', missing);
} else {
  classic('two equal runs agree', async () => {
    const { first, second } = await runQemuPair([guest('samples')], [guest('samples')], socket);
    assert.match(first, /^setup_socket::ready$/m);
    assert.match(second, /^connect_socket::ready$/m);
    for (const side of [first, second]) {
      assert.match(side, /^No divergence :-\)$/m);
      assert.match(side, /^Executed ~\d+ instructions$/m);
    }
  });

  classic('different work is a divergence, in the documented format', async () => {
    const { first } = await runQemuPair([guest('sha1-mini'), '3'], [guest('sha1-mini'), '4'], socket);
    assert.match(first, /^@ 0x[0-9a-f]{16} \(\d+\) vs 0x[0-9a-f]{16} \(\d+\) \(\d+\/1 since last\)$/m);
    const lines = first.split('\n');
    const at = lines.findIndex((line) => line.startsWith('Δ insn_count @ '));
    const [, ours] = /^Δ insn_count @ 0x[0-9a-f]{16} \((\d+)\) vs 0x[0-9a-f]{16} \(\d+\)$/.exec(lines[at] ?? '') ?? [];
    assert.ok(ours, first);
    let expected = Number(ours);
    for (let i = 1; i <= 5; i++) {
      const [, insns, total] =
        /^ {2}previously @ 0x[0-9a-f]{16}\/(\d+) \((\d+) insns\)$/.exec(lines[at + i] ?? '') ?? [];
      assert.is(Number(total), expected, lines[at + i]);
      expected -= Number(insns);
    }
    assert.is(lines[at + 6], 'too much divergence... giving up.');
    assert.not.match(first, /No divergence/);
  });

  for (const name of ['sha1-mini', 'rc5', 'samples', 'atomics', 'mul128', 'far', 'errno']) {
    counts(name, () => {
      const command = [scenarioPath('dist/cli/main.js'), 'run', '--json', '--a', 'tci', '--b', 'new-tcg', guest(name)];
      const { stdout, stderr } = runToEnd(process.execPath, command);
      assert.ok(stdout.startsWith('{'), stderr);
      assert.is(JSON.parse(stdout).instructions, countUnderQemu(guest(name)));
    });
  }

  // A block counts with all its instructions once it is entered, also where a fault leaves it early.
  for (const name of ['fault-registers', 'patch']) {
    counts(`${name}, by the plugin bb`, () => {
      const translator = ['--translator', 'new-tcg,max-insns=512'];
      const command = [scenarioPath('dist/cli/main.js'), 'emu', ...translator, '--plugin', 'bb', '-d', 'plugin'];
      const { stderr } = runToEnd(process.execPath, [...command, guest(name)]);
      assert.is(Number(/^Total: bb's: \d+, insns: (\d+)$/m.exec(stderr)?.[1]), countUnderQemu(guest(name)), stderr);
    });
  }
}
classic.after(() => rmSync(scratch, { recursive: true, force: true }));
classic.run();
counts.run();
