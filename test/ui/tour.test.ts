// A person's way, in a real terminal (tmux): run a mutant, be shown the wrong instruction, walk about, be put to sleep and
// woken, quit, and find the terminal as it was.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { NODE_ARGS } from '../cli/cli.ts';
import { lateGuest } from '../lockstep/travel/guest.ts';
import { skip } from '../support/skip.ts';

const here = spawnSync('tmux', ['-V']).status === 0;
const dir = mkdtempSync(join(tmpdir(), 'lockstep-tour-'));
const SOCKET = join(dir, 'tmux');
const PATIENCE_MS = 60_000;

const tmux = (...args: string[]) =>
  execFileSync('tmux', ['-S', SOCKET, '-f', '/dev/null', ...args], { encoding: 'utf8' });
const screen = () => tmux('capture-pane', '-p');
const press = (...keys: string[]) => tmux('send-keys', ...keys);

/** The screen once it shows what it should. */
async function shows(what: RegExp): Promise<string> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const now = screen();
    if (what.test(now)) return now;
    if (Date.now() > until) assert.unreachable(`${what} is not to be seen:\n${now}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test.before(() => {
  if (!here) return;
  // Without the runner's FORCE_COLOR and the like; a shell with job control.
  const clean = [
    'env',
    '-i',
    `PATH=${process.env.PATH}`,
    `HOME=${dir}`,
    'TERM=screen',
    'LC_ALL=C.UTF-8',
    'PS1=ready$ ',
  ];
  tmux('new-session', '-d', '-x', '120', '-y', '40', ...clean, 'bash', '--norc', '--noprofile');
});
test.after(() => {
  if (here) tmux('kill-server');
  // The shell writes its history as it goes.
  rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
});

const TOUR: readonly (readonly [mutant: string, instruction: RegExp])[] = [
  ['fold', /▶≠ 10164 srl a3,a3,0x20/],
  ['sign-extension', /▶[ ≠] [0-9a-f]+ /],
  ['forward-alias', /▶[ ≠] [0-9a-f]+ j 0x102e8/],
];

if (!here) skip('the tour of the inspector', 'there is no tmux');

for (const [mutant, instruction] of here ? TOUR : [])
  test(`from lockstep run to the wrong instruction of ${mutant}, and back to the shell`, async () => {
    const { program } = mutants.find(({ name }) => name === mutant)!;
    await shows(/ready\$ *\n*$/);
    const words = [process.execPath, ...NODE_ARGS, 'run', '--b', `mutant:${mutant}`, scenarioPath(program)];
    press('-l', `${words.map((word) => `'${word}'`).join(' ')}; echo "code=$?"`);
    press('Enter');
    await shows(/● DIVERGED \(real\): data/);
    const first = await shows(instruction);
    assert.match(first, /▸3 Registers ≠1/);
    assert.is(first.trimEnd().split('\n').length, 40);
    press('S');
    await shows(/Registers ≠[0-9]/);
    press('-l', ':first');
    press('Enter');
    await shows(instruction);
    if (mutant === 'fold') {
      press('w');
      await shows(/writes a3/);
      tmux('resize-window', '-x', '90', '-y', '30');
      await shows(/▶ {2}10162 li a3,-1/);
      tmux('resize-window', '-x', '120', '-y', '40');
      press('C-z');
      await shows(/Stopped/);
      press('-l', 'fg');
      press('Enter');
      await shows(/● DIVERGED \(real\): data/);
    }
    press('q');
    // The report is printed where the shell is. A shell forgets what should follow a job that was stopped.
    await shows(mutant === 'fold' ? /next:\n[\s\S]*ready\$/ : /next:\n[\s\S]*code=1/);
    press('-l', 'clear; stty -a');
    press('Enter');
    assert.match(await shows(/icanon/), /[^-]icanon[\s\S]*[^-]echo /);
    press('-l', 'clear');
    press('Enter');
  });

if (here)
  test('from the divergence back to what was written twenty million instructions before', async () => {
    const program = join(dir, 'late.elf');
    writeFileSync(program, lateGuest(10_000_000).program);
    await shows(/ready\$ *\n*$/);
    const words = [process.execPath, ...NODE_ARGS, 'run', '--b', 'mutant:fold', program];
    press('-l', `${words.map((word) => `'${word}'`).join(' ')}; echo "code=$?"`);
    press('Enter');
    await shows(/A 20,000,007 {2}B 20,000,007/);
    press('C', 'S');
    await shows(/A 19,999,\d\d\d {2}B 19,999,\d\d\d[\s\S]*bnez t0/);
    press('-l', ':watch t1');
    press('Enter', 'C');
    await shows(/A 0 {2}B 0[\s\S]*▶ {2}\d+ li t1,77[\s\S]*writes t1/);
    press('D');
    await shows(/A 20,000,007 {2}B 20,000,007[\s\S]*▶≠ \w+ srl a3,a3,0x20/);
    press('q');
    await shows(/code=1/);
  });

test.run();
