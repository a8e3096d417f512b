// What goes wrong while a run is under way: modules that misbehave, disks that are full, readers that leave, guests that
// take what they can get. Each ends with its exit code and one message; nothing hangs, no stack trace.

import { spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeElf } from '../user/make-elf.ts';
import { cli, type Ended, NODE_ARGS } from './cli.ts';
import { FLOOD, LOOP } from './guests.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-faults-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const RC5 = new URL('../../scenarios/guests/nolibc/rc5.elf', import.meta.url).pathname;
const GUEST = new URL('../../scenarios/guests/nolibc/sha1-mini.elf', import.meta.url).pathname;

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}
const loop = file('loop', LOOP);
const flood = file('flood', FLOOD);

/** The command line under a shell: `$@` in `line` stands for it. */
function shell(line: string, args: readonly string[]): Promise<Ended> {
  const child = spawn('bash', ['-c', line, 'bash', process.execPath, ...NODE_ARGS, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes) => {
    stdout += bytes;
  });
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** One message of `lockstep`, with what to do, and nothing of our insides. */
function explained({ code, stderr }: Ended, message: RegExp, remedy: RegExp): void {
  assert.is(code, 2, stderr);
  assert.match(stderr, /^lockstep: /m);
  assert.match(stderr, message);
  assert.match(stderr, remedy);
  assert.not.match(stderr, /\n\s+at /, 'no stack trace');
  assert.not.match(stderr, /bug of lockstep/);
}

const TRANSLATORS: readonly (readonly [name: string, module: string, message: RegExp, remedy: RegExp])[] = [
  ['throws as it loads', 'throw new Error("boom");', /cannot be loaded: boom/, /Try: node /],
  ['is no JavaScript', 'export default {{{', /cannot be loaded/, /Try: node /],
  ['exports nothing', 'export const x = 1;', /default export is not an object/, /Export a Translator/],
  [
    'throws in a pass',
    'export default { base: "new-tcg", passes: (all) => [...all, { name: "mine", run() { throw null; } }] };',
    /pass mine threw at block 0x[0-9a-f]+: null/,
    /Leave the pass out/,
  ],
  [
    'leaves rubbish',
    'export default { base: "new-tcg", passes: (all) => [...all, { name: "mine", run(b) { b.count = 0; } }] };',
    /pass mine made a malformed block at 0x[0-9a-f]+: the block does not end/,
    /verify\.ts/,
  ],
  [
    'breaks what a block is made of',
    `export default { base: "new-tcg", passes: (all) => [...all, { name: "mine", run(b) {
       Object.defineProperty(b, "ops", { value: null }); } }] };`,
    /pass mine made a malformed block at 0x[0-9a-f]+/,
    /verify\.ts/,
  ],
  [
    'decides nonsense',
    'export default { base: "new-tcg", policy: { linkTarget: () => "there" } };',
    /`policy.linkTarget` returned there, not a number/,
    /./,
  ],
];
for (const [index, [name, module, message, remedy]] of TRANSLATORS.entries())
  test(`a translator that ${name}`, async () => {
    const path = file(`translator${index}.mjs`, module);
    explained(await cli(['emu', '--translator', path, GUEST]), message, remedy);
    const run = await cli(['run', '--b', path, GUEST]);
    explained(run, message, remedy);
    assert.match(run.stderr, /^lockstep: side B/m);
  });

test('a module that never loads, ends the process or throws later does not pass for a result', async () => {
  const never = file('never.mjs', 'await new Promise(() => {});');
  explained(await cli(['emu', '--translator', never, GUEST]), /without a result/, /--translator/);
  const exits = file('exits.mjs', 'process.exit(0);');
  explained(await cli(['emu', '--plugin', exits, GUEST]), /without a result/, /--plugin/);
  explained(await cli(['run', '--a', exits, GUEST]), /side A died \(exit code 0\)/, /./);
  const later = file('later.mjs', 'setTimeout(() => { throw new Error("late"); }, 1); export default { base: "tci" };');
  explained(await cli(['emu', '--translator', later, GUEST]), /nobody waited for: late/, /LOCKSTEP_DEBUG=1/);
});

test('a translator that does not return is given up', async () => {
  const path = file(
    'spins.mjs',
    'export default { base: "new-tcg", passes: (all) => [...all, { name: "mine", run() { for (;;); } }] };',
  );
  explained(await cli(['emu', '--timeout', '0.2', '--translator', path, GUEST]), /does not return/, /--translator/);
  const run = await cli(['run', '--timeout', '1', '--b', path, GUEST]);
  assert.is(run.code, 3, run.stderr);
  // Behind what the guest wrote on the other side.
  assert.match(run.stdout, /^INCONCLUSIVE$/m);
});

for (const args of [
  ['emu', GUEST],
  ['run', GUEST],
  ['run', '--json', GUEST],
  ['list', 'mutants'],
])
  test(`${args.slice(0, -1).join(' ')}: standard output on a full disk`, async () => {
    explained(
      await shell('exec "$@" >/dev/full', args),
      /cannot write to standard output: no space left \(ENOSPC\)/,
      /^Free some space/m,
    );
  });

test('a log on a full disk', async () => {
  const full = /^lockstep: cannot write to \/dev\/full: no space left/m;
  explained(await cli(['emu', '-d', 'in_asm', '-D', '/dev/full', GUEST]), full, /^Free some space/m);
  // The plugin that writes into it is not the one to blame.
  const plugin = await cli(['emu', '--plugin', 'hotblocks', '-d', 'plugin', '-D', '/dev/full', GUEST]);
  explained(plugin, full, /^Free some space/m);
  assert.not.match(plugin.stderr, /has been removed/);
});

test('a recording goes through a link, and leaves the link as it is', async () => {
  const link = join(dir, 'link');
  symlinkSync(join(dir, 'linked'), link);
  const run = await cli(['run', '--b', 'mutant:shift-mask', '--record', link, RC5]);
  assert.is(run.code, 1, run.stderr);
  assert.ok(lstatSync(link).isSymbolicLink() && statSync(join(dir, 'linked')).size > 1000);
});

for (const option of ['--record', '--capsule'])
  test(`${option} on a full disk`, async () => {
    const link = join(dir, `full${option}`);
    symlinkSync('/dev/full', link);
    const run = await cli(['run', '--b', 'mutant:shift-mask', option, link, RC5]);
    explained(run, /^lockstep: cannot write the .*: no space left \(ENOSPC\)/m, /^Free some space/m);
    assert.ok(lstatSync(link).isSymbolicLink());
  });

for (const command of ['emu', 'run'])
  test(`${command}: a reader that goes away ends the run quietly`, async () => {
    const { stdout, stderr } = await shell('"$@" | head -n 1; echo $PIPESTATUS', [command, flood]);
    assert.is(stdout, 'flood\n141\n');
    assert.is(stderr, '');
  });

test('closed streams', async () => {
  for (const command of ['emu', 'run']) {
    const { code, stdout, stderr } = await shell('exec "$@" <&-', [command, GUEST]);
    assert.is(code, 0, stderr);
    assert.match(stdout, /^660e5f5a/);
    assert.is((await shell('exec "$@" <&- >&- 2>&-', [command, GUEST])).code, 0);
  }
});

test('a program whose data leaves no room for its stack', async () => {
  const bytes = makeElf();
  new DataView(bytes.buffer).setBigUint64(64 + 56 + 40, 1n << 33n, true);
  explained(await cli(['emu', file('huge', bytes)]), /does not fit in the address space/, /static data smaller/);
});

test('a guest that floods its output or never ends is stopped in time', async () => {
  for (const guest of [flood, loop]) {
    const emu = await shell('"$@" >/dev/null', ['emu', '--timeout', '0.3', guest]);
    assert.is(emu.code, 3, emu.stderr);
    assert.match(emu.stderr, /its time is over/);
    assert.is((await shell('"$@" >/dev/null', ['run', '--timeout', '1', guest])).code, 3);
  }
});

test.run();
