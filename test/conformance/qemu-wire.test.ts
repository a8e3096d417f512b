// wire=qemu against a real QEMU with a classic lockstep plugin (probe/lockstep-classic.c): a board and a process, in
// agreement for a million instructions; a translator's mistake, and a peer that is not one.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { skip } from '../support/skip.ts';
import {
  buildGuests,
  buildProbe,
  guestsMissing,
  probesMissing,
  qemuSystem,
  qemuSystemMissing,
  qemuUser,
} from './qemu.ts';

const test = suite('wire=qemu');
const scratch = mkdtempSync(join(tmpdir(), 'lockstep-wire-'));
const guest = (name: string): string => scenarioPath(`scenarios/guests/${name}.elf`);
let runs = 0;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Starts one side, and the other once the socket is there; `first` says which makes it. */
async function pair(
  ours: readonly string[],
  qemu: (plugin: string) => readonly [string, ...string[]],
  first: 'ours' | 'qemu' = 'ours',
): Promise<{ us: Ended; them: Ended }> {
  const socket = join(scratch, `s${runs++}`);
  const command = ['emu', '--plugin', `lockstep,sockpath=${socket},wire=qemu,verbose=on`, ...ours];
  const start = {
    ours: () =>
      spawn(process.execPath, [scenarioPath('dist/cli/main.js'), ...command], {
        env: {},
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    qemu: () => {
      const [program, ...args] = qemu(`${buildProbe('lockstep-classic')},sockpath=${socket}`);
      return spawn(program, args, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    },
  };
  const children = {} as Record<'ours' | 'qemu', ChildProcess>;
  const results = {} as Record<'ours' | 'qemu', Promise<Ended>>;
  for (const side of first === 'ours' ? (['ours', 'qemu'] as const) : (['qemu', 'ours'] as const)) {
    children[side] = start[side]();
    results[side] = ended(children[side]);
    for (let tries = 0; side === first && !existsSync(socket) && tries < 5000; tries++)
      await new Promise((wake) => setTimeout(wake, 2));
  }
  try {
    const us = await results.ours;
    // A peer whose comparison is over may go on alone, for ever.
    const patience = setTimeout(() => children.qemu.kill('SIGKILL'), 5000);
    const them = await results.qemu;
    clearTimeout(patience);
    return { us, them };
  } finally {
    for (const child of Object.values(children)) child.kill('SIGKILL');
  }
}

const board = (image: string) => (plugin: string) =>
  [
    qemuSystem!,
    ...['-M', 'virt', '-bios', 'none', '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-singlestep'],
    ...['-kernel', image, '-plugin', plugin],
  ] as [string, ...string[]];
const process_ =
  (program: string, ...options: string[]) =>
  (plugin: string) =>
    [qemuUser!, ...options, '-plugin', plugin, program] as [string, ...string[]];

const missing = probesMissing() ?? qemuSystemMissing();
if (missing !== undefined) skip('wire=qemu against QEMU', missing);
else {
  test('a million instructions of bare metal', async () => {
    const image = guest('bare/compute');
    const { us, them } = await pair([image], board(image));
    assert.is(us.code, 0, us.stderr);
    for (const { stderr, stdout } of [us, them]) {
      assert.match(stderr, /^No divergence :-\)$/m);
      assert.match(stdout, /^compute: 0x[0-9a-f]{16}$/m);
    }
    const executed = /^Executed ~(\d+) instructions$/m;
    assert.ok(Number(executed.exec(us.stderr)?.[1]) > 1_000_000, us.stderr);
    assert.is(executed.exec(us.stderr)?.[1], executed.exec(them.stderr)?.[1]);
    assert.is(us.stdout, them.stdout);
  });

  for (const first of ['ours', 'qemu'] as const)
    test(`a process with faults and a handler; ${first} comes first`, async () => {
      const program = guest('nolibc/fault-registers');
      const { us, them } = await pair([program], process_(program, '-singlestep'), first);
      assert.is(us.code, them.code);
      assert.match(us.stderr, first === 'ours' ? /^setup_socket::ready$/m : /^connect_socket::ready$/m);
      assert.match(us.stderr, /^No divergence :-\)$/m, us.stderr);
    });

  const guests = guestsMissing();
  if (guests !== undefined) skip('a program of the C library against QEMU', guests);
  else
    test('a program of the C library, which sees its name, however that is written', async () => {
      const absolute = join(buildGuests(), 'sha1-O2');
      for (const program of [absolute, relative(process.cwd(), absolute)]) {
        const { us } = await pair([program, '3'], (plugin) => [...process_(program, '-singlestep')(plugin), '3']);
        assert.is(us.code, 0, us.stderr);
        assert.match(us.stderr, /^No divergence :-\)$/m, us.stderr);
      }
    });

  test('a mistake of a translator, at the instruction that goes elsewhere', async () => {
    const program = guest('nolibc/errno');
    const { us } = await pair(['--translator', 'mutant:condition', program], process_(program, '-singlestep'));
    assert.is(us.code, 1, us.stderr);
    assert.match(us.stderr, /^too much divergence\.\.\. giving up\.$/m);
    // The branch on `sltu a5,a5,a0`, a comparison with -4096 which the mutant makes signed.
    assert.match(us.stderr, /^▶ 0x1016e .*: bnez a5,0x10172$/m, us.stderr);
    assert.match(us.stderr, /^this side goes on at 0x10172 /m);
    assert.match(us.stderr, /^the peer goes on at {2}0x10170 /m);
    assert.match(us.stderr, /depends on how code is cut/);
  });

  test('blocks of several instructions are refused with the option that is missing', async () => {
    const program = guest('nolibc/errno');
    const { us } = await pair([program], process_(program));
    assert.is(us.code, 2);
    assert.match(us.stderr, /-singlestep/);
  });
}

test.after(() => rmSync(scratch, { recursive: true, force: true }));
test.run();
