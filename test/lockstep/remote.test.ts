// Watching a run: who is let in, what hostile and slow viewers get, that a viewer who comes back goes on where it was. Real
// servers, real sockets; the run is fed by hand.

import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { type Progress, RunControl } from '../../lockstep/index.ts';
import { hostRefused, isLoopback, newToken, originRefused, tokenRefused } from '../../lockstep/remote/access.ts';
import { RemoteRun } from '../../lockstep/remote/client.ts';
import { LiveRun } from '../../lockstep/remote/live-run.ts';
import { decode, fromViewer, MAX_MESSAGE, REMOTE_VERSION, type ToViewer } from '../../lockstep/remote/messages.ts';
import { OUTPUT_TAIL } from '../../lockstep/remote/model.ts';
import { OutputTail } from '../../lockstep/remote/output-tail.ts';
import { listenAtPort } from '../../lockstep/remote/places.ts';
import { MAX_VIEWERS, RunServer, type ServerOptions } from '../../lockstep/remote/server.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';

const PATIENCE_MS = 20_000;
const INFO = {
  ...{ id: 'run-1', program: 'p.elf', a: 'old-tcg', b: 'new-tcg' },
  ...{ maxInsns: null, memoryBytes: null, timeoutMs: null },
};
const TOKEN = newToken();
const PAGE = new Map([['/', { type: 'text/html; charset=utf-8', bytes: Buffer.from('<p>page</p>') }]]);

function progress(icount: number): Progress {
  const side = { icount, windows: 1 };
  return { phase: 'watching', A: side, B: side, agreed: { windows: 1, icount }, skewed: 0 };
}

interface Rig {
  readonly live: LiveRun;
  readonly control: RunControl;
  readonly server: RunServer;
  readonly port: number;
}
const rigs: Rig[] = [];
const viewers: RemoteRun[] = [];
const sockets: (Socket | WebSocket)[] = [];

async function rig(changes: Partial<ServerOptions> = {}, port = 0): Promise<Rig> {
  const control = new RunControl();
  const live = new LiveRun(changes.info ?? INFO, control, () => performance.now());
  const server = new RunServer({
    ...{ source: live, info: live.info, allowControl: false, token: TOKEN, names: [], page: PAGE },
    ...changes,
  });
  const made = { live, control, server, port: await listenAtPort(server.http, '127.0.0.1', port) };
  rigs.push(made);
  return made;
}

function watcher({ port }: { readonly port: number }, token: string | null = TOKEN): RemoteRun {
  const place = { url: `ws://127.0.0.1:${port}/live`, socket: null, token, shown: `127.0.0.1:${port}` };
  const run = new RemoteRun(place);
  viewers.push(run);
  return run;
}

test.after.each(async () => {
  for (const viewer of viewers.splice(0)) viewer.close();
  for (const socket of sockets.splice(0)) socket instanceof WebSocket ? socket.terminate() : socket.destroy();
  await Promise.all(rigs.splice(0).map(({ server }) => server.close(0)));
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > end) assert.unreachable(`not in ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const textOf = (run: RemoteRun) => Buffer.from(run.get().output.kept).toString();

test('the web page speaks the version of the messages', () => {
  const page = readFileSync(scenarioPath('ui/web/page.js'), 'utf8');
  assert.is(Number(/^const VERSION = (\d+);/m.exec(page)![1]), REMOTE_VERSION);
});

test('only names and addresses that nobody else can point here', () => {
  const host = (name: string | undefined, names: readonly string[] = []) =>
    hostRefused(name === undefined ? {} : { host: name }, names)?.status;
  for (const good of ['127.0.0.1:80', 'localhost', 'LocalHost:8080', '[::1]:9', '10.1.2.3:1', '[fe80::1]'])
    assert.is(host(good), undefined, good);
  for (const bad of [
    undefined,
    '',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'localhost.',
    'a b',
    '[::1',
    '::1',
    'x@127.0.0.1',
  ])
    assert.is(host(bad), 421, String(bad));
  assert.is(host('box:80', ['box']), undefined);
  const origin = (from: string | undefined) =>
    originRefused({ host: '127.0.0.1:80', ...(from !== undefined && { origin: from }) })?.status;
  assert.is(origin(undefined), undefined, 'no browser');
  assert.is(origin('http://127.0.0.1:80'), undefined);
  for (const bad of ['http://127.0.0.1:81', 'https://127.0.0.1:80', 'http://evil.example', 'null', ''])
    assert.is(origin(bad), 403, bad);
  const token = (headers: Record<string, string>) => tokenRefused(headers, TOKEN)?.status;
  assert.is(token({ authorization: `Bearer ${TOKEN}` }), undefined);
  assert.is(token({ 'sec-websocket-protocol': `lockstep, ${TOKEN}` }), undefined);
  for (const bad of ['', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, 'Bearer '])
    assert.is(token({ authorization: bad }), 401, bad);
  assert.is(token({ 'sec-websocket-protocol': TOKEN }), 401);
  assert.ok(isLoopback('127.8.9.1') && isLoopback('::1') && !isLoopback('0.0.0.0') && !isLoopback('10.0.0.1'));
  assert.is(new Set(Array.from({ length: 100 }, newToken)).size, 100);
});

/** The status line of the answer to a request that wants to be upgraded. */
function upgrade(port: number, headers: Readonly<Record<string, string>>, path = '/live'): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes;
      if (!answer.includes('\r\n\r\n')) return;
      resolve(answer.split('\r\n')[0]!);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
    const all: Record<string, string> = {
      ...{ Host: `127.0.0.1:${port}`, Upgrade: 'websocket', Connection: 'Upgrade' },
      ...{ 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
      Authorization: `Bearer ${TOKEN}`,
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  });
}

test('who is refused is refused before anything is upgraded', async () => {
  const { port, server } = await rig();
  assert.match(await upgrade(port, {}), / 101 /);
  assert.match(await upgrade(port, { Origin: `http://127.0.0.1:${port}` }), / 101 /);
  assert.match(await upgrade(port, { Authorization: 'Bearer wrong' }), / 401 /);
  assert.match(await upgrade(port, { Authorization: '' }), / 401 /);
  assert.match(await upgrade(port, { Origin: 'http://evil.example' }), / 403 /);
  assert.match(await upgrade(port, { Host: 'evil.example' }), / 421 /);
  assert.match(await upgrade(port, { Host: 'evil.example', Origin: 'http://evil.example' }), / 421 /);
  assert.match(await upgrade(port, {}, '/else'), / 404 /);
  assert.is(server.viewers, 0, 'none of them has asked for anything');
});

test('the page: its headers, and nothing else to be had', async () => {
  const { port } = await rig();
  const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init);
  const page = await get('/');
  assert.is(page.status, 200);
  assert.is(await page.text(), '<p>page</p>');
  const policy = page.headers.get('content-security-policy')!;
  assert.match(
    policy,
    /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws:\/\/127\.0\.0\.1:/,
  );
  assert.match(policy, /frame-ancestors 'none'/);
  assert.is(page.headers.get('x-content-type-options'), 'nosniff');
  assert.is(page.headers.get('referrer-policy'), 'no-referrer');
  assert.is(page.headers.get('cache-control'), 'no-store');
  assert.is((await get('/?query')).status, 200);
  for (const path of ['/nothing', '/../package.json', '/live', '//', '/page.html'])
    assert.is((await get(path)).status, 404, path);
  assert.is((await get('/', { method: 'POST', body: 'x' })).status, 405);
});

/** A WebSocket of a program that does as it likes. */
async function raw(port: number): Promise<{ socket: WebSocket; closed: Promise<number> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers: { Authorization: `Bearer ${TOKEN}` } });
  sockets.push(socket);
  socket.on('error', () => {});
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.once('open', resolve));
  return { socket, closed };
}
const WATCH = {
  ...{ t: 'watch', version: REMOTE_VERSION, run: null },
  ...{ events: 0, notes: 0, output: 0, report: 0, recording: 0 },
};

test('hostile messages end their connection, and only theirs', async () => {
  const { port, live, server } = await rig();
  const good = watcher({ port });
  await good.reached;
  const hostile: readonly (readonly [what: string, data: string | Uint8Array, code: number])[] = [
    ['no JSON', '{', 1007],
    ['no object', '7', 1007],
    ['null', 'null', 1007],
    ['unknown kind', '{"t":"toString"}', 1007],
    ['a key too many', JSON.stringify({ ...WATCH, more: 1 }), 1007],
    ['a key too few', JSON.stringify({ ...WATCH, output: undefined }), 1007],
    ['a negative count', JSON.stringify({ ...WATCH, output: -1 }), 1007],
    ['a fraction', JSON.stringify({ ...WATCH, report: 0.5 }), 1007],
    ['another version', JSON.stringify({ ...WATCH, version: 99 }), 1007],
    ['a prototype', `{"t":"watch","__proto__":{"version":1}}`, 1007],
    ['a deep one', '['.repeat(100_000), 1007],
    ['an unknown action', '{"t":"control","action":"explode"}', 1007],
    ['bytes', new Uint8Array(100), 1003],
    ['one that is too long', 'x'.repeat(MAX_MESSAGE + 1), 1009],
  ];
  for (const [what, data, code] of hostile) {
    const { socket, closed } = await raw(port);
    socket.send(data);
    assert.is(await closed, code, what);
  }
  const twice = await raw(port);
  twice.socket.send(JSON.stringify(WATCH));
  twice.socket.send(JSON.stringify(WATCH));
  assert.is(await twice.closed, 1008, 'watch twice');
  const flood = await raw(port);
  for (let i = 0; i < 1000; i++) flood.socket.send('{"t":"control","action":"pause"}');
  assert.is(await flood.closed, 1008, 'a flood');
  // What is no WebSocket at all, or breaks its rules.
  for (const bytes of [
    '\x16\x03\x01\x02',
    'GET / HTTP/9.9\r\n\r\n',
    `GET /${'x'.repeat(100_000)}`,
    '\0'.repeat(1000),
  ]) {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.write(bytes);
    socket.resume();
    socket.end();
    await ended;
  }
  const broken = await raw(port);
  (broken.socket as unknown as { _socket: Socket })._socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
  assert.ok([1002, 1006].includes(await broken.closed));
  live.wrote(Buffer.from('still here'));
  await until('the good viewer hears', () => textOf(good) === 'still here');
  await until('the others are gone', () => server.viewers === 1);
});

test('random messages, mutated from good ones, never pass a wrong shape', () => {
  let seed = Number(process.env.REMOTE_SEED ?? 7);
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  const goods = [JSON.stringify(WATCH), '{"t":"control","action":"stop"}'];
  let passed = 0;
  for (let i = 0; i < 5000; i++) {
    const bytes = Buffer.from(goods[random(2)]!);
    for (let n = random(3); n >= 0; n--) bytes[random(bytes.length)] = random(256);
    const decoded = decode(bytes.toString('utf8'), fromViewer);
    if ('wrong' in decoded) continue;
    passed++;
    const { message } = decoded;
    if (message.t === 'control') assert.ok(['pause', 'resume', 'stop'].includes(message.action), `seed 7, ${i}`);
    else
      assert.ok(
        message.t === 'watch' && Number.isSafeInteger(message.output) && message.version === REMOTE_VERSION,
        `seed 7, ${i}`,
      );
  }
  assert.ok(passed > 0, 'some mutations leave a message good');
});

test('a viewer sees the run, its end and what remains of it', async () => {
  const { live, server, port } = await rig();
  live.wrote(Buffer.from('before '));
  const viewer = watcher({ port });
  await viewer.reached;
  live.moved(progress(1000));
  live.wrote(Buffer.from('after'));
  live.happened([{ icount: 5, cpu: 0, kind: 'syscall', detail: [1n], text: 'write(1)' }]);
  live.noted('a note');
  await until('all of it', () => viewer.get().status?.A.icount === 1000 && textOf(viewer) === 'before after');
  const { events, notes, mayControl, link } = viewer.get();
  assert.equal(events, { total: 1, kept: [{ icount: 5, cpu: 0, kind: 'syscall', text: 'write(1)' }] });
  assert.equal(notes.kept, ['a note']);
  assert.equal([mayControl, link], [false, 'open']);
  viewer.control('pause');
  await until('the refusal', () => viewer.get().said !== undefined);
  live.ended('diverged', 'they differ', 1);
  const report = new Uint8Array(1_000_000).map((_, i) => i % 251);
  const recording = new Uint8Array([7]);
  server.finish({ report, recording });
  const documents = await viewer.over;
  assert.equal(documents.report, report);
  assert.equal(documents.recording, recording);
  assert.equal(viewer.get().status?.end, { verdict: 'diverged', summary: 'they differ', exitCode: 1 });
  assert.is(viewer.get().link, 'over');
  await until('the connection is closed', () => server.viewers === 0);
  const late = watcher({ port });
  assert.equal((await late.over).report, report, 'who comes after the end gets it too');
});

test('control, where it is allowed', async () => {
  const { control, port, live } = await rig({ allowControl: true });
  live.moved(progress(1));
  const viewer = watcher({ port });
  await viewer.reached;
  viewer.control('pause');
  await until('paused', () => control.paused && viewer.get().status?.phase === 'paused');
  viewer.control('resume');
  await until('resumed', () => !control.paused && viewer.get().status?.phase === 'running');
});

test('who is not let in is told so, and does not try again', async () => {
  const { port } = await rig();
  for (const [token, why] of [
    ['wrong', /token is missing or wrong/],
    [null, /token is missing or wrong/],
  ] as const) {
    try {
      await watcher({ port }, token).over;
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, why);
    }
  }
  const free = await rig();
  await free.server.close(0);
  try {
    await watcher(free).over;
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /nobody answers there/);
  }
});

test('no more viewers than there is room for', async () => {
  const { port } = await rig();
  for (let i = 0; i < MAX_VIEWERS; i++) assert.match(await upgrade(port, {}), / 101 /, `${i}`);
  assert.match(await upgrade(port, {}), / 503 /);
});

test('a viewer that lost its connection goes on where it was', async () => {
  const first = await rig();
  first.live.wrote(Buffer.from('one '));
  const viewer = watcher(first);
  await until('the first part', () => textOf(viewer) === 'one ');
  const said: ToViewer[] = [];
  viewer.onMessage((message) => said.push(message));
  await first.server.close(0);
  await until('lost', () => viewer.get().link === 'lost');
  assert.is(textOf(viewer), 'one ', 'what was known stays');
  const second = await rig({}, first.port);
  second.live.wrote(Buffer.from('one '));
  second.live.wrote(Buffer.from('two'));
  await until('back', () => viewer.get().link === 'open' && textOf(viewer) === 'one two');
  const states = said.filter((message) => message.t === 'state');
  assert.is(Buffer.from(states[0]!.output.added, 'base64').toString(), 'two', 'only what is new was sent');
  await second.server.close(0);
  const third = await rig({ info: { ...INFO, id: 'run-2' } }, first.port);
  third.live.wrote(Buffer.from('another'));
  await until('another run in the same place', () => textOf(viewer) === 'another');
});

test('fifty viewers of which ten do not read: the others hear all, nothing piles up', async () => {
  const { live, server, port } = await rig({ tickMs: 10 });
  const reading = Array.from({ length: 40 }, () => watcher({ port }));
  await Promise.all(reading.map((viewer) => viewer.reached));
  const stalled = await Promise.all(Array.from({ length: 10 }, () => raw(port)));
  for (const { socket } of stalled) {
    socket.send(JSON.stringify(WATCH));
    socket.pause();
  }
  await until('all of them watch', () => server.viewers === 50);
  const ROUNDS = 150;
  const chunk = Buffer.alloc(OUTPUT_TAIL, 'x');
  let asked = 0;
  const ask = live.get.bind(live);
  live.get = () => {
    asked++;
    return ask();
  };
  const before = process.memoryUsage();
  // All together are more than a connection holds: who does not read falls behind.
  for (let round = 1; round <= ROUNDS; round++) {
    live.wrote(chunk);
    live.moved(progress(round));
    await until(`round ${round}`, () => reading.every((viewer) => viewer.get().status?.A.icount === round));
  }
  const after = process.memoryUsage();
  const grown = after.rss - before.rss;
  assert.ok(grown < 400 << 20, `grew by ${grown >> 20} MiB`);
  assert.ok(asked < ROUNDS * 20, 'the run is looked at a few times a second, not for each viewer');
  for (const { socket } of stalled) {
    let last: Extract<ToViewer, { t: 'state' }> | undefined;
    let heard = 0;
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ToViewer;
      if (message.t !== 'state') return;
      last = message;
      heard++;
    });
    socket.resume();
    await until('one that reads again', () => last?.status.A.icount === ROUNDS);
    assert.is(last!.output.total, ROUNDS * OUTPUT_TAIL);
    assert.ok(heard < ROUNDS, `${heard} of ${ROUNDS} states were sent to who did not read`);
  }
  for (const viewer of reading.slice(0, 20)) viewer.close();
  for (const { socket } of stalled) socket.terminate();
  await until('those that left are forgotten', () => server.viewers === 20);
});

test('the end of what was written is kept', () => {
  const tail = new OutputTail(10);
  const texts = () => Buffer.from(tail.get().kept).toString();
  assert.equal([texts(), tail.total], ['', 0]);
  for (const text of ['abc', '', 'defg', 'hijklm']) tail.add(Buffer.from(text));
  assert.equal([texts(), tail.total], ['defghijklm', 13]);
  tail.add(Buffer.from('0123456789ABCDEF'));
  assert.equal([texts(), tail.total], ['6789ABCDEF', 29]);
  tail.replace(Buffer.from('xyz'), 100);
  tail.add(Buffer.from('!'));
  assert.equal([texts(), tail.total], ['xyz!', 101]);
});

test.run();
