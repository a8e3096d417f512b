// Frames and messages: what goes in comes out, and nothing a hostile peer sends does more than end its connection.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Packr } from 'msgpackr';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { socketChannel } from '../../lockstep/channel.ts';
import { encodeFrame, FrameDecoder, MAX_FRAME, ProtocolError } from '../../lockstep/frame.ts';
import { ObservationRows, packObservations, packProbes, unpackProbes } from '../../lockstep/observation-rows.ts';
import { type FromSide, fromSide, type ToSide, toSide } from '../../lockstep/protocol.ts';

const SEED = Number(process.env.LOCKSTEP_TEST_SEED ?? 20261122);

/** xorshift32: the same numbers for the same seed. */
function random(seed: number): () => number {
  let x = seed | 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

const SUMMARY: FromSide = {
  t: 'summary',
  window: 3,
  icount: 2 ** 40 + 1,
  blocks: 77,
  path: 2n ** 64n - 1n,
  states: 0n,
  places: 0n,
  entries: 0n,
  state: 0n,
  memory: 1n << 63n,
  events: 5n,
};
const MESSAGES: readonly FromSide[] = [
  SUMMARY,
  { ...SUMMARY, t: 'end', end: { kind: 'exit', code: 255, reason: null } },
  { t: 'observations', rows: new Uint8Array([1, 2, 3]) },
  { t: 'pages', pages: [{ address: -0x80000000, bytes: null }] },
  { t: 'names', names: [null, 'memcpy+0x1c'] },
  { t: 'output', stream: 'stdout', bytes: new Uint8Array(70000) },
  { t: 'failed', message: 'no program', remedy: '', usage: true },
];

test('every message comes out as it went in, however the stream is cut', () => {
  const next = random(SEED);
  const stream = Buffer.concat(MESSAGES.map((message) => encodeFrame(message)));
  for (let round = 0; round < 20; round++) {
    const decoder = new FrameDecoder(fromSide);
    const out: FromSide[] = [];
    for (let at = 0; at < stream.length; ) {
      const size = round === 0 ? 1 : 1 + (next() % (round * 5000));
      out.push(...decoder.push(stream.subarray(at, at + size)));
      at += size;
    }
    assert.ok(decoder.idle);
    assert.is(out.length, MESSAGES.length, `seed ${SEED}`);
    for (const [i, message] of out.entries())
      assert.ok(isDeepStrictEqual(plain(message), plain(MESSAGES[i]!)), `message ${i}, seed ${SEED}`);
  }
});

/** Buffers and plain byte arrays alike. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function refused(bytes: Uint8Array, expected: RegExp): void {
  assert.throws(
    () => new FrameDecoder(fromSide).push(bytes),
    (error: unknown) => error instanceof ProtocolError && expected.test(error.message),
  );
}

function frame(value: unknown): Uint8Array {
  const body = new Packr({ useRecords: false }).pack(value);
  const out = Buffer.alloc(4 + body.length);
  out.writeUInt32LE(body.length);
  body.copy(out, 4);
  return out;
}

test('lengths are refused before anything is kept', () => {
  const gigabyte = Buffer.alloc(4);
  gigabyte.writeUInt32LE(1 << 30);
  refused(gigabyte, /1073741824 bytes/);
  refused(Buffer.alloc(4), /0 bytes/);
  const longest = Buffer.alloc(4);
  longest.writeUInt32LE(MAX_FRAME + 1);
  refused(longest, /bytes/);
});

test('shapes are checked exactly', () => {
  refused(frame({ t: 'nonsense' }), /no known kind/);
  refused(frame([1, 2]), /no known kind/);
  refused(frame(null), /no known kind/);
  refused(frame({ t: 'toString' }), /no known kind/);
  refused(frame({ ...SUMMARY, blocks: -1 }), /summary.blocks/);
  refused(frame({ ...SUMMARY, blocks: 1.5 }), /summary.blocks/);
  refused(frame({ ...SUMMARY, path: 5 }), /summary.path/);
  refused(frame({ ...SUMMARY, path: -5n }), /summary.path/);
  refused(frame({ ...SUMMARY, extra: 1 }), /summary.extra/);
  const { events: _, ...less } = SUMMARY;
  refused(frame(less), /summary.events is missing/);
  refused(frame({ t: 'names', names: Array(2000).fill(null) }), /2000 entries/);
  refused(frame({ t: 'observations', rows: new Date() }), /observations.rows/);
  refused(frame({ t: 'failed', message: 'x'.repeat(70000), remedy: '', usage: true }), /failed.message/);
});

test('garbage and mangled messages never do anything but fail', () => {
  const next = random(SEED);
  const good = MESSAGES.map((message) => encodeFrame(message)).filter((bytes) => bytes.length < 1000);
  let failures = 0;
  for (let round = 0; round < 3000; round++) {
    const bytes =
      round % 2 ? Uint8Array.from(good[next() % good.length]!) : new Uint8Array(8 + (next() % 60)).map(() => next());
    if (round % 2) bytes[4 + (next() % (bytes.length - 4))] = next();
    else new DataView(bytes.buffer).setUint32(0, bytes.length - 4, true);
    try {
      new FrameDecoder(fromSide).push(bytes);
    } catch (error) {
      assert.instance(error, ProtocolError, `seed ${SEED}, round ${round}`);
      failures++;
    }
  }
  assert.ok(failures > 1500, `only ${failures} of the mangled messages were refused`);
});

test('observation rows and probes keep their values', () => {
  const log = [
    { icount: 0, pc: -0x80000000, insns: 3, cpu: 0, digest: 2n ** 64n - 1n },
    { icount: 2 ** 40, pc: 0x10000, insns: 512, cpu: 127, digest: 1n },
  ];
  const rows = new ObservationRows();
  rows.add(packObservations(log.slice(0, 1)));
  rows.add(packObservations(log.slice(1)));
  assert.is(rows.length, 2);
  for (const [i, row] of log.entries())
    assert.equal(
      { icount: rows.icount(i), pc: rows.pc(i), insns: rows.insns(i), cpu: rows.cpu(i), digest: rows.digest(i) },
      row,
    );
  assert.throws(() => rows.add(packObservations(log.slice(0, 1))), /order/);
  assert.throws(() => rows.add(new Uint8Array(31)), /whole rows/);
  const probes = [{ pc: 0x10000, state: 1n, memory: 2n ** 64n - 1n }];
  assert.equal(unpackProbes(packProbes(probes)), probes);
  assert.throws(() => unpackProbes(new Uint8Array(1)), /whole rows/);
});

/** Two ends of a real socket; the raw end is the hostile peer. */
async function pair(): Promise<{ raw: Socket; ours: Socket; end: () => void }> {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  const server = createServer().listen(join(dir, 's'));
  await once(server, 'listening');
  const raw = connect(join(dir, 's'));
  const [ours] = (await once(server, 'connection')) as [Socket];
  return {
    raw,
    ours,
    end() {
      raw.destroy();
      ours.destroy();
      server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

for (const [name, bytes, ends, expected] of [
  ['half a frame', encodeFrame(SUMMARY).subarray(0, 9), true, /middle of a message/],
  ['a gigabyte', Buffer.from([0, 0, 0, 0x40]), false, /1073741824 bytes/],
  ['the web', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), false, /no lockstep peer/],
] as const)
  test(`a socket that sends ${name} is closed with a reason`, async () => {
    const { raw, ours, end } = await pair();
    try {
      const channel = socketChannel<FromSide, ToSide>(ours, fromSide);
      const closed = new Promise<Error | undefined>((resolve) => channel.listen(() => {}, resolve));
      raw.on('error', () => {});
      raw.write(bytes);
      if (ends) raw.end();
      const reason = await closed;
      assert.match(reason?.message ?? '', expected);
    } finally {
      end();
    }
  });

test('what is written past the streams of Node arrives in order, when the socket is full too', async () => {
  const { raw, ours, end } = await pair();
  try {
    const { fd } = (ours as Socket & { readonly _handle: { readonly fd: number } })._handle;
    const side = socketChannel<ToSide, FromSide>(ours, toSide, fd);
    side.listen(
      () => {},
      () => {},
    );
    const sizes = Array.from({ length: 400 }, (_, i) => (i * 7919) % 20_000);
    const got: [number, number | undefined][] = [];
    const all = new Promise<void>((resolve) =>
      socketChannel<FromSide, ToSide>(raw, fromSide).listen(
        (message) => {
          if (message.t === 'output') got.push([message.bytes.length, message.bytes[0]]);
          if (got.length === sizes.length) resolve();
        },
        () => resolve(),
      ),
    );
    raw.pause();
    for (const [i, size] of sizes.entries()) {
      side.send({ t: 'output', stream: 'stdout', bytes: new Uint8Array(size).fill(i) });
      if (i !== 300) continue;
      assert.ok(ours.writableLength > 0, 'the socket is full');
      raw.resume();
      await side.drained();
      raw.pause();
    }
    raw.resume();
    await all;
    assert.equal(
      got,
      sizes.map((size, i) => [size, size === 0 ? undefined : i % 256]),
    );
  } finally {
    end();
  }
});

test.run();
