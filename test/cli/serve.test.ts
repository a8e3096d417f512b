// `run --serve`, `run --listen` and `attach`: real runs, watched by real viewers; what a run leaves behind; mistakes.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeRecording } from '../../lockstep/index.ts';
import { RemoteRun } from '../../lockstep/remote/client.ts';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { cli, type Running, start } from './cli.ts';
import { FLOOD, LOOP } from './guests.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-serve-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const LOOP_FILE = join(dir, 'loop');
writeFileSync(LOOP_FILE, LOOP);
const FLOOD_FILE = join(dir, 'flood');
writeFileSync(FLOOD_FILE, FLOOD);
const FOLD = mutants.find(({ name }) => name === 'fold')!;
const ENV = { XDG_RUNTIME_DIR: dir };
const OWN = join(dir, 'lockstep');

/** The address that a run has printed. */
async function address(run: Running): Promise<string> {
  let stderr = '';
  run.child.stderr!.on('data', (bytes) => {
    stderr += bytes;
  });
  await run.said('lockstep: watch it');
  const line = /^lockstep: watch it .*: (?:lockstep attach )?(\S+)$/m;
  for (let i = 0; i < 200 && !line.test(stderr); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  return line.exec(stderr)![1]!;
}

function remote(place: string): RemoteRun {
  const [url, token = null] = place.split('#');
  return place.startsWith('/')
    ? new RemoteRun({ url: 'ws://localhost/live', socket: place, token: null, shown: place })
    : new RemoteRun({ url: `${url!.replace('http', 'ws')}live`, socket: null, token, shown: place });
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > end) assert.unreachable(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('a run is watched over its socket, to the same report and exit code; then the socket is gone', async () => {
  // Long enough for a viewer to come while it goes on.
  const args = ['run', '--max-insns', '2000000000', LOOP_FILE];
  const alone = await cli(args);
  const run = start([...args.slice(0, 1), '--serve', ...args.slice(1)], ENV);
  const path = await address(run);
  assert.match(path, /\/lockstep\/run-\d+\.sock$/);
  assert.is(statSync(path).mode & 0o777, 0o600);
  assert.is(statSync(OWN).mode & 0o777, 0o700);
  const viewer = await cli(['attach'], ENV);
  const served = await run.ended;
  assert.equal([served.code, viewer.code], [0, 0]);
  assert.is(served.stdout, alone.stdout, 'watched or not');
  assert.is(viewer.stdout, alone.stdout);
  assert.match(viewer.stderr, /finished: the same │ A 2\.00 G/);
  assert.not(existsSync(OWN), 'nothing is left');
});

test('a divergence: the report as JSON, the messages, the recording', async () => {
  const program = scenarioPath(FOLD.program);
  const run = start(['run', '--listen', '0', '--serve-after=60', '--json', '--b', 'mutant:fold', program], ENV);
  const place = await address(run);
  assert.match(place, /^http:\/\/127\.0\.0\.1:\d+\/#[\w-]{32}$/);
  const file = join(dir, 'remote.lsrec');
  const [json, ndjson, text, wrong] = await Promise.all([
    cli(['attach', '--json', '--record', file, place]),
    cli(['attach', '--ndjson', place.split('#')[0]!], { LOCKSTEP_TOKEN: place.split('#')[1]! }),
    cli(['attach', place]),
    cli(['attach', `${place}x`]),
  ]);
  run.child.kill('SIGINT');
  const { code, stdout } = await run.ended;
  assert.is(code, 1, 'as without viewers');
  assert.equal([json.code, ndjson.code, text.code, wrong.code], [1, 1, 1, 2]);
  // Where this host keeps the capsule is nothing to viewers.
  const { capsule, ...report } = JSON.parse(stdout);
  assert.type(capsule, 'string');
  assert.equal(JSON.parse(json.stdout), report);
  const messages = ndjson.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal([messages[0].t, messages[0].version, messages.at(-1).t], ['hello', 3, 'over']);
  const ends = messages.filter((message) => message.t === 'state').map((message) => message.status.end?.verdict);
  assert.is(ends.at(-1), 'diverged');
  assert.match(text.stdout, /^DIVERGED \(real\): data$/m);
  assert.match(wrong.stderr, /token is missing or wrong/);
  const recording = decodeRecording(readFileSync(file), file);
  assert.equal(recording.report, report);
});

test('a viewer that is killed, one that never reads: the run goes on', async () => {
  const run = start(['run', '--serve', '--max-insns', '200000', FLOOD_FILE], ENV);
  run.child.stdout!.resume();
  const path = await address(run);
  const killed = start(['attach', '--ndjson', path], ENV);
  const stalled = start(['attach', '--ndjson', path], ENV);
  stalled.child.stdout!.pause();
  await until(
    'the viewer shows something',
    () => killed.child.stdout!.readableLength > 0 || killed.child.exitCode === null,
  );
  await Promise.race([new Promise((resolve) => killed.child.stdout!.once('data', resolve)), killed.ended]);
  killed.child.kill('SIGKILL');
  const { code } = await run.ended;
  assert.is(code, 0);
  stalled.child.kill('SIGKILL');
  await Promise.all([killed.ended, stalled.ended]);
  assert.not(existsSync(OWN));
});

test('whoever may control pauses, resumes and stops the run', async () => {
  const run = start(['run', '--serve', '--allow-control', LOOP_FILE], ENV);
  const viewer = remote(await address(run));
  const icount = () => viewer.get().status?.A.icount ?? 0;
  await until('it runs', () => icount() > 0);
  viewer.control('pause');
  await until('it is held', () => viewer.get().status?.phase === 'paused');
  // Both sides run on for a few windows, then stand.
  let before = -1;
  for (; before !== icount(); await new Promise((resolve) => setTimeout(resolve, 500))) before = icount();
  viewer.control('resume');
  await until('it goes on', () => icount() > before);
  viewer.control('stop');
  await viewer.over;
  assert.is(viewer.get().status?.end?.verdict, 'inconclusive');
  const { code, stdout } = await run.ended;
  assert.is(code, 3);
  assert.match(stdout, /stopped by a person who watched/);
});

test('signals: nothing is left of a run that is ended, and what SIGKILL leaves the next run removes', async () => {
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    const run = start(['run', '--serve', LOOP_FILE], ENV);
    const viewer = remote(await address(run));
    await viewer.reached;
    run.child.kill(signal);
    assert.is((await run.ended).code, 130, signal);
    await viewer.over;
    assert.is(viewer.get().status?.end?.verdict, 'interrupted');
    assert.not(existsSync(OWN), signal);
  }
  const run = start(['run', '--serve', LOOP_FILE], ENV);
  const path = await address(run);
  const viewer = remote(path);
  await viewer.reached;
  run.child.kill('SIGKILL');
  await run.ended;
  await until('the viewer knows', () => viewer.get().link === 'lost');
  viewer.close();
  assert.ok(existsSync(path));
  const next = start(['run', '--serve', '--max-insns', '1000', LOOP_FILE], ENV);
  assert.is((await next.ended).code, 0);
  assert.not(existsSync(OWN), 'the dead one too');
});

test('a path of one’s own: a dead socket goes, anything else stays', async () => {
  const path = join(dir, 'mine.sock');
  const { code, stderr } = await cli(['run', `--serve=${path}`, '--max-insns', '1000', LOOP_FILE]);
  assert.is(code, 0, stderr);
  assert.match(stderr, new RegExp(`lockstep attach ${path}`));
  assert.not(existsSync(path));
  const listening = createServer().listen(path);
  await new Promise((resolve) => listening.once('listening', resolve));
  const taken = await cli(['run', `--serve=${path}`, LOOP_FILE]);
  assert.is(taken.code, 2);
  assert.match(taken.stderr, /somebody listens at .*mine\.sock already/);
  await new Promise((resolve) => listening.close(resolve));
  writeFileSync(path, 'precious');
  const other = await cli(['run', `--serve=${path}`, LOOP_FILE]);
  assert.is(other.code, 2);
  assert.is(readFileSync(path, 'utf8'), 'precious');
});

test('mistakes', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['run', '--listen', '0.0.0.0:0', LOOP_FILE], /0\.0\.0\.0 is an address that other machines reach\n.*ssh -L/],
    [['run', '--listen', 'nowhere', LOOP_FILE], /--listen is an address and a port, not "nowhere"/],
    [['run', '--listen', '127.0.0.1:70000', LOOP_FILE], /not "127\.0\.0\.1:70000"/],
    [['run', '--allow-control', LOOP_FILE], /--allow-control is about viewers/],
    [['run', '--serve', '--serve-after=soon', LOOP_FILE], /--serve-after is a number of seconds/],
    [['run', `--serve=/${'x'.repeat(120)}`, LOOP_FILE], /longer than the 107 bytes/],
    [['run', '--serve=/nowhere/at/all', LOOP_FILE], /there is no \/nowhere\/at/],
    [['attach'], /no run of yours is served\nStart one: lockstep run --serve/],
    [['attach', join(dir, 'no.sock')], /there is no such socket/],
    [['attach', 'https://127.0.0.1/'], /does not serve TLS/],
    [['attach', '--json', '--ndjson', 'x'], /exclude each other/],
  ];
  for (const [args, said] of cases) {
    const { code, stderr } = await cli(args, ENV);
    assert.is(code, 2, args.join(' '));
    assert.match(stderr, said);
  }
});

test('plugins of both sides, over the socket of a run that may be controlled', async () => {
  const run = start(['run', '--serve', '--allow-control', '--window', '100000', LOOP_FILE], ENV);
  const path = await address(run);
  const plugin = (...args: string[]) => cli(['plugin', ...args], ENV);
  const loaded = await plugin('load', 'hotblocks,inline=on,limit=1', '--run');
  assert.match(loaded.stdout, /^after \d+ instructions\nhotblocks: hotblocks,inline=on,limit=1\n$/, loaded.stderr);
  writeFileSync(
    join(dir, 'says.mjs'),
    "export default { name: 'says', apiVersion: 7, install: (api) => api.outs('here it is\\n') };",
  );
  assert.match((await plugin('load', join(dir, 'says.mjs'), `--run=${path}`)).stdout, /^says: \/.*says\.mjs$/m);
  assert.not.match((await plugin('unload', 'hotblocks', '--run')).stdout, /hotblocks/);
  assert.match((await plugin('unload', 'hotblocks', '--run')).stderr, /there is no plugin hotblocks to unload/);
  const viewer = remote(path);
  await viewer.reached;
  await until('viewers hear what plugins say', () => viewer.get().notes.kept.includes('B: here it is'));
  viewer.control('stop');
  const { code, stderr } = await run.ended;
  viewer.close();
  assert.is(code, 3);
  assert.match(stderr, /^A: here it is$/m);
  assert.match(stderr, /^B: here it is$/m);
  assert.match((await plugin('ps', '--run')).stderr, /no run of yours is served/);
});

test('who may only look, or comes over TCP, changes no plugins', async () => {
  const looking = start(['run', '--serve', LOOP_FILE], ENV);
  const path = await address(looking);
  const refused = await cli(['plugin', 'load', 'bb', '--run'], ENV);
  assert.is(refused.code, 2);
  assert.match(refused.stderr, /viewers may only look: the run was started without --allow-control/);
  looking.child.kill('SIGTERM');
  await looking.ended;
  assert.not(existsSync(path));
  const listening = start(['run', '--listen', '0', '--allow-control', LOOP_FILE], ENV);
  const far = remote(await address(listening));
  await far.reached;
  let why = '';
  await far.plugins({ do: 'load', name: null, plugin: { file: 'bb', args: [] } }).catch((error) => {
    why = error.message;
  });
  assert.match(why, /over the socket of --serve alone/);
  far.close();
  listening.child.kill('SIGTERM');
  await listening.ended;
});

test.run();
