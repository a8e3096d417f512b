// `emu --control` and `lockstep plugin load|unload|reload|ps`: plugins come and go while a guest runs, wrong requests are
// answered and change nothing, and the socket is private and goes with the run.

import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioPath } from '../../scenarios/index.ts';
import { start } from './cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-control-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const here = (...args: string[]) => start(args, {}, '', dir).ended;
/** Runs for hours, unless it is stopped. */
const LONG = [scenarioPath('scenarios/guests/nolibc/sha1-mini.elf'), '--', '1000000000'];
let sockets = 0;

async function running(...options: string[]) {
  const socket = join(dir, `s${sockets++}`);
  const emu = start(['emu', '--control', socket, '-d', 'plugin', ...options, ...LONG], {}, '', dir);
  for (let tries = 0; !existsSync(socket) && tries < 5000; tries++) await new Promise((wake) => setTimeout(wake, 2));
  return { emu, socket, ask: (...args: string[]) => here('plugin', ...args, '--control', socket) };
}

test('plugins come and go while the guest runs', async () => {
  const { emu, socket, ask } = await running('--plugin', 'bb,inline=on');
  assert.is(statSync(socket).mode & 0o777, 0o600);
  const first = await ask('ps');
  assert.match(first.stdout, /^after \d+ instructions\nbb: bb,inline=on\n$/, first.stderr);
  writeFileSync(join(dir, 'mine.mjs'), source('one'));
  const loaded = await ask('load', './mine.mjs,word=first');
  assert.match(loaded.stdout, /\nmine: \/.*\/mine\.mjs,word=first\n$/, loaded.stderr);
  writeFileSync(join(dir, 'mine.mjs'), source('two'));
  assert.is((await ask('reload', 'mine')).code, 0);
  const replaced = await ask('reload', 'mine', '--with', './mine.mjs,word=second');
  assert.match(replaced.stdout, /,word=second\n$/, replaced.stderr);
  assert.not.match((await ask('unload', 'bb')).stdout, /^bb/m);
  assert.is((await ask('load', 'insn,inline=on')).code, 0);
  // It ends the run so many instructions later, with a code of its own.
  assert.is((await ask('load', 'stoptrigger,icount=10000000:7')).code, 0);
  const { code, stderr } = await emu.ended;
  assert.is(code, 7, stderr);
  assert.match(stderr, /^one first\ntwo first\ntwo second\n/);
  assert.match(stderr, /^total insns: \d{8,}$/m);
  assert.match(stderr, /^mine ends: two second$/m);
  assert.not.match(stderr, /bb's/, 'what was taken out says nothing at the end');
  assert.not.ok(existsSync(socket));
});

function source(text: string): string {
  return `export default {
    name: 'mine', apiVersion: 7, args: { word: { kind: 'string', summary: 'a word', default: '' } },
    install(api, { word }) {
      api.outs(\`${text} \${word}\\n\`);
      api.onAtexit(() => api.outs(\`mine ends: ${text} \${word}\\n\`));
    },
  };\n`;
}

test('what cannot be done is answered, and the run goes on as it was', async () => {
  const { emu, socket, ask } = await running('--plugin', 'empty');
  const wrong = async (why: RegExp, ...args: string[]): Promise<void> => {
    const { code, stderr } = await ask(...args);
    assert.is(code, 2, args.join(' '));
    assert.match(stderr, why);
  };
  await wrong(/there is no plugin bb to unload\nLoaded are: empty\./, 'unload', 'bb');
  await wrong(/there is no plugin bb to unload/, 'reload', 'bb');
  await wrong(/unknown plugin "hotblock"/, 'load', 'hotblock');
  await wrong(/nothing\.mjs/, 'load', './nothing.mjs');
  await wrong(/nothing\.mjs/, 'reload', 'empty', '--with', './nothing.mjs');
  await wrong(/limit/, 'load', 'hotblocks,limit=many');
  await wrong(/which plugin\?/, 'load');
  for (const line of [
    '',
    '{}',
    'null',
    '{"do":"load"}',
    '{"do":"load","plugin":{"file":1,"args":[]}}',
    'x'.repeat(70_000),
  ]) {
    const answer = await raw(socket, `${line}\n`);
    if (line.length < 1000) assert.match(answer, /does not understand/, line);
  }
  // Somebody who says nothing is in nobody's way.
  const silent = connect(socket);
  assert.match((await ask('ps')).stdout, /\nempty: empty\n$/);
  silent.destroy();
  emu.child.kill('SIGTERM');
  await emu.ended;
  assert.not.ok(existsSync(socket));
});

function raw(path: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(path, () => socket.write(text));
    socket.on('data', (bytes) => {
      answer += bytes;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

test('who is to be asked must be said, and be there', async () => {
  assert.match((await here('plugin', 'ps')).stderr, /which run\?/);
  const nobody = await here('plugin', 'ps', '--control', join(dir, 'nobody'));
  assert.is(nobody.code, 2);
  assert.match(nobody.stderr, /cannot reach a run at the socket .*nobody \(ENOENT\)/);
  assert.match((await here('plugin', 'help', 'bb', '--control', 'x')).stderr, /asks no run/);
  const peer = await here(
    'emu',
    '--control',
    join(dir, 'c'),
    '--plugin',
    `lockstep,sockpath=${join(dir, 'p')}`,
    ...LONG,
  );
  assert.match(peer.stderr, /--control and the plugin lockstep do not go together/);
});

test.run();
