// How two peers meet at a path: the first listens, the second connects, stale sockets go, other files stay.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rendezvous } from '../../lockstep/rendezvous.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-rendezvous-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(condition());
}

async function meet(path: string): Promise<string[]> {
  const said: string[] = [];
  const first = rendezvous(path, (line) => said.push(line));
  await until(() => said.includes('setup_socket::ready'));
  assert.is(statSync(path).mode & 0o777, 0o600);
  const second = await rendezvous(path, (line) => said.push(`second: ${line}`));
  const listener = await first;
  assert.is(listener.role, 'listener');
  assert.is(second.role, 'connector');
  second.socket.write('hello');
  const [bytes] = await new Promise<[Buffer]>((resolve) => listener.socket.once('data', (...data) => resolve(data)));
  assert.is(bytes.toString(), 'hello');
  listener.socket.destroy();
  second.socket.destroy();
  assert.not(existsSync(path), 'the socket file is gone once the two have met');
  return said;
}

test('the first listens, the second connects', async () => {
  assert.equal(await meet(join(dir, 'fresh')), ['setup_socket::ready']);
});

test('a socket whose owner has died is removed, with a note', async () => {
  const path = join(dir, 'stale');
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  assert.ok(existsSync(path));
  assert.equal(await meet(path), [`removed the stale socket ${path}`, 'setup_socket::ready']);
});

/** A socket file that nobody listens at, as a killed listener leaves it. */
async function leaveStale(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  renameSync(path, `${path}-aside`);
  await new Promise((resolve) => server.close(resolve));
  renameSync(`${path}-aside`, path);
}

test('two that start at once at a stale socket meet, and leave nothing', async () => {
  const path = join(dir, 'crowd');
  for (let round = 0; round < 20; round++) {
    await leaveStale(path);
    const both = await Promise.all([rendezvous(path, () => {}), rendezvous(path, () => {})]);
    assert.equal(both.map(({ role }) => role).sort(), ['connector', 'listener'], `round ${round}`);
    for (const { socket } of both) socket.destroy();
    assert.not(readdirSync(dir).some((name) => name.startsWith('crowd')));
  }
});

async function refusal(path: string): Promise<string> {
  try {
    await rendezvous(path, () => {});
  } catch (error) {
    assert.is((error as Error).name, 'UsageError');
    return (error as Error).message;
  }
  assert.unreachable();
  return '';
}

test('a file that is no socket is left alone', async () => {
  const path = join(dir, 'file');
  writeFileSync(path, 'precious');
  assert.match(await refusal(path), /not a socket|ENOTSOCK/);
  assert.ok(existsSync(path));
});

test('paths that cannot be are refused with a reason', async () => {
  assert.match(await refusal(join(dir, 'x'.repeat(120))), /longer than the 107 bytes/);
  assert.match(await refusal(join(dir, 'missing', 'socket')), /there is no .*missing/);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  test(`a listener that ends by ${signal} takes its socket with it`, async () => {
    const path = join(dir, signal);
    const script = `import { rendezvous } from ${JSON.stringify(new URL('../../lockstep/rendezvous.ts', import.meta.url).href)};
    rendezvous(${JSON.stringify(path)}, () => process.kill(process.pid, '${signal}'));`;
    const result = spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '-e', script], {
      timeout: 20000,
    });
    assert.is(result.signal, signal, result.stderr.toString());
    assert.not(existsSync(path));
  });

test('a signal that comes together with the peer is not lost', () => {
  const path = join(dir, 'together');
  const script = `import { connect } from 'node:net';
  import { rendezvous } from ${JSON.stringify(new URL('../../lockstep/rendezvous.ts', import.meta.url).href)};
  setTimeout(() => process.exit(7), 2000);
  rendezvous(${JSON.stringify(path)}, () => {
    connect(${JSON.stringify(path)});
    process.kill(process.pid, 'SIGINT');
  });`;
  const result = spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '-e', script], {
    timeout: 20000,
  });
  assert.is(result.signal, 'SIGINT', `${result.status} ${result.stderr}`);
});

test.run();
