// The documentation's examples, run as they stand.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioPath } from '../scenarios/index.ts';
import { cli } from './cli/cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-docs-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

const SHA1 = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
const read = (path: string): string => readFileSync(scenarioPath(path), 'utf8');

/** A command and what it prints. */
const SESSION = /^\$ lockstep (.*)\n((?:[^$`\n].*\n)+)/gm;

/** Writes a page's JavaScript blocks into modules. */
function modulesOf(page: string): string[] {
  return [...read(page).matchAll(/```js\n(.*?)```/gs)].map(([, code], i) => {
    const path = join(dir, `${page.replace(/\W/g, '-')}-${i}.mjs`);
    writeFileSync(path, code!);
    return path;
  });
}

test('translators.md: an edited translator agrees, a wrong pass is found at its instruction', async () => {
  const [careful, wrong] = modulesOf('docs/translators.md');
  const same = JSON.parse((await cli(['run', '--json', '--b', careful!, SHA1])).stdout);
  assert.equal([same.verdict, same.class], ['same', 'skew']);
  const found = JSON.parse((await cli(['run', '--json', '--b', wrong!, SHA1])).stdout);
  assert.equal([found.verdict, found.at.insn.text], ['diverged', 'add a3,sp,8']);
});

test('README.md, plugins.md: the plugin counts, and the output shown is what is printed', async () => {
  const [returns] = modulesOf('docs/plugins.md');
  const counted = await cli(['emu', '--plugin', returns!, '-d', 'plugin', SHA1]);
  assert.match(counted.stderr, /^returns: \d+$/m);
  const sessions = ['README.md', 'docs/plugins.md']
    .flatMap((page) => [...read(page).matchAll(SESSION)])
    .filter(([, command]) => !command!.includes('sockpath'));
  assert.is(sessions.length, 6);
  for (const [, command, shown] of sessions) {
    const { stdout, stderr } = await cli(command!.split(' '));
    assert.is(stdout + stderr, shown);
  }
});

test('README.md: the two emulators in lockstep print what is shown', async () => {
  const pair = /^\$ lockstep (.*) &\n\$ lockstep (.*)\n((?:[^$`\n].*\n)+)/m.exec(read('README.md'))!;
  const socket = join(dir, 'socket');
  const sides = [pair[1]!, pair[2]!].map((command) => command.replace(/sockpath=\S+/, `sockpath=${socket}`));
  for (const { code, stdout, stderr } of await Promise.all(sides.map((side) => cli(side.split(' '))))) {
    assert.is(code, 0);
    assert.is(stdout + stderr.replace(/^.*_socket::ready\n/m, ''), pair[3]);
  }
});

test('README.md: the report it shows is the one its command prints', async () => {
  const readme = read('README.md');
  const command = /npm ci && npx lockstep (run .*)/.exec(readme)![1]!;
  const { code, stdout } = await cli(command.split(' '));
  assert.is(code, 1);
  const shown = /```\n(DIVERGED.*?)```/s.exec(readme)![1]!.split('\n');
  const printed = stdout.split('\n');
  for (const line of shown) if (line.trim() !== '' && line.trim() !== '…') assert.ok(printed.includes(line), line);
});

test.run();
