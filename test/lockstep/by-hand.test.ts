// Two peers started by hand, as with QEMU's plugin: two processes of the real command line that meet at a socket.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { cli, type Ended, start } from '../cli/cli.ts';
import { lateGuest } from './late-guest.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-hand-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

const SHA1 = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');

async function both(socket: string, first: readonly string[], second: readonly string[]): Promise<[Ended, Ended]> {
  const listener = start(['emu', ...first]);
  await listener.said('setup_socket::ready');
  const connector = await cli(['emu', ...second]);
  const ended: [Ended, Ended] = [await listener.ended, connector];
  assert.not(existsSync(socket), 'no socket file is left');
  return ended;
}

test('peers that agree', async () => {
  const socket = join(dir, 'same');
  const plugin = ['--plugin', `lockstep,sockpath=${socket},window=10000,verbose=on`, SHA1];
  const [first, second] = await both(socket, ['--translator', 'old-tcg', ...plugin], plugin);
  for (const { code, stdout, stderr } of [first, second]) {
    assert.is(code, 0, stderr);
    assert.match(stdout, /^660e5f5a/);
    assert.match(stderr, /^No divergence :-\)$/m);
    assert.match(stderr, /^Executed 19424\/19424 blocks$/m);
    assert.match(stderr, /^Executed ~234030 instructions$/m);
  }
  // Each window ends at the first seam behind its size.
  const ends = [...first.stderr.matchAll(/^window \d+: both agree for (\d+) instructions$/gm)].map(([, end]) =>
    Number(end),
  );
  assert.is(ends.pop(), 234_030);
  assert.is(ends.length, 23);
  for (const [window, end] of ends.entries()) {
    const past = end - 10_000 * (window + 1);
    assert.ok(past > 0 && past < 100, `${end}`);
  }
  assert.match(second.stderr, /^connect_socket::ready$/m);
});

test('peers that diverge both say so, with the oldest style of argument too', async () => {
  const mutant = mutants.find(({ name }) => name === 'fold')!;
  const socket = join(dir, 'diverged');
  const program = scenarioPath(mutant.program);
  const [first, second] = await both(
    socket,
    ['--translator', 'old-tcg', '--plugin', `lockstep,arg=${socket}`, program],
    ['--translator', 'mutant:fold', '--plugin', `lockstep,sockpath=${socket}`, program],
  );
  for (const { code, stderr } of [first, second]) {
    assert.is(code, 1, stderr);
    assert.match(stderr, /^DIVERGED \(real\): data$/m);
    assert.match(stderr, `0x${mutant.expect.pc.toString(16)}`);
    assert.match(stderr, /^Δ insn_count @ 0x[0-9a-f]{16} \(\d+\) vs 0x[0-9a-f]{16} \(\d+\)$/m);
    assert.match(stderr, /^too much divergence\.\.\. giving up\.$/m);
    assert.match(stderr, /^Executed 16\/16 blocks$/m);
    assert.match(stderr, /^Executed ~96 instructions$/m);
  }
});

test('plugins beside it are not told twice of what is done again, and come to their end; one that changes the guest does so again', async () => {
  const socket = join(dir, 'beside');
  const peer = ['--translator', 'old-tcg', '--plugin', `lockstep,sockpath=${socket},window=65536`];
  const counting = new URL('./counting-plugin.mjs', import.meta.url).pathname;
  const beside = [...peer, '--plugin', counting, '-d', 'plugin'];
  // What comes after two million instructions: add s0,sp,sp becomes add s0,sp,zero.
  const patch = ['--plugin', 'patch,target=33042100,patch=33040100'];
  const program = lateGuest(dir);
  const [plain, patched] = await both(socket, [...beside, program], [...beside, ...patch, program]);
  for (const { code, stderr } of [plain, patched]) {
    assert.is(code, 1, stderr);
    assert.match(stderr, /^DIVERGED \(real\): data$/m);
    assert.match(stderr, /\bs0\b/);
    assert.not.match(stderr, /BACK|has been removed/);
    assert.match(stderr, /^end \d+ \d+ \d+$/m);
  }
  const counted = [...plain.stderr.matchAll(/^(end|\d+) (\d+) (\d+) (\d+)$/gm)].map(([, at, ...counts]) => ({
    at,
    counts,
  }));
  assert.ok(counted.length > 10, plain.stderr);
  for (const { at, counts } of counted) {
    assert.is(new Set(counts).size, 1, `${at}: ${counts}`);
    // A window may cut a block, which is counted as it is entered.
    const ahead = Number(counts[0]) - Number(at);
    if (at !== 'end') assert.ok(ahead >= 0 && ahead < 5, `${at}: ${counts}`);
  }
});

test('the guest’s exit code is passed on when the peers agree', async () => {
  const socket = join(dir, 'exit');
  const args = ['--plugin', `lockstep,sockpath=${socket}`, scenarioPath('scenarios/guests/bare/exit42.elf')];
  assert.equal(
    (await both(socket, args, args)).map(({ code }) => code),
    [42, 42],
  );
});

test('peers with different programs or windows are told so', async () => {
  const socket = join(dir, 'misfit');
  const plugin = ['--plugin', `lockstep,sockpath=${socket}`];
  for (const { code, stderr } of await both(
    socket,
    [...plugin, SHA1],
    [...plugin, scenarioPath('scenarios/guests/nolibc/rc5.elf')],
  )) {
    assert.is(code, 2);
    assert.match(stderr, /lockstep: the two sides run different programs/);
    assert.match(stderr, /^Give both the same file\.$/m);
  }
  for (const { code, stderr } of await both(socket, [...plugin, SHA1, 'x'], [...plugin, SHA1, 'y'])) {
    assert.is(code, 2);
    assert.match(stderr, /different arguments: \[.*"x"\] and \[.*"y"\]/);
  }
});

test('a peer that dies does not leave the other waiting', async () => {
  const socket = join(dir, 'dead');
  const plugin = ['--plugin', `lockstep,sockpath=${socket},window=64`, SHA1];
  const listener = start(['emu', ...plugin]);
  await listener.said('setup_socket::ready');
  const connector = start(['emu', ...plugin]);
  await connector.said('connect_socket::ready');
  connector.child.kill('SIGKILL');
  const { code, stderr } = await listener.ended;
  assert.is(code, 2);
  assert.match(stderr, /closed the connection|is gone/);
  await connector.ended;
});

test('a peer that is stopped is given up by the other, on both sides', async () => {
  for (const victim of [0, 1]) {
    const socket = join(dir, `stopped${victim}`);
    const plugin = ['--plugin', `lockstep,sockpath=${socket},window=64,silence=1`, SHA1];
    const listener = start(['emu', ...plugin]);
    await listener.said('setup_socket::ready');
    const connector = start(['emu', ...plugin]);
    await connector.said('connect_socket::ready');
    // Until the listener has taken the connection its socket is there, and stays there when it is killed.
    while (existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10));
    const [stopped, other] = victim === 0 ? [listener, connector] : [connector, listener];
    stopped.child.kill('SIGSTOP');
    const { code, stderr } = await other.ended;
    assert.is(code, 2, stderr);
    assert.match(stderr, /said nothing for 1 seconds/);
    stopped.child.kill('SIGKILL');
    await stopped.ended;
    assert.not(existsSync(socket));
  }
});

/** Frames of a hostile peer, and what is said of them. */
const HOSTILE: readonly (readonly [name: string, bytes: Buffer, expected: RegExp])[] = [
  ['the web', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /this is no lockstep peer/],
  ['a gigabyte', Buffer.from([0, 0, 0, 0x40]), /a frame of 1073741824 bytes/],
  ['half a frame', Buffer.from([40, 0, 0, 0, 0x81]), /in the middle of a message/],
  ['nothing', Buffer.alloc(0), /closed the connection/],
  ['an array', Buffer.from([1, 0, 0, 0, 0x90]), /no known kind/],
];
for (const [name, bytes, expected] of HOSTILE)
  test(`whoever sends ${name} is no peer, at either end`, async () => {
    const socket = join(dir, 'hostile');
    const args = ['emu', '--plugin', `lockstep,sockpath=${socket}`, SHA1];
    const server = createServer((peer) => peer.on('error', () => {}).end(bytes));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const connector = await cli(args);
    server.close();
    const listener = start(args);
    await listener.said('setup_socket::ready');
    connect(socket)
      .on('error', () => {})
      .end(bytes);
    for (const { code, stdout, stderr } of [connector, await listener.ended]) {
      assert.is(code, 2, stderr);
      assert.is(stdout, '');
      assert.match(stderr, expected);
      assert.not.match(stderr, /\n\s+at |bug of lockstep/);
    }
    assert.not(existsSync(socket));
  });

test('somebody else’s server that says nothing is given up', async () => {
  const socket = join(dir, 'silent');
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const { code, stderr } = await cli(['emu', '--plugin', `lockstep,sockpath=${socket},silence=1`, SHA1]);
  assert.is(code, 2);
  assert.match(stderr, /no lockstep peer has answered: the peer has said nothing for 1 seconds/);
  assert.ok(existsSync(socket), 'the socket of another is left alone');
  server.close();
});

test.run();
