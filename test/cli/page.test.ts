// The web page of a run in a real browser: a run that goes on, its report, a guest that writes markup, pages of strangers.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RunControl } from '../../lockstep/index.ts';
import { LiveRun } from '../../lockstep/remote/live-run.ts';
import { listenAtPort } from '../../lockstep/remote/places.ts';
import { RunServer } from '../../lockstep/remote/server.ts';
import { mutants, packageRoot, scenarioPath } from '../../scenarios/index.ts';
import { Browser, chromium } from '../support/chromium.ts';
import { skip } from '../support/skip.ts';
import { type Running, start } from './cli.ts';
import { LOOP } from './guests.ts';

const FOLD = mutants.find(({ name }) => name === 'fold')!;
const dir = mkdtempSync(join(tmpdir(), 'lockstep-page-'));
const LOOP_FILE = join(dir, 'loop');
writeFileSync(LOOP_FILE, LOOP);

let browser: Browser | undefined;
const runs: Running[] = [];
const servers: RunServer[] = [];
test.before(() => {
  if (chromium) browser = new Browser(chromium);
});
test.after(async () => {
  await browser?.close();
  for (const run of runs) run.child.kill('SIGKILL');
  // A test that fails leaves its own open, and the process would go on.
  for (const server of servers) server.http.close().closeAllConnections();
  rmSync(dir, { recursive: true, force: true });
});

async function serve(...args: readonly string[]): Promise<{ run: Running; url: string }> {
  const run = start(['run', '--listen', '0', ...args]);
  runs.push(run);
  let stderr = '';
  run.child.stderr!.on('data', (bytes) => {
    stderr += bytes;
  });
  await run.said('/#');
  const line = /http:\S+\n/;
  while (!line.test(stderr)) await new Promise((resolve) => setTimeout(resolve, 10));
  return { run, url: line.exec(stderr)![0].trim() };
}

const text = (id: string) => `document.getElementById('${id}')?.textContent`;

const browserTest = (name: string, run: (browser: Browser) => Promise<void>) => {
  if (!chromium) skip(`the web page: ${name}`, 'there is no Chromium');
  else test(name, () => run(browser!));
};

browserTest('a run that goes on is shown, held and let go', async (browser) => {
  const { run, url } = await serve('--allow-control', '--max-insns', '100000000000', LOOP_FILE);
  const page = await browser.open(url);
  await page.until<string>(text('state'), (state) => state === 'running');
  assert.is(await page.value('location.hash'), '', 'the token is out of sight');
  assert.not.match(await page.value<string>('document.documentElement.outerHTML'), url.split('#')[1]!);
  const count = `Number((${text('icount-a')} ?? '').replaceAll(',', ''))`;
  const before = await page.value<number>(count);
  await page.until<number>(count, (now) => now > before);
  await page.until<string>(text('speed-b'), (speed) => /^[\d.]+[MBK]?$/.test(speed));
  assert.match(await page.value<string>(text('share-text')), /^\d+% of 100,000,000,000$/);
  await page.value(`document.getElementById('pause').click()`);
  await page.until<string>(text('state'), (state) => state === 'paused');
  assert.is(await page.value(text('pause')), 'Resume');
  await page.value(`document.getElementById('pause').click()`);
  await page.until<string>(text('state'), (state) => state === 'running');
  // A reload has the token from before.
  await page.call('Page.reload');
  await page.until<string>(text('state'), (state) => state === 'running');
  const tree = await page.accessible();
  for (const { role, name } of tree)
    if (['button', 'table', 'heading', 'progressbar', 'link'].includes(role))
      assert.not.equal(name, '', `a ${role} has no name`);
  const names = (role: string) => tree.filter((node) => node.role === role).map(({ name }) => name);
  assert.equal(names('button'), ['Pause', 'Stop the run']);
  assert.equal(names('heading').slice(1), ['The run', 'Guest output', 'Latest events']);
  assert.equal(names('table'), ['Both sides']);
  assert.ok(names('rowheader').includes('Instructions'));
  run.child.kill('SIGTERM');
  await page.until<string>(text('state'), (state) => state === 'interrupted');
  assert.is((await run.ended).code, 130);
});

browserTest('the report of a divergence', async (browser) => {
  const { run, url } = await serve('--serve-after=60', '--b', 'mutant:fold', scenarioPath(FOLD.program));
  const page = await browser.open(url);
  await page.until<string>(text('state'), (state) => state === 'diverged');
  await page.until<boolean>(`document.getElementById('report').hidden`, (hidden) => !hidden);
  const report = await page.value<string>(`document.getElementById('report').innerText`);
  assert.match(report, /Real data divergence in the block at 0x10162 \(high\)/);
  assert.match(report, /▶ instruction \d+ of the block, 0x10164: srl a3,a3,0x20/);
  assert.match(report, /≠ a\d\s+0x\S+\s+0x\S+\s+0x\S+/);
  assert.match(report, /lockstep bisect --a old-tcg --b mutant:fold/);
  const tables = (await page.accessible()).filter(({ role }) => role === 'table').map(({ name }) => name);
  assert.ok(tables.includes('Registers that differ after the block'), tables.join());
  run.child.kill('SIGINT');
  assert.is((await run.ended).code, 1);
});

const PAGE = new Map(
  [
    ['/', 'page.html', 'text/html'],
    ['/page.js', 'page.js', 'text/javascript'],
    ['/page.css', 'page.css', 'text/css'],
    ['/icon.svg', 'icon.svg', 'image/svg+xml'],
  ].map(([path, file, type]) => [
    path!,
    { type: `${type}; charset=utf-8`, bytes: readFileSync(join(packageRoot, 'ui', 'web', file!)) },
  ]),
);

/** A run that is fed by hand, with the real page. */
async function byHand(port = 0) {
  const info = {
    ...{ id: 'by-hand', program: '<b>p</b>.elf', a: '<i>a', b: 'b' },
    ...{ maxInsns: null, memoryBytes: null, timeoutMs: null },
  };
  const live = new LiveRun(info, new RunControl(), () => performance.now());
  const server = new RunServer({ source: live, info, allowControl: false, token: 'token', names: [], page: PAGE });
  servers.push(server);
  return { live, server, port: await listenAtPort(server.http, '127.0.0.1', port) };
}

browserTest('markup of a guest is text; a lost connection is said, and comes back', async (browser) => {
  const first = await byHand();
  const hostile = '</pre><img src=x onerror="document.title=1"><script>document.title=2</script>';
  first.live.wrote(Buffer.from(hostile));
  first.live.noted(hostile);
  first.live.happened([{ icount: 1, cpu: 0, kind: 'syscall', detail: [], text: hostile }]);
  const page = await browser.open(`http://127.0.0.1:${first.port}/#token`);
  await page.until<string>(text('output'), (shown) => shown === hostile);
  assert.is(await page.value(text('notes')), hostile);
  assert.is(await page.value(text('events')), `1 syscall ${hostile}`);
  assert.is(await page.value('document.title'), 'lockstep p<'.replace('p<', 'b>.elf'));
  assert.is(await page.value(`document.querySelectorAll('img, main script, main b, main i').length`), 0);
  assert.is(await page.value(`document.getElementById('control').hidden`), true, 'read-only: no buttons');
  await first.server.close(0);
  await page.until<string>(text('state'), (state) => state?.startsWith('disconnected: what is shown is old') === true);
  assert.is(await page.value(text('output')), hostile, 'what was known stays');
  const second = await byHand(first.port);
  second.live.wrote(Buffer.from(`${hostile}more`));
  await page.until<string>(text('output'), (shown) => shown === `${hostile}more`);
  await second.server.close(0);
});

browserTest('a stranger’s page is not let in, even with the token', async (browser) => {
  const { server, port } = await byHand();
  const stranger = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<p>a page of somebody else</p>');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => stranger.once('listening', resolve));
  const page = await browser.open(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`);
  await page.until<string>('document.body?.innerText', (shown) => shown?.includes('somebody else') === true);
  const attempt = (host: string) => `new Promise((resolve) => {
    const socket = new WebSocket('ws://${host}:${port}/live', ['lockstep', 'token']);
    socket.onopen = () => resolve('let in');
    socket.onerror = () => resolve('refused');
  })`;
  assert.is(await page.value(attempt('127.0.0.1')), 'refused');
  assert.is(await page.value(attempt('localhost')), 'refused');
  assert.is(await page.value(`fetch('http://127.0.0.1:${port}/').then(() => 'read', () => 'refused')`), 'refused');
  assert.is(server.viewers, 0);
  // The failed attempts are its own complaints.
  browser.complaints.length = 0;
  await server.close(0);
  stranger.close();
  stranger.closeAllConnections();
});

browserTest('nothing was wrong in the eyes of the browser but lost connections', async (browser) => {
  const others = browser.complaints.filter((complaint) => !complaint.includes('ERR_CONNECTION_REFUSED'));
  assert.equal(others, []);
});

test.run();
